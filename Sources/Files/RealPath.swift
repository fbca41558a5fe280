import Foundation

/// Where something lies behind all links, as the system's own bytes: names that are equal as text can be two.
struct RealPath: CustomStringConvertible {
    private let bytes: [UInt8]

    /// - Returns: `nil` where nothing is there.
    init?(_ path: String) {
        guard let real = path.withNameBytes({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        bytes = Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }

    var description: String { String(nameBytes: bytes).showingRawBytes }

    /// Whether it lies in a folder, or is that folder.
    func isIn(_ folder: RealPath) -> Bool {
        // The root of the disks ends with a slash, other folders with none.
        let slash = UInt8(ascii: "/")
        let start = folder.bytes.last == slash ? folder.bytes : folder.bytes + [slash]
        return (bytes + [slash]).starts(with: start)
    }
}
