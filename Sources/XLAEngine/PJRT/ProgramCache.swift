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
        let url = folder?.appending(path: "xla-\(String(Self.hash(key), radix: 16)).program")
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
            try? Self.file(key, serialized).write(to: url, options: .atomic)
        }
        return executable
    }

    /// All that decides what is compiled: the plugin and the libraries that it uses, the devices, the settings and the
    /// program.
    private static func key(_ text: String, _ options: CompileOptions, _ client: Client) -> Data {
        let driver = try? String(contentsOfFile: "/proc/driver/nvidia/version", encoding: .utf8)
        let files = ([client.plugin.path] + client.plugin.libraries).map { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return "\(path) \(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? 0)"
        }
        let parts =
            files + [
                "api \(client.plugin.apiVersion)", "driver \(driver ?? "")",
                "platform \(client.platformName) \(client.platformVersion)",
                "devices \(client.devices.map { "\($0.id) \($0.kind)" })",
                // They change what compilers do.
                "flags \(ProcessInfo.processInfo.environment["XLA_FLAGS"] ?? "")",
                "options \(options.bytes)", text,
            ]
        return Data(parts.joined(separator: "\n").utf8)
    }

    /// FNV-1a, for the name of the file and against damage.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// The key's length, the hash of the program, the key, the program.
    private static func file(_ key: Data, _ program: [UInt8]) -> Data {
        Data(bytes(of: UInt64(key.count)) + bytes(of: hash(program))) + key + Data(program)
    }

    /// What a file keeps for `key`; `nil` where it is of another program, or damaged.
    private static func content(of url: URL, _ key: Data) -> [UInt8]? {
        guard let data = try? Data(contentsOf: url), data.count > 16 + key.count,
            data[16..<16 + key.count] == key
        else { return nil }
        let program = Array(data[(16 + key.count)...])
        return data == file(key, program) ? program : nil
    }
}
