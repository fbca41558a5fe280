import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// A folder of three classes with pictures of different sizes.
struct PictureFolder {
    let folder: TemporaryFolder
    static let classNames = ["ant", "bee", "cow"]
    static let countPerClass = 4

    init(seed: UInt64 = 1) throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: seed)
        for name in Self.classNames {
            try makeFolder(name)
            for number in 0..<Self.countPerClass {
                let image = Image.random(width: 9 + number, height: 20 - number, using: &random)
                let bytes = try number == 0 ? image.jpegData(quality: 90) : image.pngData()
                try write(bytes, to: "\(name)/\(number).\(number == 0 ? "jpg" : "png")")
            }
        }
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: "\(folder.path)/\(name)"))
    }

    func bytes(_ name: String) throws -> [UInt8] { try folder.bytes(name) }

    func image(_ name: String) throws -> Image { try decoded(bytes(name)) }

    func collection() throws -> ImageCollection { try .classFolders(at: folder.path) }

    func plan(_ transform: ImageTransform = ImageTransform()) throws -> PackPlan {
        PackPlan(input: try PackInput(path: folder.path), transform: transform, isShuffled: false, seed: 1)
    }
}

@Suite struct PackTests {
    let pictures: PictureFolder
    let output: TemporaryFolder

    init() throws {
        pictures = try PictureFolder()
        output = try TemporaryFolder()
    }

    @discardableResult private func pack(
        _ collection: ImageCollection? = nil, to name: String, _ transform: ImageTransform = ImageTransform(),
        overwrites: Bool = false, threads: Int = 2, stopAfter limit: Int = .max
    ) throws -> PackResult {
        var finishedCount = 0
        return try Records.pack(
            collection ?? pictures.collection(), to: output.file(name), plan: pictures.plan(transform),
            overwrites: overwrites, threads: threads, progress: { finishedCount = $0.finishedCount },
            shouldStop: { finishedCount >= limit })
    }

    private func images(_ records: ImageRecords) throws -> [[UInt8]] {
        try (0..<records.count).map { record in
            try records.withImage(of: record) { image throws(RecordsError) in
                image.withUnsafeBytes { Array($0) }
            }
        }
    }

    @Test func theBytesOfTheFilesComeThrough() throws {
        let result = try pack(to: "a.rec")
        #expect(result.packedCount == 12 && result.rejectedCount == 0)
        #expect(try output.names == ["a.crc", "a.idx", "a.meta.json", "a.rec"])
        let records = try ImageRecords(opening: output.file("a.rec"))
        #expect(records.classNames == PictureFolder.classNames)
        #expect((0..<12).map { records.label(of: $0) } == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
        #expect(try images(records)[4] == pictures.bytes("bee/0.jpg"))
        #expect(try images(records)[11] == pictures.bytes("cow/3.png"))
        // What lies beside is not needed.
        for name in ["a.idx", "a.crc"] { try FileManager.default.removeItem(atPath: output.file(name)) }
        #expect(try images(ImageRecords(opening: output.file("a.rec"))) == images(records))
    }

    @Test func recordsOfRecordsAreTheSameBytes() throws {
        try pack(to: "a.rec")
        try pack(.records(at: output.file("a.rec")), to: "b.rec")
        for ending in ["rec", "idx", "crc"] {
            #expect(try output.bytes("a.\(ending)") == output.bytes("b.\(ending)"))
        }
    }

    @Test(
        arguments: [
            ("rec", ImageTransform(encoding: .jpg, quality: 80, isCropped: true, shorterSide: 16)),
            ("tar", ImageTransform(encoding: .png, shorterSide: 7)), ("rec", ImageTransform()),
            ("tiles", ImageTransform(encoding: .raw, isCropped: true, shorterSide: 8)),
        ])
    func theBytesDoNotDependOnTheThreads(ending: String, transform: ImageTransform) throws {
        for threads in [1, 2, 5] { try pack(to: "\(threads).\(ending)", transform, threads: threads) }
        #expect(try output.bytes("1.\(ending)") == output.bytes("2.\(ending)"))
        #expect(try output.bytes("1.\(ending)") == output.bytes("5.\(ending)"))
    }

