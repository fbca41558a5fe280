public import Engines
public import Foundation
import Synchronization

/// Devices of one kind that a PJRT plugin drives: GPUs, TPUs, or others.
public struct Accelerator: Sendable {
    /// One device.
    public struct Device: Hashable, Sendable, Codable {
        /// As `--devices` names it.
        public var index: Int
        /// The vendor's name of the model.
        public var kind: String
        /// In bytes, all of it that may be used; `nil` where the plugin does not say.
        public var memoryLimit: Int?
        /// In bytes.
        public var memoryUsed: Int?
    }

    let client: Client
    let compilerSettings: [String: String]

    /// One client per plugin in a process: a second one would claim the same memory.
    private static let open = Mutex<[PluginSearch: Client]>([:])

    /// Loads the plugin of a device, if it is not loaded yet, and asks for what it drives.
    ///
    /// The plugin is the one that the environment variable `TILESCOPE_PJRT_PLUGIN` names, or else that of the active
    /// Python's packages. `TILESCOPE_PJRT_OPTIONS` may hold options for it, `name=value,…`.
    ///
    /// - Parameter device: `cuda`, `tpu`, or the path of a plugin.
    /// - Parameter environment: of the process.
    /// - Throws: where there is no plugin or it has no device, with the plugin's own words.
    public init(
        _ device: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) {
        let found = try PluginSearch(device, environment: environment)
        compilerSettings = found.compilerSettings
        client = try Self.open.withLock { open throws(EngineError) in
            if let client = open[found] { return client }
            let client = try withoutPluginsLog { () throws(EngineError) in
                let plugin = try Plugin(path: found.path, libraries: found.libraries)
                return try Client(plugin, options: found.options)
            }
            open[found] = client
            return client
        }
    }

    /// Of the plugin's file.
    public var path: String { client.plugin.path }
    /// Major and minor version of the plugin's API.
    public var apiVersion: String { client.plugin.apiVersion }
    /// Such as `cuda`.
    public var platformName: String { client.platformName }
    /// In the plugin's words.
    public var platformVersion: String { client.platformVersion }

    /// All that this process may use.
    public var devices: [Device] {
        client.devices.enumerated().map { index, device in
            let memory = client.memory(of: device)
            return Device(
                index: index, kind: device.kind, memoryLimit: memory?.limit, memoryUsed: memory?.used)
        }
    }
}
