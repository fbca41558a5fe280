import Foundation

/// A log in JSON Lines that grows while a run goes on, so that others can follow it: the one output that does not
/// appear by rename. Each line is written whole.
package struct MetricsFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let encoder = JSONEncoder()

    package init(creating path: String) throws(TrainingError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TrainingError(writing: "create \(path)") }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    deinit { close(descriptor) }

    package func append(_ line: some Encodable) throws {
        var bytes = [UInt8](try encoder.encode(line))
        bytes.append(UInt8(ascii: "\n"))
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw TrainingError(writing: "add a line to \(path)") }
            start += written
        }
    }
}
