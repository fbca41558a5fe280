import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Synchronization
import TestSupport
import Testing

@Suite struct ImageDecoderTests {
    /// A JPEG picture that PIL has written, and what PIL makes of it.
    private struct Golden: Decodable {
        var kind: String
        var width, height: Int
        var file, pixels: String

        var bytes: [UInt8] { Self.bytes(hex: file) }
        var image: Image {
            Image(width: width, height: height, pixelsHWC: Self.bytes(hex: pixels))
        }

        static func all() throws -> [Golden] {
            let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/jpegs.json"
            return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: URL(filePath: path)))
        }

        static func named(_ kind: String) throws -> Golden {
            try #require(try all().first { $0.kind == kind })
        }

        private static func bytes(hex: String) -> [UInt8] {
            let digits = Array(hex.utf8).map { $0 < 97 ? $0 - 48 : $0 - 87 }
            return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }

    private func decode(
        _ bytes: [UInt8], by decoder: ImageDecoder, path: String
    ) throws(RasterError) -> Image {
        try decoder.decode(bytes.span.bytes, path: path)
    }

    @Test func decodesEveryKindOfJPEGAsPILDoes() throws {
        let goldens = try Golden.all()
        #expect(goldens.count == 9)
        for golden in goldens {
            let found = try Image(decoding: golden.bytes.span.bytes)
            let expected = golden.image
            #expect((found.width, found.height) == (expected.width, expected.height), "\(golden.kind)")
            let largest = zip(found.pixelsHWC, expected.pixelsHWC).map { abs(Int($0) - Int($1)) }.max() ?? 255
            // PIL turns inks into light in another order.
            #expect(largest <= (golden.kind == "CMYK" ? 1 : 0), "\(golden.kind)")
        }
    }

    /// PIL, GDAL and browsers take the inks of a file without Adobe's mark as they take those of one with it.
    @Test func aCMYKPictureNeedsNoMark() throws {
        let golden = try Golden.named("CMYK")
        let unmarked = PictureBytes.jpeg(golden.bytes, adobeTransform: nil)
        #expect(unmarked.count < golden.bytes.count)
        #expect(try Image(decoding: unmarked.span.bytes) == Image(decoding: golden.bytes.span.bytes))
    }

    @Test(arguments: UInt64(0)..<30) func aPartIsWhatItIsInTheWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let decoder = try ImageDecoder()
        for golden in try Golden.all() {
            let whole = try decoder.decode(golden.bytes.span.bytes, path: golden.kind)
            let (x, y) = (
                Int.random(in: 0..<whole.width, using: &random),
                Int.random(in: 0..<whole.height, using: &random)
            )
            let rect = PixelRect(
                x: x, y: y, width: .random(in: 1...whole.width - x, using: &random),
                height: .random(in: 1...whole.height - y, using: &random))
            let part = try decoder.decode(golden.bytes.span.bytes, path: golden.kind) { width, height in
                #expect((width, height) == (whole.width, whole.height))
                return DecodingRequest(rect)
            }
            #expect(part.image == whole.cropped(to: rect), "\(golden.kind) \(rect)")
            #expect((part.x, part.y, part.scale) == (x, y, 1))
        }
    }

    /// A scaled picture is not the mean of its pixels, but near it where the picture is smooth.
    @Test(arguments: [
        (1.0, 1.0), (0.6, 1.0), (0.5, 0.5), (0.3, 0.5), (0.25, 0.25), (0.13, 0.25), (0.1, 0.125),
    ])
    func comesSmallerWhereThatIsAllowed(leastScale: Double, scale: Double) throws {
        let image = Image.gradient(width: 203, height: 101)
        let bytes = try image.jpegData(quality: 98)
        let rect = PixelRect(x: 17, y: 9, width: 150, height: 80)
        let part = try ImageDecoder().decode(bytes.span.bytes, path: "a") { _, _ in
            DecodingRequest(rect, leastScale: leastScale)
        }
        #expect(part.scale == scale)
        #expect(part.x == Int(17 * scale) && part.y == Int(9 * scale))
        let box = part.box(PixelBox(rect))
        #expect(abs(box.width - 150 * scale) < 1e-9 && abs(box.height - 80 * scale) < 1e-9)
        let small = part.image.resized(width: 10, height: 5, box: box)
        let expected = image.resized(width: 10, height: 5, box: PixelBox(rect))
        let differences = zip(small.pixelsHWC, expected.pixelsHWC).map { abs(Int($0) - Int($1)) }
        #expect((differences.max() ?? 255) <= 4)
    }

    @Test func decodesWhatGDALKnowsToo() throws {
        let image = Image.noise(width: 31, height: 17, seed: 4)
        let bytes = try image.pngData()
        let whole = try Image(decoding: bytes.span.bytes)
        #expect(whole == image)
        let rect = PixelRect(x: 3, y: 5, width: 9, height: 7)
        let part = try ImageDecoder().decode(bytes.span.bytes, path: "a") { _, _ in
            DecodingRequest(rect, leastScale: 0.1)
        }
        #expect(part.image == image.cropped(to: rect) && (part.x, part.y, part.scale) == (3, 5, 1))
    }

    // MARK: Oddities

    private static let strayBytes = [UInt8](repeating: 7, count: 50)

    /// Where a marker begins, from a place on.
    private func marker(_ code: ClosedRange<UInt8>, in bytes: [UInt8], from start: Int = 2) throws -> Int {
        try #require((start..<bytes.count - 1).first { bytes[$0] == 0xFF && code.contains(bytes[$0 + 1]) })
    }

    @Test func strayBytesBeforeTheEndMarkLoseNothing() throws {
        for golden in try Golden.all() {
            let bytes = Array(golden.bytes.dropLast(2)) + Self.strayBytes.prefix(16) + [0xFF, 0xD9]
            let expected = try Image(decoding: golden.bytes.span.bytes)
            // What follows the mark makes the decoder look for it.
            for file in [bytes, bytes + [0]] {
                #expect(try Image(decoding: file.span.bytes) == expected, "\(golden.kind)")
            }
        }
    }

    /// What a decoder leaves that has lost its way in data that was changed.
    @Test func manyStrayBytesBeforeTheEndMarkAreDamage() throws {
        for golden in try Golden.all() {
            // A decoder may have taken up to eight of them for data.
            for (count, isDamage) in [(16, false), (25, true), (4096, true)] {
                let stray = [UInt8](repeating: 7, count: count)
                let bytes = Array(golden.bytes.dropLast(2)) + stray + [0xFF, 0xD9]
                if isDamage {
                    #expect(try error(decoding: bytes).cause.contains("extraneous bytes"), "\(golden.kind)")
                } else {
                    #expect(throws: Never.self, "\(golden.kind)") { try Image(decoding: bytes.span.bytes) }
                }
            }
        }
    }

    /// Zeros are some picture's data: the decoder goes on, and ends too early or too late.
    @Test(arguments: 1..<10) func aSectorOfZerosIsDamage(tenths: Int) throws {
        var bytes = try Image.noise(width: 300, height: 200, seed: 8).jpegData(quality: 80)
        let start = bytes.count * tenths / 10
        for place in start..<min(start + 4096, bytes.count - 2) { bytes[place] = 0 }
        let cause = try error(decoding: bytes).cause
        #expect(cause.contains("Corrupt JPEG data") || cause.contains("Premature end"), "\(cause)")
        // By GDAL, too.
        #expect(throws: RasterError.self) {
            try Image.withDecoded(
                bytes.span.bytes, view: SceneView(bands: [1, 2, 3]), cancellation: Cancellation()
            ) { _ in }
        }
    }

    @Test(arguments: ["4:2:0", "progressive", "grey"]) func strayBytesInTheHeaderLoseNothing(kind: String)
        throws
    {
        let golden = try Golden.named(kind)
        var bytes = golden.bytes
        bytes.insert(contentsOf: Self.strayBytes, at: try marker(0xDB...0xDB, in: bytes))
        bytes.insert(contentsOf: Self.strayBytes, at: try marker(0xDA...0xDA, in: bytes))
        #expect(try Image(decoding: bytes.span.bytes) == Image(decoding: golden.bytes.span.bytes))
    }

    @Test func numbersThatNobodyNeedsMayBeOdd() throws {
        let golden = try Golden.named("4:2:0")
        let expected = try Image(decoding: golden.bytes.span.bytes)
        let scan = try marker(0xDA...0xDA, in: golden.bytes)
        // The revision of JFIF; the last coefficient of the scan.
        for (place, value) in [(11, UInt8(9)), (scan + 12, 0)] {
            var bytes = golden.bytes
            #expect(bytes[place] == (place == 11 ? 1 : 63))
            bytes[place] = value
            #expect(try Image(decoding: bytes.span.bytes) == expected)
        }
    }

    // MARK: Bad input

    /// There they are the rest of a scan that was not understood.
    @Test(arguments: [("restart markers", UInt8(0xD0)...0xD7), ("progressive", 0xC4...0xC4)])
    func strayBytesInThePictureAreAnError(kind: String, code: ClosedRange<UInt8>) throws {
        var bytes = try Golden.named(kind).bytes
        let scan = try marker(0xDA...0xDA, in: bytes)
        bytes.insert(contentsOf: Self.strayBytes, at: try marker(code, in: bytes, from: scan))
        #expect(try error(decoding: bytes).cause.contains("extraneous bytes"))
    }

    private func error(decoding bytes: [UInt8]) throws -> RasterError {
        try #require(throws: RasterError.self) {
            _ = try ImageDecoder().decode(bytes.span.bytes, path: "train.rec, record 7")
        }
    }

    @Test func everyCutOfAJPEGIsAnError() throws {
        for golden in try Golden.all() {
            let bytes = golden.bytes
            for count in stride(from: 0, to: bytes.count - 1, by: 31) + [bytes.count - 3, bytes.count - 2] {
                let error = try error(decoding: Array(bytes[..<count]))
                #expect(
                    error.path == "train.rec, record 7" && !error.cause.isEmpty, "\(golden.kind) \(count)")
            }
        }
    }

    /// The part ends above the damage.
    @Test func aCutBelowThePartIsAnErrorToo() throws {
        let golden = try Golden.named("4:2:0")
        let bytes = Array(golden.bytes.dropLast(30))
        let error = try #require(throws: RasterError.self) {
            _ = try ImageDecoder().decode(bytes.span.bytes, path: "a") { width, _ in
                DecodingRequest(PixelRect(x: 0, y: 0, width: width, height: 2))
            }
        }
        #expect(error.code == .cannotRead && error.cause.contains("end"))
    }

    /// Any damage gives an error or a picture of the size that the file says.
    @Test(arguments: UInt64(0)..<40) func damagedBytesNeverCrash(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let decoder = try ImageDecoder()
        var files = try Golden.all().map(\.bytes)
        files.append(try Image.noise(width: 20, height: 20, seed: seed).pngData())
        for file in files {
            var bytes = file
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 2..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            do throws(RasterError) {
                _ = try decode(bytes, by: decoder, path: "damaged")
            } catch {
                #expect(error.path == "damaged")
            }
            // The decoder is as good as before.
            _ = try decode(files[0], by: decoder, path: "whole")
        }
    }

    @Test func aPNGWithAWrongChecksumIsAnError() throws {
        var bytes = try Image.noise(width: 20, height: 20, seed: 1).pngData()
        let data = try #require(bytes.firstRange(of: Array("IDAT".utf8)))
        bytes[data.upperBound + 300] ^= 1
        let error = try error(decoding: bytes)
        #expect(error.code == .cannotRead && error.path == "train.rec, record 7")
    }

    /// The size that the header says, at the place where JPEG has it.
    private func withSize(_ bytes: [UInt8], width: Int, height: Int) throws -> [UInt8] {
        var bytes = bytes
        let frame = try #require(
            bytes.indices.first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) })
        bytes.replaceSubrange(
            frame + 5..<frame + 9,
            with: [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)])
        return bytes
    }

    @Test(
        arguments: ["4:2:0", "progressive"], [(30_000, 30_000), (16_000, 16_000), (2000, 2000), (36, 300)])
    func anImageThatLiesAboutItsSizeIsAnError(kind: String, size: (Int, Int)) throws {
        let error = try error(decoding: withSize(Golden.named(kind).bytes, width: size.0, height: size.1))
        #expect(error.code == .cannotRead)
        if size.0 == 30_000 { #expect(error.cause.contains("512 million pixels")) }
        if size.0 == 16_000 { #expect(error.cause.contains("its header is wrong")) }
    }

    @Test func whatIsNoPictureIsAnError() throws {
        let document = "<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"></VRTDataset>"
        for bytes in [[], [1], [0xFF, 0xD8, 0xFF], Array("no picture".utf8), Array(document.utf8)] {
            #expect(try error(decoding: bytes).description.hasPrefix("train.rec, record 7: cannot "))
        }
    }

    @Test func decodesOnManyThreadsAtOnce() throws {
        let images = (0..<16).map { Image.noise(width: 40, height: 40, seed: UInt64($0)) }
        let files = try images.map { try $0.pngData() }
        let golden = try Golden.named("4:2:0")
        let equalCount = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: images.count) { index in
            guard let decoder = try? ImageDecoder() else { return }
            let picture = try? decode(files[index], by: decoder, path: "a")
            let jpeg = try? decode(golden.bytes, by: decoder, path: "b")
            if picture == images[index] && jpeg == golden.image { equalCount.add(1, ordering: .relaxed) }
        }
        #expect(equalCount.load(ordering: .relaxed) == images.count)
    }
}
