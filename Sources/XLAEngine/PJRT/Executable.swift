import CPJRT
import Engines

/// A program on its devices, ready to run.
final class Executable {
    /// What a run needs of each device, in bytes.
    struct Memory: Hashable {
        var arguments: Int
        /// Results that do not lie in the memory of arguments.
        var results: Int
        var intermediate: Int
        var code: Int

        var total: Int { arguments + results + intermediate + code }
    }

    private let client: Client
    private let handle: OpaquePointer
    private let deviceCount: Int
    private let resultCount: Int

    /// - Parameter deviceCount: replicas.
    init(_ handle: OpaquePointer?, of client: Client, deviceCount: Int) throws(EngineError) {
        guard let handle else {
            throw EngineError(
                code: .deviceFailed, operation: "compile a program", cause: "the plugin returned nothing")
        }
        do throws(EngineError) {
            resultCount = try Self.resultCount(of: handle, client)
        } catch {
            Self.destroy(handle, client)
            throw error
        }
        (self.handle, self.client, self.deviceCount) = (handle, client, deviceCount)
    }

    deinit { Self.destroy(handle, client) }

    private static func destroy(_ handle: OpaquePointer, _ client: Client) {
        var arguments = PJRT_LoadedExecutable_Destroy_Args.sized
        arguments.executable = handle
        client.plugin.release(client.plugin.functions.PJRT_LoadedExecutable_Destroy, arguments)
    }

    private static func resultCount(of handle: OpaquePointer, _ client: Client) throws(EngineError) -> Int {
        try withCompiled(handle, client) { compiled throws(EngineError) in
            var arguments = PJRT_Executable_NumOutputs_Args.sized
            arguments.executable = compiled
            try client.plugin.call(
                client.plugin.functions.PJRT_Executable_NumOutputs, &arguments, to: "ask for the results")
            return arguments.num_outputs
        }
    }

    private static func withCompiled<Result>(
        _ handle: OpaquePointer, _ client: Client,
        _ body: (OpaquePointer?) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        var arguments = PJRT_LoadedExecutable_GetExecutable_Args.sized
        arguments.loaded_executable = handle
        try client.plugin.call(
            client.plugin.functions.PJRT_LoadedExecutable_GetExecutable, &arguments, to: "ask for the program"
        )
        defer { CompiledProgram.destroy(arguments.executable, client.plugin) }
        return try body(arguments.executable)
    }

    /// What a run takes; `nil` where the plugin does not say.
    func memory() throws(EngineError) -> Memory? {
        try Self.withCompiled(handle, client) { compiled throws(EngineError) in
            try CompiledProgram.memory(of: compiled, client.plugin)
        }
    }

    /// The program in the plugin's own form, for `Client.load` of the same plugin and the same kind of devices.
    func serialized() throws(EngineError) -> [UInt8] {
        try Self.withCompiled(handle, client) { compiled throws(EngineError) in
            var arguments = PJRT_Executable_Serialize_Args.sized
            arguments.executable = compiled
            try client.plugin.call(
                client.plugin.functions.PJRT_Executable_Serialize, &arguments, to: "keep a program")
            defer { arguments.serialized_executable_deleter(arguments.serialized_executable) }
            let bytes = UnsafeRawBufferPointer(
                start: arguments.serialized_bytes, count: arguments.serialized_bytes_size)
            return Array(bytes)
        }
    }

