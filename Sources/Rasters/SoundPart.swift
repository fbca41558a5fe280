import Files
import Synchronization

/// The part of a picture's file that is as it was written, where decoders do not find damage themselves, or find it too late.
struct SoundPart: Sendable {
    /// Keeps a fetched file.
    let file: FileReader
    /// How many of its bytes, from the first on, are sound.
    let byteCount: Int
    /// What is wrong behind them.
    let cause: String

    /// A file that ends where the damage begins.
    var address: Address { Address("/vsisubfile/0_\(byteCount),\(file.descriptorPath)") }

    /// Looks at a PNG or JPEG file, which is read once, up to the damage.
    ///
    /// - Returns: `nil` where nothing is wrong, or the decoder will find it. Files of other kinds, and those that lie in archives, are
    ///   not looked at.
    static func of(_ address: Address, _ cancellation: Cancellation) throws(RasterError) -> SoundPart? {
        guard address.localPath != nil || address.isFetchedWhole else { return nil }
        let file: FileReader
        do throws(FileError) {
            file = try FileReader(opening: address)
            let start = try file.read(min(8, file.byteCount), at: 0)
            if start == PNGDamage.signature {
                guard let byteCount = try PNGDamage.soundByteCount(of: file) else { return nil }
                let cause = "one of its checksums is wrong"
                guard PNGHeader(of: address)?.isInterlaced == true else {
                    return SoundPart(file: file, byteCount: byteCount, cause: cause)
                }
                // Every row is in all parts of the file.
                return SoundPart(file: file, byteCount: 0, cause: "\(cause), and its rows are interlaced")
            }
            guard start.withUnsafeBytes({ JPEGDecoder.recognises($0) }) else { return nil }
        } catch {
            throw RasterError(error)
        }
        return try JPEGDamage.soundPart(of: file, cancellation)
    }
}

/// What was found out about a scene's file, once for all who read it.
final class SoundPartOnce: Sendable {
    private let found = Mutex<SoundPart??>(nil)

    func callAsFunction(
        _ find: () throws(RasterError) -> SoundPart?
    ) throws(RasterError) -> SoundPart? {
        try found.withLock { found throws(RasterError) in
            if let found { return found }
            let part = try find()
            found = .some(part)
            return part
        }
    }
}

/// Scenes are compared by what they hold, and this holds nothing of its own.
extension SoundPartOnce: Hashable {
    static func == (_: SoundPartOnce, _: SoundPartOnce) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

/// Where the data of a JPEG file was overwritten.
///
/// Any bits are some picture's data. So a decoder goes on behind damage with wrong pixels, and only sees at the end that there is
/// too little data, or too much. It never says so of data that is left over, because it reads no further than the last row.
enum JPEGDamage {
    /// Zeros in a row that are no data where something is wrong with it: the smallest sector of a disk.
    private static let zeroCount = 512

    /// - Returns: the file up to the zeros that stand for lost data; nothing of it where all rows were decoded, data is left, and no such
    ///   zeros tell where it went wrong. `nil` for a sound file, and where the decoder will say which rows are lost.
    static func soundPart(
        of file: FileReader, _ cancellation: Cancellation
    ) throws(RasterError) -> SoundPart? {
        guard let damage = try JPEGDecoder(path: file.path).damage(in: file, cancellation) else { return nil }
        do throws(FileError) {
            if let start = try firstZeros(from: damage.scanOffset, in: file) {
                return SoundPart(file: file, byteCount: start, cause: damage.words)
            }
        } catch {
            throw RasterError(error)
        }
        guard damage.isBehindRows else { return nil }
        return SoundPart(
            file: file, byteCount: 0,
            cause:
                "its data is damaged at an unknown place: \(damage.words) (if it looks right, save it again with another program)"
        )
    }

    private static let readByteCount = 1 << 20

    private static func firstZeros(from start: Int, in file: FileReader) throws(FileError) -> Int? {
        var count = 0
        for offset in stride(from: start, to: file.byteCount, by: readByteCount) {
            let bytes = try file.read(min(readByteCount, file.byteCount - offset), at: offset)
            for (place, byte) in bytes.enumerated() {
                count = byte == 0 ? count + 1 : 0
                if count == zeroCount { return offset + place + 1 - zeroCount }
            }
        }
        return nil
    }
}
