import CPJRT
package import Engines
import Foundation

/// Devices that are not here, to compile programs for: shows whether a program fits and what becomes of it.
package final class AbsentDevices {
    /// What a program became.
    package struct Compiled {
        /// Bytes of a device's memory that a run would need; `nil` where the plugin does not say.
        package var byteCount: Int?
        /// The compiler's own form, in which the names of the libraries' functions can be found.
        package var program: [UInt8]
    }

    private let plugin: Plugin
    private let handle: OpaquePointer?
    private let deviceCount: Int
    private let compilerSettings: [String: String]

    /// - Parameter pluginPath: what it needs beside it is looked for as for devices that are here.
    /// - Parameter description: the plugin's description of one device, as text.
    /// - Parameter name: of the platform.
    package init(
        pluginPath: String, name: String, description: String, deviceCount: Int
    ) throws(EngineError) {
        let found = try PluginSearch(pluginPath)
        let plugin = try withoutPluginsLog { () throws(EngineError) in
            try Plugin(path: found.path, libraries: found.libraries)
        }
        let options = [
            PluginOption(name: "topology", value: .text("1x1x\(deviceCount)")),
            PluginOption(name: "target_config", value: .text(description)),
        ]
        let bytes = Array(name.utf8CString)
        handle = try options.withNamedValues { values, count throws(EngineError) in
            var arguments = PJRT_TopologyDescription_Create_Args.sized
            (arguments.create_options, arguments.num_options) = (values, count)
            try bytes.withUnsafeBufferPointer { bytes throws(EngineError) in
                (arguments.topology_name, arguments.topology_name_size) = (bytes.baseAddress, bytes.count - 1)
                try plugin.call(
                    plugin.functions.PJRT_TopologyDescription_Create, &arguments, to: "describe \(name)")
            }
            return arguments.topology
        }
        (self.plugin, self.deviceCount) = (plugin, deviceCount)
        compilerSettings = found.compilerSettings
    }

    deinit {
        var arguments = PJRT_TopologyDescription_Destroy_Args.sized
        arguments.topology = handle
        plugin.release(plugin.functions.PJRT_TopologyDescription_Destroy, arguments)
    }

    package func compile(_ text: String) throws(EngineError) -> Compiled {
        let options = CompileOptions(
            deviceIDs: Array(0..<deviceCount), overrides: compilerSettings)
        let compiled = try ProgramText.lend(text, options) { program, bytes throws(EngineError) in
            var arguments = PJRT_Compile_Args.sized
            (arguments.topology, arguments.program) = (handle, program)
            (arguments.compile_options, arguments.compile_options_size) = (bytes.baseAddress, bytes.count)
            try withExtendedLifetime(self) { () throws(EngineError) in
                try plugin.call(plugin.functions.PJRT_Compile, &arguments, to: "compile for absent devices")
            }
            return arguments.executable
        }
        defer { CompiledProgram.destroy(compiled, plugin) }
        return Compiled(
            byteCount: try CompiledProgram.memory(of: compiled, plugin)?.total,
            program: try CompiledProgram.optimized(compiled, plugin))
    }
}