    /// Starts the program; it may still run when this returns. What fails then shows where its results are read.
    ///
    /// - Parameter arguments: for each device, in the program's order. Those that the program takes over cannot be used
    ///   again.
    /// - Parameter types: of the results.
    /// - Parameter waits: whether to return only when all devices have ended, with what failed on them.
    /// - Returns: for each device, the results.
    func run(
        _ arguments: [[DeviceBuffer]], results types: [TensorType], waits: Bool = false
    ) throws(EngineError) -> [[DeviceBuffer]] {
        let argumentCount = arguments[0].count
        precondition(arguments.count == deviceCount && types.count == resultCount)
        precondition(arguments.allSatisfy { $0.count == argumentCount })
        let inputs = UnsafeMutableBufferPointer<OpaquePointer?>.allocate(
            capacity: deviceCount * argumentCount)
        let outputs = UnsafeMutableBufferPointer<OpaquePointer?>.allocate(capacity: deviceCount * resultCount)
        let inputLists = UnsafeMutableBufferPointer<UnsafePointer<OpaquePointer?>?>.allocate(
            capacity: deviceCount)
        let outputLists = UnsafeMutableBufferPointer<UnsafeMutablePointer<OpaquePointer?>?>.allocate(
            capacity: deviceCount)
        let events = UnsafeMutableBufferPointer<OpaquePointer?>.allocate(capacity: deviceCount)
        defer {
            inputs.deallocate()
            outputs.deallocate()
            inputLists.deallocate()
            outputLists.deallocate()
            events.deallocate()
        }
        outputs.initialize(repeating: nil)
        events.initialize(repeating: nil)
        for (device, list) in arguments.enumerated() {
            for (index, buffer) in list.enumerated() {
                inputs.initializeElement(at: device * argumentCount + index, to: buffer.handle)
            }
            inputLists.initializeElement(
                at: device, to: inputs.baseAddress.map { UnsafePointer($0 + device * argumentCount) })
            outputLists.initializeElement(
                at: device, to: outputs.baseAddress.map { $0 + device * resultCount })
        }
        var options = PJRT_ExecuteOptions.sized
        var execution = PJRT_LoadedExecutable_Execute_Args.sized
        execution.executable = handle
        (execution.num_devices, execution.num_args) = (deviceCount, argumentCount)
        execution.argument_lists = UnsafePointer(inputLists.baseAddress)
        execution.output_lists = UnsafePointer(outputLists.baseAddress)
        let plugin = client.plugin
        if waits { execution.device_complete_events = events.baseAddress }
        // The handles live until the plugin has taken what it needs of them.
        try withExtendedLifetime((self, arguments)) { () throws(EngineError) in
            try withUnsafeMutablePointer(to: &options) { options throws(EngineError) in
                execution.options = options
                try plugin.call(
                    plugin.functions.PJRT_LoadedExecutable_Execute, &execution, to: "run a program")
            }
        }
        // All are taken into care before the first that is missing is an error.
        let results = (0..<deviceCount).map { device in
            types.enumerated().map { index, type in
                Result { () throws(EngineError) in
                    try DeviceBuffer(outputs[device * resultCount + index], type, of: client)
                }
            }
        }
        for (index, event) in events.enumerated() where waits {
            do throws(EngineError) {
                try plugin.wait(for: event, to: "run a program")
            } catch {
                events[(index + 1)...].forEach(plugin.destroy)
                throw error
            }
        }
        return try results.map { (list) throws(EngineError) in
            try list.map { (buffer) throws(EngineError) in try buffer.get() }
        }
    }
}

/// What a plugin says of a compiled program, whether it is loaded or not.
enum CompiledProgram {
    static func destroy(_ handle: OpaquePointer?, _ plugin: Plugin) {
        var arguments = PJRT_Executable_Destroy_Args.sized
        arguments.executable = handle
        plugin.release(plugin.functions.PJRT_Executable_Destroy, arguments)
    }

    static func memory(
        of handle: OpaquePointer?, _ plugin: Plugin
    ) throws(EngineError) -> Executable.Memory? {
        var arguments = PJRT_Executable_GetCompiledMemoryStats_Args.sized
        arguments.executable = handle
        let isTold = try plugin.callIfThere(
            plugin.functions.PJRT_Executable_GetCompiledMemoryStats, &arguments, to: "ask for the memory")
        guard isTold else { return nil }
        return Executable.Memory(
            arguments: Int(arguments.argument_size_in_bytes),
            results: max(0, Int(arguments.output_size_in_bytes - arguments.alias_size_in_bytes)),
            intermediate: Int(arguments.temp_size_in_bytes),
            code: Int(arguments.generated_code_size_in_bytes))
    }

    /// The program as the compiler left it, in its own form.
    static func optimized(_ handle: OpaquePointer?, _ plugin: Plugin) throws(EngineError) -> [UInt8] {
        var program = PJRT_Program.sized
        defer { program.code?.deallocate() }
        var arguments = PJRT_Executable_OptimizedProgram_Args.sized
        arguments.executable = handle
        // First for the size, then for the bytes.
        for _ in 0..<2 {
            try withUnsafeMutablePointer(to: &program) { program throws(EngineError) in
                arguments.program = program
                try plugin.call(
                    plugin.functions.PJRT_Executable_OptimizedProgram, &arguments,
                    to: "ask for the compiled program")
            }
            guard program.code == nil else { break }
            program.code = .allocate(capacity: program.code_size)
        }
        return Array(UnsafeRawBufferPointer(start: program.code, count: program.code_size))
    }
}
