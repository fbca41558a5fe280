import Bytes
import EndingJobs
import Files
import Foundation
import Pixels
import Rasters
import Records
import Synchronization
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

    func collection() throws -> ImageCollection { try .classFolders(at: Address(folder.path)) }

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
        try Records.pack(
            collection ?? pictures.collection(),
            to: overwrites ? .replacing(output.file(name)) : .new(output.file(name)),
            plan: pictures.plan(transform), threads: threads, job: .ending { $0.finishedCount >= limit })
    }

    /// Packs as records until so many images are done.
    private func beginPacking(to name: String, stopAfter limit: Int) {
        #expect(throws: Cancelled.self) { try pack(to: name, stopAfter: limit) }
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
        #expect(try tiles.tile(2) == square.resized(width: 8, height: 8))
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

    @Test func anImageThatNoRecordHoldsIsRefused() throws {
        let item = ImageCollection.Item(
            number: 0, name: "a.png", header: ImageRecordHeader(labels: [1], id: 0))
        // With the header's 24 bytes it is a record of 100.
        let image = [UInt8](repeating: 1, count: 76)
        let whole = try PackOutput.records.encoded(image, of: item, key: 0, recordByteLimit: 100)
        #expect(whole.count == 108)
        let error = #expect(throws: (any Error).self) {
            try PackOutput.records.encoded(image, of: item, key: 0, recordByteLimit: 99)
        }
        #expect(error.map { "\($0)".contains("100 bytes, but a record can have at most 99") } == true)
        #expect(try PackOutput.tar.encoded(image, of: item, key: 0, recordByteLimit: 99).count == 2048)
    }

    // MARK: Memory

    /// Holds its first image back for a moment and sees how many others are begun meanwhile.
    private final class HoldingStore: ImageStore {
        let begunCount = Atomic(0)
        let othersBegunCount = Atomic(0)
        private let limit: Int
        private let limitIsPassed = DispatchSemaphore(value: 0)

        init(limit: Int) { self.limit = limit }

        func content(of item: ImageCollection.Item) -> ImageContent {
            if begunCount.add(1, ordering: .sequentiallyConsistent).newValue > limit {
                limitIsPassed.signal()
            }
            if item.number == 0 {
                _ = limitIsPassed.wait(timeout: .now() + 0.2)
                othersBegunCount.store(
                    begunCount.load(ordering: .sequentiallyConsistent) - 1, ordering: .sequentiallyConsistent)
            }
            return .pixels(Image(width: 1, height: 1))
        }

        func location(of item: ImageCollection.Item) -> String { item.name }

        func files(of items: [ImageCollection.Item]) -> AnySequence<Address> { AnySequence([]) }
    }

    @Test(arguments: [1, 3]) func onlyAFewImagesAreInMemory(threads: Int) throws {
        let store = HoldingStore(limit: 4 * threads)
        let items = (0..<100).map {
            ImageCollection.Item(
                number: $0, name: "\($0)", header: ImageRecordHeader(labels: [0], id: UInt64($0)))
        }
        let collection = try ImageCollection(path: "many", items: items, store: store)
        let result = try Records.pack(
            collection, to: .new(output.file("a.rec")), plan: pictures.plan(), threads: threads)
        #expect(result.packedCount == 100)
        #expect(store.othersBegunCount.load(ordering: .sequentiallyConsistent) < 4 * threads)
    }

    // MARK: Going on

    /// Pictures may have changed under their names.
    @Test func overwritingBeginsAnewWhateverTheSamePlanHasBegun() throws {
        beginPacking(to: "a.rec", stopAfter: 7)
        #expect(try pack(to: "a.rec", overwrites: true).resumedCount == 0)
    }

    @Test func whatAnotherVersionHasBegunStays() throws {
        beginPacking(to: "a.rec", stopAfter: 7)
        let data = try output.bytes("a.rec.partial")
        _ = try output.write(Array("{\"version\":9}\n5 5\n".utf8), to: "a.rec.partial.ledger")
        let error = #expect(throws: RecordsError.self) { try pack(to: "a.rec") }
        #expect(error?.cause.contains("a.rec.partial.ledger was written by another version") == true)
        #expect(try output.bytes("a.rec.partial") == data)
        #expect(try pack(to: "a.rec", overwrites: true).resumedCount == 0)
    }

    private func transform(_ ending: String, side: Int = 8) -> ImageTransform {
        ending == "tiles"
            ? ImageTransform(encoding: .raw, isCropped: true, shorterSide: side)
            : ImageTransform(encoding: .png, shorterSide: side)
    }

    @Test(arguments: ["rec", "tar", "tiles"]) func theFileGetsItsNameLast(ending: String) throws {
        let name = "a." + ending
        // In the way of what is to lie beside it, when all images are done.
        let obstacle = output.file(ending == "rec" ? "a.meta.json" : name + ".meta.json")
        #expect(throws: RecordsError.self) {
            try Records.pack(
                pictures.collection(), to: .new(output.file(name)), plan: pictures.plan(transform(ending)),
                threads: 2,
                job: Job { progress in
                    guard progress.finishedCount == progress.imageCount else { return }
                    mkdir(obstacle, 0o700)
                })
        }
        #expect(try !output.names.contains(name))
        try FileManager.default.removeItem(atPath: obstacle)
        let result = try pack(to: name, transform(ending))
        #expect(result.resumedCount == 12 && result.packedCount == 12)
        try pack(to: "b." + ending, transform(ending))
        #expect(try output.bytes(name) == output.bytes("b." + ending))
        #expect(try !output.names.contains { $0.contains("partial") })
    }

    @Test(
        .enabled(if: SmallDisk.isPossible, "needs a small file system"), arguments: ["rec", "tar", "tiles"])
    func aDiskThatIsFullAtTheEndDoesNotCostTheOldFile(ending: String) throws {
        let disk = try SmallDisk(kilobytes: 256)
        func pack(side: Int, fillsDisk: Bool) throws {
            _ = try Records.pack(
                pictures.collection(), to: .replacing(disk.folder.file("a." + ending)),
                plan: pictures.plan(transform(ending, side: side)), threads: 2,
                job: Job { progress in
                    if fillsDisk && progress.finishedCount == progress.imageCount { Self.fill(disk) }
                })
        }
        try pack(side: 8, fillsDisk: false)
        let names = try disk.folder.names
        let old = try names.map { try disk.folder.bytes($0) }
        let error = #expect(throws: RecordsError.self) { try pack(side: 9, fillsDisk: true) }
        #expect(error?.cause == "No space left on device")
        #expect(try names.map { try disk.folder.bytes($0) } == old)
        try FileManager.default.removeItem(atPath: disk.folder.file("filler"))
        try pack(side: 9, fillsDisk: false)
        #expect(try disk.folder.names == names)
        #expect(try disk.folder.bytes("a." + ending) != old[names.firstIndex(of: "a." + ending) ?? 0])
    }

    /// Takes all room that is left.
    private static func fill(_ disk: SmallDisk) {
        let descriptor = open(disk.folder.file("filler"), O_WRONLY | O_CREAT, 0o644)
        let page = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
        close(descriptor)
    }

    @Test(arguments: UInt64(0)..<6) func aStoppedRunGoesOnToTheSameBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        try pictures.write([], to: "bee/1.png")
        let ending = ["rec", "tar", "tiles"][Int(seed % 3)]
        let transform =
            ending == "tiles"
            ? ImageTransform(encoding: .raw, isCropped: true, shorterSide: 8) : ImageTransform()
        try pack(to: "whole.\(ending)", transform)
        let limit = Int.random(in: 1...11, using: &random)
        let cancelled = #expect(throws: Cancelled.self) {
            try pack(to: "a.\(ending)", transform, stopAfter: limit)
        }
        #expect(cancelled?.kept == "\(limit) of 12 images are done; the same command resumes")
        try damagePartial(of: "a.\(ending)", using: &random)
        let result = try pack(to: "a.\(ending)", transform)
        #expect(result.packedCount + result.rejectedCount == 12 && result.resumedCount <= limit)
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
        beginPacking(to: "a.rec", stopAfter: 7)
        #expect(try output.names == ["a.rec.partial", "a.rec.partial.ledger"])
        #expect(try pack(to: "a.rec").resumedCount == 7)
    }

    @Test func whatARunLeftThatWasKilledAtItsEndIsRemoved() throws {
        beginPacking(to: "a.rec", stopAfter: 5)
        let ledger = try output.bytes("a.rec.partial.ledger")
        try pack(to: "a.rec")
        _ = try output.write(ledger, to: "a.rec.partial.ledger")
        #expect(try pack(to: "a.rec").wasThere)
        #expect(try output.names == ["a.crc", "a.idx", "a.meta.json", "a.rec"])
    }

    @Test func otherSettingsDoNotGoOn() throws {
        beginPacking(to: "a.rec", stopAfter: 7)
        let error = #expect(throws: RecordsError.self) {
            try pack(to: "a.rec", ImageTransform(encoding: .png))
        }
        #expect(error?.cause.contains("other settings") == true)
        #expect(try pack(to: "a.rec", ImageTransform(encoding: .png), overwrites: true).resumedCount == 0)
    }

    /// Tiles are written when all images are done.
    @Test func goesOnWhereItWasCancelledAtTheEnd() throws {
        let transform = ImageTransform(encoding: .raw, isCropped: true, shorterSide: 8)
        let cancelled = #expect(throws: Cancelled.self) {
            try pack(to: "a.tiles", transform, stopAfter: 12)
        }
        #expect(cancelled?.kept.hasPrefix("12 of 12 images are done") == true)
        #expect(try output.names == ["a.tiles.partial", "a.tiles.partial.ledger"])
        #expect(try pack(to: "a.tiles", transform).resumedCount == 12)
        try pack(to: "whole.tiles", transform)
        #expect(try output.bytes("a.tiles") == output.bytes("whole.tiles"))
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
        let errors = Collected<RecordsError?>()
        _ = try Records.pack(
            pictures.collection(), to: .new(output.file("a.rec")), plan: pictures.plan(), threads: 1,
            job: Job { progress in
                guard progress.finishedCount == 1 else { return }
                errors.add(#expect(throws: RecordsError.self) { try pack(to: "a.rec") })
            })
        #expect(errors.values.first??.cause.contains("another process is writing it") == true)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system")) func aFullDiskIsSaidAndGoneOn()
        throws
    {
        let disk = try SmallDisk(kilobytes: 12)
        let path = disk.folder.file("a.rec")
        let error = #expect(throws: RecordsError.self) {
            _ = try Records.pack(
                pictures.collection(), to: .new(path),
                plan: pictures.plan(ImageTransform(encoding: .png, shorterSide: 64)),
                threads: 2)
        }
        #expect(error?.cause == "No space left on device")
        #expect(try disk.folder.names == ["a.rec.partial", "a.rec.partial.ledger"])
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system"))
    func roomForTilesIsLookedForBeforeAnImageIsRead() throws {
        let disk = try SmallDisk(kilobytes: 64)
        func pack(side: Int) throws -> Int {
            let finished = Collected<Int>()
            let error = #expect(throws: RecordsError.self) {
                _ = try Records.pack(
                    pictures.collection(), to: .replacing(disk.folder.file("a.tiles")),
                    plan: pictures.plan(transform("tiles", side: side)), threads: 2,
                    job: Job { finished.add($0.finishedCount) })
            }
            #expect(
                error?.cause.contains(" are free; make fewer or smaller ones") == true,
                "\(error?.cause ?? "")")
            return finished.values.count
        }
        #expect(try pack(side: 256) == 0)
    }
}

/// The pixels of an image file.
func decoded(_ bytes: [UInt8]) throws -> Image { try Image(decoding: bytes.span.bytes) }
