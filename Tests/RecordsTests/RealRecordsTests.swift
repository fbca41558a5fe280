import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// Twelve records that MXNet's `im2rec` wrote, and MXNet's own reader.
@Suite struct RealRecordsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let testData = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"].map {
        $0 + "/recordio"
    }
    static let hasRecords =
        testData.map { FileManager.default.fileExists(atPath: $0 + "/train.rec") } ?? false
    /// A Python with MXNet 1.9.1, and NumPy before 1.24, in which it imports.
    static let python = ProcessInfo.processInfo.environment["TILESCOPE_MXNET_PYTHON"]

    private func data(_ name: String) throws -> String { try #require(Self.testData) + "/" + name }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    @Test(.enabled(if: hasRecords, "needs TILESCOPE_TEST_DATA")) func labelsAreThoseOfTheList() throws {
        let records = try ImageRecords(opening: data("train.rec"))
        let list = try ImageCollection.list(at: Address(data("train.lst")), root: nil)
        #expect(records.count == 12)
        #expect(list.count == 12)
        for (record, item) in list.items.enumerated() {
            #expect(try records.header(of: record) == item.header)
            #expect(try records.labels(of: record) == item.header.labels)
            #expect(records.label(of: record) == 4)
            let image = try records.withImage(of: record) { bytes throws(RecordsError) in
                bytes.withUnsafeBytes { Array($0) }
            }
            // The third and fourth label are the size of the picture.
            let decoded = try decoded(image)
            #expect([decoded.width, decoded.height].map { Float($0) } == Array(item.header.labels[2...3]))
        }
    }

    @Test(.enabled(if: hasRecords, "needs TILESCOPE_TEST_DATA")) func packedAgainEveryByteIsTheSame() throws {
        let input = try PackInput(path: data("train.rec"))
        let plan = PackPlan(input: input, transform: ImageTransform(), isShuffled: false, seed: 1)
        let collection = try input.collections()[0]
        let result = try pack(collection, to: .new(folder.file("train.rec")), plan: plan, threads: 2)
        #expect(result.packedCount == 12)
        #expect(try folder.bytes("train.rec") == bytes(data("train.rec")))
        #expect(try folder.bytes("train.idx") == bytes(data("train.idx")))
    }

    @Test(.enabled(if: hasRecords, "needs TILESCOPE_TEST_DATA")) func theIndexIsWhatWalkingFinds() throws {
        let path = try folder.write(bytes(data("train.rec")), to: "alone.rec")
        let (alone, indexed) = (try ImageRecords(opening: path), try ImageRecords(opening: data("train.rec")))
        #expect(alone.count == 12)
        for record in 0..<12 { #expect(try alone.header(of: record) == indexed.header(of: record)) }
    }

    /// What MXNet's reader says of each record: id, labels, bytes and their sum.
    private func readByMXNet(_ name: String) throws -> [String] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = [
            "-c",
            """
            import mxnet as mx
            reader = mx.recordio.MXIndexedRecordIO('\(name).idx', '\(name).rec', 'r')
            whole = mx.recordio.MXRecordIO('\(name).rec', 'r')
            for key in reader.keys:
                bytes = reader.read_idx(key)
                assert whole.read() == bytes
                header, image = mx.recordio.unpack(bytes)
                labels = [header.label] if header.flag == 0 else header.label.tolist()
                print(header.id, [float(label) for label in labels], len(image), sum(image))
            assert whole.read() is None
            """,
        ]
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map { String($0) }
    }

    private func readByUs(_ name: String) throws -> [String] {
        let records = try ImageRecords(opening: folder.file(name + ".rec"))
        return try (0..<records.count).map { record in
            let labels = try records.labels(of: record).map { Double($0) }
            return try records.withRecord(record) { header, image throws(RecordsError) in
                let sum = image.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } }
                return "\(header.id) \(labels) \(image.byteCount) \(sum)"
            }
        }
    }

    @Test(.enabled(if: python != nil, "needs TILESCOPE_MXNET_PYTHON")) func mxnetReadsWhatWeWrite() throws {
        let pictures = try PictureFolder()
        try pictures.makeFolder("magic")
        let lines = (0..<4).map { "\($0 + 20)\t\($0)\t0.25\t-\($0)\tant/\($0).\($0 == 0 ? "jpg" : "png")\n" }
        try pictures.write(Array(lines.joined().utf8), to: "several.lst")
        _ = try pack(
            .list(at: Address(pictures.folder.file("several.lst")), root: nil),
            to: .new(folder.file("several.rec")),
            plan: pictures.plan(), threads: 2)
        _ = try pack(
            pictures.collection(), to: .new(folder.file("single.rec")), plan: pictures.plan(), threads: 2)
        for name in ["several", "single"] { #expect(try readByMXNet(name) == readByUs(name)) }
    }

    @Test(.enabled(if: python != nil, "needs TILESCOPE_MXNET_PYTHON"), arguments: UInt64(0)..<3)
    func mxnetReadsRecordsOfSeveralParts(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (file, index): ([UInt8], String) = ([], "")
        for record in 0..<30 {
            var bytes = ImageRecordHeader(labels: [Float(record)], id: UInt64(record)).encoded()
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                bytes += [[0x0A, 0x23, 0xD7, 0xCE], [1], [1, 2, 3, 4]].randomElement(using: &random) ?? []
            }
            index += "\(record)\t\(file.count)\n"
            file += RecordIO.encoded(bytes.span.bytes)
        }
        _ = try folder.write(file, to: "parts.rec")
        _ = try folder.write(Array(index.utf8), to: "parts.idx")
        #expect(try readByMXNet("parts") == readByUs("parts"))
    }
}
