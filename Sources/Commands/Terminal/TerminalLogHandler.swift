import Files
import Foundation
import Logging
import Synchronization

/// Writes what libraries log beside the progress of a command.
struct TerminalLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String

    init(label: String, level: Logger.Level) { (self.label, logLevel) = (label, level) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        ProgressLine.say(
            LogLine(
                level: event.level, source: label, message: event.message.description,
                values: all.mapValues { "\($0)" }))
    }
}

extension LoggingSystem {
    private static let isBootstrapped = Mutex(false)

    /// Sends what is logged to standard error, from a level on. Only the first call of a process counts.
    static func bootstrapOnce(level: Logger.Level) {
        let isFirst = isBootstrapped.withLock { isBootstrapped in
            defer { isBootstrapped = true }
            return !isBootstrapped
        }
        guard isFirst else { return }
        bootstrap { TerminalLogHandler(label: $0, level: level) }
    }
}

/// One thing that is said on standard error.
struct LogLine: Hashable, Encodable {
    var level: Logger.Level
    /// The part of the program; `nil` for the command itself.
    var source: String?
    /// Without secrets.
    var message: String
    var values: [String: String] = [:]
    var time = Date()

    private enum Key: String, CodingKey {
        case time, level, source, message, values
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(time.ISO8601Format(.init(includingFractionalSeconds: true)), forKey: .time)
        try object.encode(level.rawValue, forKey: .level)
        try object.encodeIfPresent(source, forKey: .source)
        try object.encode(withoutSecrets(message), forKey: .message)
        if !values.isEmpty {
            try object.encode(values.mapValues { withoutSecrets($0) }, forKey: .values)
        }
    }

    /// For people: `debug: scene opened, scene a.tif, width 300`.
    var text: TerminalText {
        let values = values.sorted { $0.key < $1.key }
        return values.reduce("\(level.rawValue): \(message)" as TerminalText) {
            $0 + ", \($1.key) \($1.value)"
        }
    }
}