    @Test func resizesTheShorterSideAndCropsTheMiddle() throws {
        try pack(to: "a.rec", ImageTransform(encoding: .png, shorterSide: 6))
        let source = try pictures.image("ant/2.png")
        let records = try ImageRecords(opening: output.file("a.rec"))
        #expect(try decoded(images(records)[2]) == source.resized(width: 6, height: 9))
        try pack(to: "b.rec", ImageTransform(encoding: .png, isCropped: true))
        let square = source.cropped(to: PixelRect(x: 0, y: 3, width: 11, height: 11))
        let cropped = try images(ImageRecords(opening: output.file("b.rec")))
        #expect(try decoded(cropped[2]) == square)
    }

    @Test func tilesAreSquaresOfOneSize() throws {
        try pack(to: "a.tiles", ImageTransform(encoding: .raw, isCropped: true, shorterSide: 8))
        #expect(try output.names == ["a.tiles", "a.tiles.meta.json"])
        let tiles = try TilePack(opening: output.file("a.tiles"))
        #expect(tiles.classNames == PictureFolder.classNames)
        #expect((0..<tiles.count).map { tiles.label(of: $0) } == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
        let source = try pictures.image("ant/2.png")
        let square = source.cropped(to: PixelRect(x: 0, y: 3, width: 11, height: 11))
        #expect(tiles.tile(2) == square.resized(width: 8, height: 8))
    }

    // MARK: What cannot be read

    /// A JPEG whose header says that it is twice as high as it is.
    private func lyingJPEG() throws -> [UInt8] {
        var random = SplitMix64(seed: 3)
        var bytes = try Image.random(width: 64, height: 64, using: &random).jpegData(quality: 90)
        let frame = try #require((2..<bytes.count - 9).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        #expect(bytes[frame + 6] == 64)
        bytes[frame + 6] = 128
        return bytes
    }

    @Test func whatCannotBeReadIsListedAndTheRestGoesOn() throws {
        let jpeg = try pictures.bytes("ant/0.jpg")
        try pictures.write(Array(jpeg.prefix(jpeg.count * 2 / 3)), to: "ant/cut.jpg")
        try pictures.write(Array("no image".utf8), to: "bee/text.png")
        try pictures.write([], to: "bee/void.jpg")
        try pictures.write(lyingJPEG(), to: "cow/lies.jpg")
        let result = try pack(to: "a.rec")
        #expect(result.packedCount == 12 && result.rejectedCount == 4 && result.imageCount == 16)
        #expect(result.quarantinePath == output.file("a.quarantine.jsonl"))
        struct Line: Decodable {
            var path: String
            var reason: String
        }
        let lines = try String(decoding: output.bytes("a.quarantine.jsonl"), as: UTF8.self)
            .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(
            lines.map(\.path)
                == ["ant/cut.jpg", "bee/text.png", "bee/void.jpg", "cow/lies.jpg"].map {
                    pictures.folder.file($0)
                })
        #expect(lines.allSatisfy { $0.reason.count > 10 })
        #expect(try ImageRecords(opening: output.file("a.rec")).count == 12)
    }

    @Test func anOldListOfRefusalsGoesWithTheImagesThatWereRefused() throws {
        try pictures.write([], to: "bee/void.jpg")
        try pack(to: "a.rec")
        #expect(try output.names.contains("a.quarantine.jsonl"))
        try FileManager.default.removeItem(atPath: pictures.folder.file("bee/void.jpg"))
        try pack(to: "a.rec", overwrites: true)
        #expect(try !output.names.contains("a.quarantine.jsonl"))
    }

    @Test func nothingIsMadeOfNothing() throws {
        let empty = try PictureFolder()
        for name in PictureFolder.classNames {
            for number in 0..<4 {
                try empty.write([1], to: "\(name)/\(number).\(number == 0 ? "jpg" : "png")")
            }
        }
        let error = #expect(throws: RecordsError.self) { try pack(empty.collection(), to: "a.rec") }
        #expect(error?.cause.contains("none of its 12 images") == true)
        #expect(try output.names == ["a.quarantine.jsonl"])
    }

    // MARK: Going on

