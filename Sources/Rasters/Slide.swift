internal import COpenSlide
import Files
import Foundation
import Pixels
import Synchronization

/// A whole-slide image, read by OpenSlide.
///
/// GDAL reads it as a TIFF that does not exist: `SlideTIFF` says what would stand in it, and its tiles are made when they are
/// read. Pyramid levels are overviews; what the scanner has not looked at is transparent. So slides need no rules of their
/// own for colours, masks and overviews.
///
/// "OpenSlide is thread-safe" (openslide.org/api/openslide_8h.html); its errors stay with a handle, which is therefore opened
/// anew after one. Any thread may use this value.
final class Slide: Sendable {
    /// As it was given.
    private let address: Address
    /// Keeps the file of a store.
    private let fetched: FileReader?
    /// Under which OpenSlide opens it.
    private let path: String
    let layout: SlideTIFF
    /// The colour that transparent pixels get.
    private let background: RGB
    /// The size of one pixel, where the scanner tells it.
    let pixelSize: PixelSize?
    private let number: Int
    private let state: Mutex<State>

    private struct State {
        var handle: OpaquePointer?
        /// Finds what OpenSlide does not tell; `nil` where it cannot.
        var tiles: SlideTileCheck?
        /// What went wrong last.
        var failure: String?
    }

    /// Endings of files that are fetched from a store to see whether they are slides: of one file each.
    private static let singleEndings = ["svs", "ndpi", "scn", "bif", "svslide"]
    /// Endings of slides of several files.
    private static let manyEndings = ["mrxs", "vms", "vmu"]

    /// - Returns: `nil` where OpenSlide knows no scanner that has made it. Plain tiled TIFFs are GDAL's.
    /// - Throws: `cannotOpen` for a slide that is damaged.
    init?(recognising address: Address) throws(RasterError) {
        let ending = address.lastComponent.split(separator: ".").last.map { $0.lowercased() } ?? ""
        if let path = address.localPath {
            (self.path, fetched) = (path, nil)
        } else if address.isFetchedWhole, Self.singleEndings.contains(ending) {
            do throws(FileError) {
                let file = try FileReader(opening: address)
                (path, fetched) = (file.descriptorPath, file)
            } catch {
                throw RasterError(error)
            }
        } else if address.isFetchedWhole, Self.manyEndings.contains(ending) {
            throw RasterError(
                .unsupported, "open as a slide", address.description,
                cause: "it is made of several files; copy all of them to this machine")
        } else {
            return nil
        }
        guard FileGuard(path: path) != nil, let vendor = openslide_detect_vendor(path),
            String(cString: vendor) != "generic-tiff"
        else { return nil }
        let handle: OpaquePointer
        do throws(SlideFailure) {
            handle = try Self.open(path)
        } catch {
            throw RasterError(.cannotOpen, "open as a slide", address.description, cause: error.cause)
        }
        func property(_ name: String) -> String? {
            openslide_get_property_value(handle, name).map { String(cString: $0) }
        }
        func microns(_ name: String) -> Double? {
            property(name).flatMap { Double($0) }.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        }
        let stored = (0..<max(0, openslide_get_level_count(handle))).map { index in
            var (width, height): (Int64, Int64) = (0, 0)
            openslide_get_level_dimensions(handle, index, &width, &height)
            func side(_ name: String) -> Int {
                property("openslide.level[\(index)].tile-\(name)").flatMap { Int($0) } ?? 0
            }
            return SlideTileCheck.Level(
                width: Int(width), height: Int(height), tileWidth: side("width"), tileHeight: side("height"))
        }
        // OpenSlide 3.4.1 shows nothing of a level that is narrower than its tiles, unless they are JPEGs.
        let levels = stored.enumerated().filter { $0 == 0 || $1.width >= $1.tileWidth }.map { index, level in
            SlideTIFF.Level(
                width: level.width, height: level.height, number: index,
                downsample: openslide_get_level_downsample(handle, Int32(index)))
        }
        guard let layout = SlideTIFF(levels: levels) else {
            openslide_close(handle)
            throw RasterError(
                .cannotOpen, "open as a slide", address.description, cause: "its levels have impossible sizes"
            )
        }
        let tiles: SlideTileCheck?
        do throws(RasterError) {
            tiles = try SlideTileCheck(path: path, vendor: String(cString: vendor), levels: stored)
        } catch {
            openslide_close(handle)
            throw error
        }
        self.address = address
        self.layout = layout
        background =
            property("openslide.background-color").flatMap { RGB(hexadecimal: $0) } ?? RGB(255, 255, 255)
        if let x = microns("openslide.mpp-x"), let y = microns("openslide.mpp-y") {
            pixelSize = PixelSize(x: x * 1e-6, y: y * 1e-6)
        } else {
            pixelSize = nil
        }
        state = Mutex(State(handle: handle, tiles: tiles))
        number = slides.withLock { $0.nextNumber() }
        SlideFiles.install()
        slides.withLock { $0.open[number] = self }
    }

    deinit { state.withLock { $0.handle.map { openslide_close($0) } } }

    /// Takes it out of the list of those that GDAL may read.
    func close() { slides.withLock { $0.open[number] = nil } }

    /// The open slide that GDAL means.
    static func of(gdalPath: String) -> Slide? {
        guard let number = gdalPath.split(separator: "/").last.flatMap({ Int($0) }) else { return nil }
        return slides.withLock { $0.open[number] }
    }

    /// GDAL's name of it.
    var gdalPath: String { "\(SlideFiles.prefix)\(number)" }

    /// OpenSlide's words about what could not be read last.
    var failure: String? { state.withLock { $0.failure } }

