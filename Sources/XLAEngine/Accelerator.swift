public import Engines
public import Foundation
package import Networks
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
        let client = try Self.open.withLock { open throws(EngineError) in
            if let client = open[found] { return client }
            let client = try withoutPluginsLog { () throws(EngineError) in
                let plugin = try Plugin(path: found.path, libraries: found.libraries)
                return try Client(plugin, options: found.options)
            }
            open[found] = client
            return client
        }
        // A variable may name the plugin of something else.
        guard !PluginSearch.isNamed(device) || client.platformName.lowercased().contains(device) else {
            throw EngineError(
                code: .deviceFailed, operation: "use the device \(device)",
                cause:
                    "the plugin \(found.path) is for \(client.platformName), and \(PluginSearch.pathVariable) "
                    + "names it")
        }
        self.client = client
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
        get throws(EngineError) {
            var devices: [Device] = []
            for (index, device) in client.devices.enumerated() {
                let memory = try client.memory(of: device)
                devices.append(
                    Device(
                        index: index, kind: device.kind, memoryLimit: memory?.limit, memoryUsed: memory?.used)
                )
            }
            return devices
        }
    }

    /// Compiles a program's text and runs it once on the first device: for tests of what plugins say.
    ///
    /// - Parameter resultShapes: of its results, which are 32-bit floats.
    package func run(
        _ text: String, _ arguments: [Tensor], resultShapes: [[Int]]
    ) throws(EngineError) -> [Tensor] {
        let device = client.devices[0]
        let program = try client.compile(text, CompileOptions(deviceIDs: [device.id]))
        var buffers: [DeviceBuffer] = []
        for tensor in arguments {
            let type = TensorType(element: .f32, shape: tensor.shape)
            try tensor.values.span.bytes.withUnsafeBytes { bytes throws(EngineError) in
                buffers.append(try client.upload(bytes, type, to: device))
            }
        }
        let types = resultShapes.map { TensorType(element: .f32, shape: $0) }
        return try program.run([buffers], results: types)[0].map { (buffer) throws(EngineError) in
            Tensor(shape: buffer.type.shape, values: try buffer.floats())
        }
    }
}