    @Test(arguments: UInt64(0)..<6) func aStoppedRunGoesOnToTheSameBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        try pictures.write([], to: "bee/1.png")
        let ending = ["rec", "tar", "tiles"][Int(seed % 3)]
        let transform =
            ending == "tiles"
            ? ImageTransform(encoding: .raw, isCropped: true, shorterSide: 8) : ImageTransform()
        try pack(to: "whole.\(ending)", transform)
        let limit = Int.random(in: 1...11, using: &random)
        let stopped = try pack(to: "a.\(ending)", transform, stopAfter: limit)
        #expect(!stopped.isComplete && stopped.packedCount + stopped.rejectedCount == limit)
        try damagePartial(of: "a.\(ending)", using: &random)
        let result = try pack(to: "a.\(ending)", transform)
        #expect(result.isComplete && result.resumedCount <= limit)
        #expect(try output.bytes("a.\(ending)") == output.bytes("whole.\(ending)"))
        #expect(try !output.names.contains { $0.contains("partial") })
    }

    /// What a power cut may leave.
    private func damagePartial(of name: String, using random: inout SplitMix64) throws {
        let (data, ledger) = ("\(name).partial", "\(name).partial.ledger")
        switch Int.random(in: 0..<4, using: &random) {
        case 0: _ = try output.write(output.bytes(data).dropLast(3), to: data)
        case 1: _ = try output.write(output.bytes(data) + [1, 2, 3], to: data)
        case 2: _ = try output.write(output.bytes(ledger).dropLast(2), to: ledger)
        default:
            var bytes = try output.bytes(data)
            if let last = bytes.indices.last { bytes[last / 2] ^= 1 }
            _ = try output.write(bytes, to: data)
        }
    }

    @Test func goesOnAfterTheImagesThatAreFinished() throws {
        try pack(to: "a.rec", stopAfter: 7)
        #expect(try output.names == ["a.rec.partial", "a.rec.partial.ledger"])
        #expect(try pack(to: "a.rec").resumedCount == 7)
    }

    @Test func whatARunLeftThatWasKilledAtItsEndIsRemoved() throws {
        try pack(to: "a.rec", stopAfter: 5)
        let ledger = try output.bytes("a.rec.partial.ledger")
        try pack(to: "a.rec")
        _ = try output.write(ledger, to: "a.rec.partial.ledger")
        #expect(try pack(to: "a.rec").wasThere)
        #expect(try output.names == ["a.crc", "a.idx", "a.meta.json", "a.rec"])
    }

    @Test func otherSettingsDoNotGoOn() throws {
        try pack(to: "a.rec", stopAfter: 7)
        let error = #expect(throws: RecordsError.self) {
            try pack(to: "a.rec", ImageTransform(encoding: .png))
        }
        #expect(error?.cause.contains("other settings") == true)
        #expect(try pack(to: "a.rec", ImageTransform(encoding: .png), overwrites: true).resumedCount == 0)
    }

    @Test func aFinishedFileStays() throws {
        try pack(to: "a.rec")
        #expect(try pack(to: "a.rec").wasThere)
        let error = #expect(throws: RecordsError.self) {
            try pack(to: "a.rec", ImageTransform(encoding: .png))
        }
        #expect(error?.cause.contains("--overwrite") == true)
        #expect(try !pack(to: "a.rec", ImageTransform(encoding: .png), overwrites: true).wasThere)
    }

    @Test func twoRunsDoNotWriteToOneFile() throws {
        var error: RecordsError?
        _ = try Records.pack(
            pictures.collection(), to: output.file("a.rec"), plan: pictures.plan(), threads: 1,
            progress: { progress in
                guard progress.finishedCount == 1 else { return }
                error = #expect(throws: RecordsError.self) { try pack(to: "a.rec") }
            })
        #expect(error?.cause.contains("another process is writing it") == true)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system")) func aFullDiskIsSaidAndGoneOn()
        throws
    {
        let disk = try SmallDisk(kilobytes: 12)
        let path = disk.folder.file("a.rec")
        let error = #expect(throws: RecordsError.self) {
            _ = try Records.pack(
                pictures.collection(), to: path,
                plan: pictures.plan(ImageTransform(encoding: .png, shorterSide: 64)),
                threads: 2)
        }
        #expect(error?.cause == "No space left on device")
        #expect(try disk.folder.names == ["a.rec.partial", "a.rec.partial.ledger"])
    }
}

/// The pixels of an image file.
func decoded(_ bytes: [UInt8]) throws -> Image { try Image(decoding: bytes.span.bytes) }