    /// The slide's files: itself first. Some vendors keep pixels in files beside it, or in a folder of its name.
    var files: [Address] {
        guard let path = address.localPath else { return [address] }
        let name = URL(filePath: path).lastPathComponent
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        switch name.split(separator: ".").last?.lowercased() {
        case "mrxs":
            let inside = folder + "/" + stem
            let names = (try? FileManager.default.contentsOfDirectory(atPath: inside)) ?? []
            return [address] + names.sorted().map { Address(inside + "/" + $0) }
        case "vms", "vmu":
            // Its text names them: `ImageFile(1,0)=slide(1,0).jpg`.
            let text = (try? String(contentsOfFile: path, encoding: .isoLatin1)) ?? ""
            let names = text.split(whereSeparator: \.isNewline).compactMap { line in
                line.split(separator: "=", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
            }
            let files = Set(names).sorted().map { folder + "/" + $0 }.filter { FileGuard(path: $0) != nil }
            return [address] + files.map { Address($0) }
        default: return [address]
        }
    }

    /// Fills a buffer with the pixels of one tile: red, green, blue and opacity.
    ///
    /// - Returns: whether they could be read; `failure` says why not.
    func readTile(column: Int, row: Int, level: Int, into pixels: UnsafeMutableRawBufferPointer) -> Bool {
        let side = SlideTIFF.tileSide
        precondition(pixels.count == side * side * 4)
        let (downsample, number) = (layout.levels[level].downsample, Int32(layout.levels[level].number))
        // Places are always in pixels of the largest level.
        let x = Int64(exactly: (Double(column * side) * downsample).rounded()) ?? 0
        let y = Int64(exactly: (Double(row * side) * downsample).rounded()) ?? 0
        var samples = [UInt32](repeating: 0, count: side * side)
        let isRead = state.withLock { state in
            do throws(SlideFailure) {
                try state.tiles?.check(column: column, row: row, level: Int(number), downsample)
                if state.handle == nil { state.handle = try Self.open(path) }
                guard let handle = state.handle else { return false }
                openslide_read_region(handle, &samples, x, y, number, Int64(side), Int64(side))
                if let words = openslide_get_error(handle) {
                    let cause = String(cString: words)
                    openslide_close(handle)
                    state.handle = nil
                    throw SlideFailure(cause: cause)
                }
                state.failure = nil
                return true
            } catch {
                state.failure = error.cause
                return false
            }
        }
        if isRead { Self.spread(samples, over: pixels, background: background) }
        return isRead
    }

    private static func open(_ path: String) throws(SlideFailure) -> OpaquePointer {
        guard let handle = openslide_open(path) else {
            throw SlideFailure(cause: "OpenSlide does not know its format")
        }
        guard let words = openslide_get_error(handle) else { return handle }
        let cause = String(cString: words)
        openslide_close(handle)
        throw SlideFailure(cause: cause)
    }

    /// Turns OpenSlide's pixels, whose colours are multiplied with their opacity, into plain ones.
    private static func spread(
        _ samples: [UInt32], over pixels: UnsafeMutableRawBufferPointer, background: RGB
    ) {
        for (index, sample) in samples.enumerated() {
            let alpha = sample >> 24
            let place = index * 4
            switch alpha {
            case 255:
                pixels[place] = UInt8(truncatingIfNeeded: sample >> 16)
                pixels[place + 1] = UInt8(truncatingIfNeeded: sample >> 8)
                pixels[place + 2] = UInt8(truncatingIfNeeded: sample)
            case 0:
                pixels[place] = background.red
                pixels[place + 1] = background.green
                pixels[place + 2] = background.blue
            default:
                for (channel, shift) in [UInt32(16), 8, 0].enumerated() {
                    let light = (sample >> shift & 255) * 255 + alpha / 2
                    pixels[place + channel] = UInt8(clamping: light / alpha)
                }
            }
            pixels[place + 3] = UInt8(alpha)
        }
    }
}

extension SlideTileCheck {
    /// - Throws: where something is damaged that a tile of ours is made of.
    fileprivate func check(column: Int, row: Int, level: Int, _ downsample: Double) throws(SlideFailure) {
        let side = SlideTIFF.tileSide
        // The nearest pixel of the largest level may lie beside a pixel of this one, which then is made of two.
        func span(_ start: Int) -> Range<Int> {
            let shift = (Double(start) * downsample).rounded() / downsample - Double(start)
            return max(0, start - (shift < -1e-3 ? 1 : 0))..<start + side + (shift > 1e-3 ? 1 : 0)
        }
        let (x, y) = (span(column * side), span(row * side))
        let part = PixelRect(x0: x.lowerBound, y0: y.lowerBound, x1: x.upperBound, y1: y.upperBound)
        let words: String?
        do throws(RasterError) {
            words = try damage(level: level, part: part)
        } catch {
            throw SlideFailure(cause: error.cause)
        }
        if let words { throw SlideFailure(cause: words) }
    }
}

/// Why OpenSlide could not read.
private struct SlideFailure: Error {
    var cause: String
}

/// The slides that are open, by the numbers that GDAL knows them by.
private struct OpenSlides {
    var open: [Int: Slide] = [:]
    private var count = 0

    mutating func nextNumber() -> Int {
        count += 1
        return count
    }
}

private let slides = Mutex(OpenSlides())

extension RGB {
    /// `"F0F0F0"`.
    fileprivate init?(hexadecimal text: String) {
        guard text.utf8.count == 6, let number = Int(text, radix: 16) else { return nil }
        self.init(UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255))
    }
}
