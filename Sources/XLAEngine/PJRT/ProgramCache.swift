import Engines
import Foundation

/// Compiled programs in files, so that the same program for the same devices is compiled once.
///
/// A file says of what program it is, all of it, and is only taken for that one. What cannot be read or written here is
/// compiled anew and not kept: a cache is no reason to fail.
struct ProgramCache: Sendable {
    /// `nil` where nothing is kept.
    let folder: URL?

    /// - Parameter folder: made when the first program is kept.
    func program(
        _ text: String, _ options: CompileOptions, for client: Client
    ) throws(EngineError) -> Executable {
        let key = Self.key(text, options, client)
        let url = folder?.appending(path: "xla-\(Self.hash(key)).program")
        let count = options.deviceIDs.count
        if let url, let serialized = Self.content(of: url, key),
            let executable = try? withoutPluginsLog({ () throws(EngineError) in
                try client.load(serialized, deviceCount: count)
            })
        {
            return executable
        }
        let executable = try client.compile(text, options)
        if let url, let serialized = try? executable.serialized() {
            try? FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? (Data(Self.header(key)) + key + Data(serialized)).write(to: url, options: .atomic)
        }
        return executable
    }

    /// All that decides what is compiled: the plugin, the devices, the settings and the program.
    private static func key(_ text: String, _ options: CompileOptions, _ client: Client) -> Data {
        let attributes = try? FileManager.default.attributesOfItem(atPath: client.plugin.path)
        let parts = [
            "plugin \(client.plugin.apiVersion) \(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? 0)",
            "platform \(client.platformName) \(client.platformVersion)",
            "devices \(client.devices.map { "\($0.id) \($0.kind)" })",
            // They change what compilers do.
            "flags \(ProcessInfo.processInfo.environment["XLA_FLAGS"] ?? "")",
            "options \(options.bytes)", text,
        ]
        return Data(parts.joined(separator: "\n").utf8)
    }

    /// FNV-1a, for the name of the file.
    private static func hash(_ key: Data) -> String {
        let hash = key.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }

    /// The key's length, in eight bytes.
    private static func header(_ key: Data) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: key.count >> (8 * $0)) }
    }

    /// What a file keeps for `key`.
    private static func content(of url: URL, _ key: Data) -> [UInt8]? {
        guard let data = try? Data(contentsOf: url, options: .mappedIfSafe),
            data.starts(with: header(key) + key)
        else { return nil }
        return Array(data[(8 + key.count)...])
    }
}
