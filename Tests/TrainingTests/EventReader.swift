import Bytes
import Foundation
import Records
import Training

/// Reads TensorBoard event files as their format says, apart from the code that writes them.
struct EventReader {
    struct Entry: Hashable {
        var wallTime = 0.0
        var step = 0
        var fileVersion: String?
        var isSessionStart = false
        var scalars: [String: Float] = [:]
    }

    struct Broken: Error { var what: String }

    /// All entries of a file; each checksum must be right, and nothing may be left over.
    static func entries(of path: String) throws -> [Entry] {
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))[...]
        var entries: [Entry] = []
        while !bytes.isEmpty {
            let lengthBytes = try take(8, of: &bytes)
            guard try number(take(4, of: &bytes)) == masked(lengthBytes) else {
                throw Broken(what: "length")
            }
            let content = try take(Int(number(lengthBytes)), of: &bytes)
            guard try number(take(4, of: &bytes)) == masked(content) else { throw Broken(what: "content") }
            entries.append(try entry(content))
        }
        return entries
    }

    /// What TensorBoard shows of a folder: entries that a later start does not make void.
    static func shown(in folder: String) throws -> [Entry] {
        var shown: [Entry] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        where EventFile.isEventFile(name) {
            for entry in try entries(of: folder + "/" + name) {
                if entry.isSessionStart { shown.removeAll { $0.step >= entry.step } }
                if !entry.scalars.isEmpty { shown.append(entry) }
            }
        }
        return shown
    }

    private static func entry(_ content: [UInt8]) throws -> Entry {
        var entry = Entry()
        for (field, value) in try fields(of: content) {
            switch (field, value) {
            case (1, .eightBytes(let bits)): entry.wallTime = Double(bitPattern: bits)
            case (2, .varint(let number)): entry.step = Int(number)
            case (3, .counted(let text)): entry.fileVersion = String(decoding: text, as: UTF8.self)
            case (5, .counted(let summary)):
                for (_, value) in try fields(of: summary) {
                    guard case .counted(let scalar) = value else { throw Broken(what: "a summary") }
                    let (tag, number) = try self.scalar(scalar)
                    entry.scalars[tag] = number
                }
            case (7, .counted(let session)):
                guard case .varint(1)? = try fields(of: session).first?.value else {
                    throw Broken(what: "a session")
                }
                entry.isSessionStart = true
            default: throw Broken(what: "field \(field)")
            }
        }
        return entry
    }

    private static func scalar(_ bytes: [UInt8]) throws -> (tag: String, value: Float) {
        let fields = try fields(of: bytes)
        guard fields.map(\.field) == [1, 2], case .counted(let tag) = fields[0].value,
            case .fourBytes(let bits) = fields[1].value
        else { throw Broken(what: "a scalar") }
        return (String(decoding: tag, as: UTF8.self), Float(bitPattern: bits))
    }

    private enum Value {
        case varint(UInt64)
        case eightBytes(UInt64)
        case counted([UInt8])
        case fourBytes(UInt32)
    }

    private static func fields(of message: [UInt8]) throws -> [(field: Int, value: Value)] {
        var bytes = message[...]
        var fields: [(Int, Value)] = []
        while !bytes.isEmpty {
            let key = try varint(&bytes)
            let value: Value =
                switch key & 7 {
                case 0: .varint(try varint(&bytes))
                case 1: .eightBytes(number(try take(8, of: &bytes)))
                case 2: .counted(try take(Int(varint(&bytes)), of: &bytes))
                case 5: .fourBytes(UInt32(number(try take(4, of: &bytes))))
                default: throw Broken(what: "kind \(key & 7)")
                }
            fields.append((Int(key >> 3), value))
        }
        return fields
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) throws -> UInt64 {
        var (value, shift) = (UInt64(0), UInt64(0))
        while true {
            let byte = try take(1, of: &bytes)[0]
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
            shift += 7
        }
    }

    private static func take(_ count: Int, of bytes: inout ArraySlice<UInt8>) throws -> [UInt8] {
        guard bytes.count >= count else { throw Broken(what: "an end too soon") }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func masked(_ bytes: [UInt8]) -> UInt64 {
        let checksum = CRC32C.plainChecksum(bytes)
        return UInt64((checksum >> 15 | checksum << 17) &+ 0xA282_EAD8)
    }
}
