import Files
import Foundation
import Records

/// The pictures that a command line names.
struct PredictionSources {
    /// A picture, or what stands where there should be one.
    struct Entry {
        var name: String
        var picture: PictureFiles.Picture?
        var failure: String?
    }
    private(set) var entries: [Entry] = []

    /// - Parameter names: files, folders, addresses, or `-` for standard input.
    init(_ names: [String]) {
        for name in names {
            if name == "-" { readStandardInput() } else { add(name) }
        }
    }

    private mutating func add(_ text: String) {
        let address = Address(text)
        let name = address.description
        guard Self.isFolder(address) else {
            entries.append(Entry(name: name, picture: .file(address)))
            return
        }
        do throws(FileError) {
            let folder = try StoredFolder(listing: address)
            let names = folder.entries.filter { entry in
                let isHidden = entry.name.split(separator: "/").contains { $0.hasPrefix(".") }
                return !entry.isFolder && !isHidden
                    && ImageCollection.imageEndings.contains(ending(of: entry.name))
            }
            guard !names.isEmpty else {
                fail(name, "there are no images in it (files that end in .jpg, .png, .webp, .tif, …)")
                return
            }
            for entry in names {
                let picture = address.appending(entry.name)
                entries.append(Entry(name: picture.description, picture: .file(picture)))
            }
        } catch {
            fail(name, "cannot \(error.operation): \(error.cause)")
        }
    }

    private mutating func fail(_ name: String, _ reason: String) {
        entries.append(Entry(name: name, failure: "\(name): \(reason)"))
    }

    /// A folder of this machine, or an address that ends with a slash.
    private static func isFolder(_ address: Address) -> Bool {
        address.localPath.map(folderExists) ?? address.description.hasSuffix("/")
    }

    /// One picture, or a list.
    private mutating func readStandardInput() {
        let name = "standard input"
        let bytes: [UInt8]
        do {
            bytes = try Array(FileHandle.standardInput.readToEnd() ?? Data())
        } catch {
            return fail(name, "cannot read: \(error)")
        }
        guard !Self.beginsAsPicture(bytes) else {
            entries.append(Entry(name: name, picture: .memory(bytes, name: name)))
            return
        }
        guard !bytes.contains(0) else {
            return fail(name, "it is neither a picture nor a list of names")
        }
        for line in String(nameBytes: bytes).split(whereSeparator: \.isNewline) { add(String(line)) }
    }

    /// JPEG, PNG, GIF, WebP, BMP, TIFF, JPEG 2000.
    private static func beginsAsPicture(_ bytes: [UInt8]) -> Bool {
        let marks: [[UInt8]] = [
            [0xFF, 0xD8, 0xFF], [0x89] + Array("PNG".utf8), Array("GIF8".utf8), [0x49, 0x49, 42, 0],
            [0x4D, 0x4D, 0, 42], [0, 0, 0, 12] + Array("jP".utf8), [0xFF, 0x4F, 0xFF, 0x51],
        ]
        // "BM" begins names of files as well, but they have no zeros: a BMP's header has.
        return marks.contains { bytes.starts(with: $0) }
            || bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
            || bytes.starts(with: Array("BM".utf8)) && bytes.prefix(18).contains(0)
    }
}
