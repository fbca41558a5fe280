package import Files
import Foundation

/// A scene that somebody else may have chosen: only formats that hold pixels and name no other file or server.
///
/// A TIFF, too, can name a file that GDAL then shows as its overview, and so can files beside an image. `check` refuses all of
/// that, so that the scene may be opened as any other. It does not keep other formats from being opened: whoever runs a
/// service leaves them out of GDAL by `GDAL.driversToSkip`.
package enum PlainScene {
    /// GDAL's names of the formats.
    package static let drivers = ImageDecoder.drivers + ["JPEG"]

    /// How such files end. Slides are those of one file.
    package static let endings: Set<String> = [
        "tif", "tiff", "jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "jp2", "j2k", "jpx", "heic",
        "heif", "avif",
        "svs", "ndpi", "scn", "bif",
    ]

    /// Whether a name is one of such a file.
    package static func isNamedSo(_ name: String) -> Bool {
        guard let dot = name.unicodeScalars.lastIndex(of: ".") else { return false }
        return endings.contains(String(name[dot...].dropFirst()).lowercased())
    }

    /// Looks whether a scene holds pixels, and leads nowhere else. Its first bytes and its header are read, and the files
    /// beside it that GDAL would read, too.
    ///
    /// - Parameter folder: which links of the scene, and of the files beside it, must not leave; `nil` where there are none.
    /// - Throws: `cannotOpen` where it is not there or damaged, and for a link; `unsupported` for another format, and for what names
    ///   another file.
    package static func check(_ address: Address, in folder: SealedFolder?) throws(RasterError) {
        if let folder, let path = address.localPath { try checkLinks(of: path, in: folder) }
        try checkFile(address)
        for ending in companionEndings {
            let companion = Address(address.unhidden + ending)
            if try isThere(companion) { try checkFile(companion) }
        }
        for ending in companionEndings.map({ $0 + auxiliaryEnding }) + [auxiliaryEnding] {
            try checkAuxiliary(Address(address.unhidden + ending))
        }
    }

    // MARK: The file

    /// Files beside an image in which GDAL looks for its overviews and masks, and for the mask's overviews.
    private static let companionEndings = [".ovr", ".msk", ".msk.ovr"]
    /// Text about an image, in XML.
    private static let auxiliaryEnding = ".aux.xml"
    private static let auxiliaryByteLimit = 1 << 24
    private static let headByteCount = 64

    private static func checkFile(_ address: Address) throws(RasterError) {
        let head: [UInt8]
        do throws(FileError) {
            let file = try StoredFile(opening: address)
            head = try file.read(0..<min(file.byteCount, headByteCount))
        } catch {
            throw RasterError(error)
        }
        guard beginsAsPixels(head) else {
            let cause =
                head.isEmpty
                ? "the file is empty (0 bytes)"
                : "it is none of TIFF, PNG, JPEG, JPEG 2000, WebP, BMP, GIF, HEIC and whole-slide images; other formats may name other files"
            throw RasterError(.unsupported, "open as a scene", address.description, cause: cause)
        }
        let dataset: Dataset
        do throws(RasterError) {
            dataset = try Dataset(opening: address, drivers: drivers)
        } catch {
            // GDAL cannot read some slides as the TIFFs that they are.
            guard error.code == .cannotOpen, let slide = try Slide(recognising: address) else { throw error }
            slide.close()
            return
        }
        // GDAL would open what stands here when it is asked for overviews.
        guard dataset.metadata(overviewItem, in: "OVERVIEWS") == nil else { throw leadsElsewhere(address) }
    }

    private static let overviewItem = "OVERVIEW_FILE"

    private static func leadsElsewhere(_ address: Address) -> RasterError {
        RasterError(
            .unsupported, "open as a scene", address.description,
            cause: "it names another file as its overview; remove that from its metadata")
    }

    private static func checkAuxiliary(_ address: Address) throws(RasterError) {
        guard try isThere(address) else { return }
        let text: [UInt8]
        do throws(FileError) {
            text = try StoredFile.bytes(of: address, limit: auxiliaryByteLimit)
        } catch {
            throw RasterError(error)
        }
        // An XML entity or a character reference could write the name otherwise.
        let plain = String(decoding: text, as: UTF8.self)
        guard !plain.uppercased().contains(overviewItem), !plain.contains("<!"), !plain.contains("&#"),
            !text.contains(0)
        else { throw leadsElsewhere(address) }
    }

    private static func isThere(_ address: Address) throws(RasterError) -> Bool {
        if let path = address.localPath { return FileGuard(path: path) != nil }
        do throws(FileError) { return try StoredFile.isThere(address) } catch { throw RasterError(error) }
    }

    /// Whether bytes are the first ones of a file that holds pixels.
    ///
    /// - Source: TIFF 6.0 and BigTIFF; ISO/IEC 15948 (PNG), 10918-1 (JPEG), 15444-1 (JPEG 2000, its file and its codestream), 14496-12
    ///   (HEIF and AVIF); the WebP container; GIF 89a; Microsoft's BMP.
    private static func beginsAsPixels(_ head: [UInt8]) -> Bool {
        func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
        if begins([0x49, 0x49, 42, 0]) || begins([0x4D, 0x4D, 0, 42]) { return true }
        if begins([0x49, 0x49, 43, 0]) || begins([0x4D, 0x4D, 0, 43]) { return true }
        if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) || begins([0xFF, 0xD8, 0xFF]) {
            return true
        }
        if begins([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]) || begins([0xFF, 0x4F, 0xFF, 0x51]) { return true }
        if begins("GIF87a") || begins("GIF89a") { return true }
        if begins("RIFF"), head.count >= 12, head[8..<12].elementsEqual("WEBP".utf8) { return true }
        if head.count >= 12, head[4..<8].elementsEqual("ftyp".utf8) { return true }
        // After two letters, which a text may begin with, four bytes are reserved.
        return begins("BM") && head.count >= 26 && head[6..<10].allSatisfy { $0 == 0 }
    }

    // MARK: Links

    /// Refuses links out of the folder: the scene, and what is called like it beside it, which GDAL may read.
    private static func checkLinks(of path: String, in folder: SealedFolder) throws(RasterError) {
        func check(_ path: String) throws(RasterError) {
            do throws(FileError) {
                _ = try folder.checked(path)
            } catch {
                // Where it leads to is nobody's business who does not see the folder.
                throw RasterError(
                    .cannotOpen, "open as a scene", path, cause: "it is a link that leads out of its folder")
            }
        }
        try check(path)
        guard let slash = path.unicodeScalars.lastIndex(of: "/") else { return }
        let (parent, name) = (String(path[..<slash]), String(path[slash...].dropFirst()))
        let stem = name.unicodeScalars.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        for other in FolderNames(parent.isEmpty ? "/" : parent) where other.isLink {
            guard other.name.lowercased().hasPrefix(stem.lowercased()) else { continue }
            try check(parent + "/" + other.name)
        }
    }
}
