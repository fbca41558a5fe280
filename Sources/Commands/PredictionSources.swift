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
        guard address.isFolder else {
            entries.append(Entry(name: name, picture: .file(address)))
            return
        }
        do throws(FileError) {
            let names = try ImageFolder(listing: address).names
            guard !names.isEmpty else { return fail(name, ImageFolder.emptyReason) }
            for name in names {
                let picture = address.appending(name)
                entries.append(Entry(name: picture.description, picture: .file(picture)))
            }
        } catch {
            fail(name, "cannot \(error.operation): \(error.cause)")
        }
    }

    private mutating func fail(_ name: String, _ reason: String) {
        entries.append(Entry(name: name, failure: "\(name): \(reason)"))
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
        guard !beginsAsPicture(bytes) else {
            entries.append(Entry(name: name, picture: .memory(bytes, name: name)))
            return
        }
        guard !bytes.contains(0) else {
            return fail(name, "it is neither an image nor a list of names")
        }
        for line in String(nameBytes: bytes).split(whereSeparator: \.isNewline) { add(String(line)) }
    }
}

/// JPEG, PNG, GIF, WebP, BMP, TIFF, JPEG 2000.
func beginsAsPicture(_ bytes: [UInt8]) -> Bool {
    let marks: [[UInt8]] = [
        [0xFF, 0xD8, 0xFF], [0x89] + Array("PNG".utf8), Array("GIF8".utf8), [0x49, 0x49, 42, 0],
        [0x4D, 0x4D, 0, 42], [0, 0, 0, 12] + Array("jP".utf8), [0xFF, 0x4F, 0xFF, 0x51],
    ]
    // "BM" begins names of files as well, but they have no zeros: a BMP's header has.
    return marks.contains { bytes.starts(with: $0) }
        || bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        || bytes.starts(with: Array("BM".utf8)) && bytes.prefix(18).contains(0)
}
