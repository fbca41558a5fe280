import Bytes
import Files
import Foundation
import Records

/// A TensorBoard event file that grows while a run goes on. Each entry is written whole.
///
/// - Source: the TFRecord format (https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details").
package final class EventFile {
    private var file: GrowingFile

    /// Makes a file in `folder` that readers take for the latest of its run.
    ///
    /// - Parameter firstStep: what other files of the folder say of this step and later ones is void: they are done
    ///   once more.
    /// - Parameter time: seconds since 1970.
    package init(
        in folder: String, firstStep: Int = 1, time: Double = Date().timeIntervalSince1970
    ) throws(TrainingError) {
        // Readers take the files in the order of their names.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let last = names.filter(Self.isEventFile).compactMap(Self.second(ofName:)).max() ?? 0
        let second = max(Int(time), last + 1)
        let path = folder + String(format: "/\(Self.prefix)%010ld.tilescope", second)
        file = try Self.create(path)
        do throws(TrainingError) {
            try append(Event(wallTime: time, step: firstStep - 1, content: .fileVersion))
            try append(Event(wallTime: time, step: firstStep, content: .sessionStart))
        } catch {
            file.remove()
            throw error
        }
    }

    package var path: String { file.path }

    private static func create(_ path: String) throws(TrainingError) -> GrowingFile {
        do throws(FileError) {
            return try GrowingFile(creating: path)
        } catch {
            throw TrainingError(error, operation: "create \(path)")
        }
    }

    /// Adds an entry; one that could not be written whole is taken back, because readers stop at a broken one.
    package func append(_ event: Event) throws(TrainingError) {
        let bytes = Self.framed(event.encoded)
        do throws(FileError) {
            try file.append(bytes.span.bytes)
        } catch {
            throw TrainingError(error, operation: "add an entry to \(path)")
        }
    }

    /// Whether a file of this name is one of these.
    package static func isEventFile(_ name: String) -> Bool { name.hasPrefix(prefix) }

    private static let prefix = "events.out.tfevents."

    private static func second(ofName name: String) -> Int? {
        Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }

    /// Length, its checksum, content, its checksum.
    private static func framed(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt64(content.count))
        bytes.appendLittleEndian(maskedChecksum(bytes))
        bytes += content
        bytes.appendLittleEndian(maskedChecksum(content))
        return bytes
    }

    /// Turned and shifted, so that checksums of data that hold checksums stay good ones.
    private static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
        let checksum = CRC32C.checksum(bytes.span.bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
