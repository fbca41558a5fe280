import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

@Suite struct CIFAR10Tests {
    let folder: TemporaryFolder
    static let fileNames = CIFAR10.Part.train.fileNames + CIFAR10.Part.test.fileNames

    init() throws {
        folder = try TemporaryFolder()
        try writeFiles()
    }

    /// Six files of two records; byte k of record r of file f is f + r + k, but for the label f.
    private func writeFiles(under prefix: String = "") throws {
        for (file, name) in Self.fileNames.enumerated() {
            let records = (0..<2).flatMap { record in
                [UInt8(file)] + (0..<3072).map { UInt8(truncatingIfNeeded: file + record + $0) }
            }
            _ = try folder.write(records, to: prefix + name)
        }
    }

    private var cifar: CIFAR10 { CIFAR10(folder: folder.path, recordsPerFile: 2) }

    @Test func packsPlanesAsPixels() throws {
        #expect(cifar.isComplete)
        #expect(try cifar.pack(.train, to: .replacing(folder.file("train.tiles"))) == 10)
        #expect(try cifar.pack(.test, to: .replacing(folder.file("test.tiles"))) == 2)
        let train = try TilePack(opening: folder.file("train.tiles"))
        #expect((0..<10).map { train.label(of: $0) } == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
        #expect(train.classNames[8] == "ship")
        let pixel = try train.tile(5)[3, 1]
        let place = 2 + 1 + 32 + 3
        #expect(pixel.red == UInt8(truncatingIfNeeded: place))
        #expect(pixel.green == UInt8(truncatingIfNeeded: place + 1024))
        #expect(pixel.blue == UInt8(truncatingIfNeeded: place + 2048))
        #expect(try TilePack(opening: folder.file("test.tiles")).label(of: 1) == 5)
    }

    @Test func findsTheArchivesOwnFolder() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("cifar-10-batches-bin"), withIntermediateDirectories: true)
        try writeFiles(under: "cifar-10-batches-bin/")
        for name in Self.fileNames { try FileManager.default.removeItem(atPath: folder.file(name)) }
        #expect(try cifar.pack(.test, to: .replacing(folder.file("test.tiles"))) == 2)
    }

    private func expectRefusal(_ path: String, _ operation: String, _ cause: String) throws {
        let error = #expect(throws: RecordsError.self) {
            _ = try cifar.pack(.train, to: .replacing(folder.file("out.tiles")))
        }
        #expect(error?.path == path)
        #expect(error?.operation == operation)
        #expect(error?.cause.contains(cause) == true, "\(error?.cause ?? "")")
        #expect(try !folder.names.contains { $0.hasPrefix("out") })
    }

    @Test func namesTheFileTheRecordAndTheWrongLabel() throws {
        var bytes = try folder.bytes("data_batch_4.bin")
        bytes[3073] = 10
        try expectRefusal(
            folder.write(bytes, to: "data_batch_4.bin"), "read record 1", "label is 10, not in 0...9")
    }

    @Test func refusesAFileOfAnotherLength() throws {
        let bytes = try folder.bytes("data_batch_2.bin").dropLast()
        try expectRefusal(
            folder.write(Array(bytes), to: "data_batch_2.bin"), "read CIFAR-10", "6145 bytes, not 6146")
        #expect(!cifar.isComplete)
    }

    @Test func refusesOtherClassNames() throws {
        let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\nlorry\n\n"
        let path = try folder.write(Array(names.utf8), to: "batches.meta.txt")
        try expectRefusal(path, "read CIFAR-10", "lorry")
        _ = try folder.write(
            Array(names.replacingOccurrences(of: "lorry", with: "truck").utf8), to: "batches.meta.txt")
        #expect(try cifar.pack(.test, to: .replacing(folder.file("test.tiles"))) == 2)
    }

    @Test func saysThatAFileIsMissing() throws {
        try FileManager.default.removeItem(atPath: folder.file("data_batch_1.bin"))
        try expectRefusal(folder.file("data_batch_1.bin"), "open", "--download")
    }

    @Test(.enabled(if: testData != nil, "needs TILESCOPE_TEST_DATA"))
    func packsTheRealImages() throws {
        let real = CIFAR10(folder: try #require(testData) + "/cifar-10-batches-bin")
        #expect(try real.pack(.test, to: .replacing(folder.file("real.tiles"))) == 10_000)
        let pack = try TilePack(opening: folder.file("real.tiles"))
        let counts = (0..<10_000).reduce(into: [Int](repeating: 0, count: 10)) { $0[pack.label(of: $1)] += 1 }
        #expect(counts == [Int](repeating: 1000, count: 10))
    }
}

private let testData = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"]
