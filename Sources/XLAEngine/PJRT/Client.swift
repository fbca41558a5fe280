import CPJRT
import Engines
import Foundation
import Synchronization

/// A plugin's runtime with its devices.
///
/// PJRT's clients may be used from any thread; what is made with one holds it.
final class Client: @unchecked Sendable {
    /// One of its devices, which may be named from any thread as the client may.
    struct Device: @unchecked Sendable {
        /// Belongs to the client.
        fileprivate let handle: OpaquePointer
        let id: Int
        /// The vendor's name of the model.
        let kind: String
    }

    let plugin: Plugin
    /// Those that this process may use, in the plugin's order.
    let devices: [Device]
    /// Such as `cuda`.
    let platformName: String
    let platformVersion: String
    private let handle: OpaquePointer

    init(_ plugin: Plugin, options: [PluginOption] = []) throws(EngineError) {
        let operation = "use the devices of \(plugin.path)"
        let handle = try options.withNamedValues { values, count throws(EngineError) in
            var arguments = PJRT_Client_Create_Args.sized
            (arguments.create_options, arguments.num_options) = (values, count)
            try plugin.call(plugin.functions.PJRT_Client_Create, &arguments, to: operation)
            return arguments.client
        }
        guard let handle else {
            throw EngineError(code: .deviceFailed, operation: operation, cause: "it returned no client")
        }
        do throws(EngineError) {
            (platformName, platformVersion) = try Self.platform(of: handle, plugin, operation)
            devices = try Self.devices(of: handle, plugin, operation)
        } catch {
            Self.destroy(handle, plugin)
            throw error
        }
        (self.plugin, self.handle) = (plugin, handle)
    }

    deinit { Self.destroy(handle, plugin) }

    private static func destroy(_ handle: OpaquePointer, _ plugin: Plugin) {
        var arguments = PJRT_Client_Destroy_Args.sized
        arguments.client = handle
        plugin.release(plugin.functions.PJRT_Client_Destroy, arguments)
    }

    private static func platform(
        of handle: OpaquePointer, _ plugin: Plugin, _ operation: String
    ) throws(EngineError) -> (name: String, version: String) {
        var name = PJRT_Client_PlatformName_Args.sized
        name.client = handle
        try plugin.call(plugin.functions.PJRT_Client_PlatformName, &name, to: operation)
        var version = PJRT_Client_PlatformVersion_Args.sized
        version.client = handle
        try plugin.call(plugin.functions.PJRT_Client_PlatformVersion, &version, to: operation)
        return (
            String(name.platform_name, count: name.platform_name_size),
            String(version.platform_version, count: version.platform_version_size)
        )
    }

    private static func devices(
        of handle: OpaquePointer, _ plugin: Plugin, _ operation: String
    ) throws(EngineError) -> [Device] {
        var list = PJRT_Client_AddressableDevices_Args.sized
        list.client = handle
        try plugin.call(plugin.functions.PJRT_Client_AddressableDevices, &list, to: operation)
        var devices: [Device] = []
        for index in 0..<list.num_addressable_devices {
            guard let device = list.addressable_devices[index] else { continue }
            var description = PJRT_Device_GetDescription_Args.sized
            description.device = device
            try plugin.call(plugin.functions.PJRT_Device_GetDescription, &description, to: operation)
            var id = PJRT_DeviceDescription_Id_Args.sized
            id.device_description = description.device_description
            try plugin.call(plugin.functions.PJRT_DeviceDescription_Id, &id, to: operation)
            var kind = PJRT_DeviceDescription_Kind_Args.sized
            kind.device_description = description.device_description
            try plugin.call(plugin.functions.PJRT_DeviceDescription_Kind, &kind, to: operation)
            devices.append(
                Device(
                    handle: device, id: Int(id.id),
                    kind: String(kind.device_kind, count: kind.device_kind_size)))
        }
        guard !devices.isEmpty else {
            throw EngineError(code: .deviceFailed, operation: operation, cause: "it has no devices")
        }
        return devices
    }

    /// A device's memory in bytes; `nil` where the plugin does not say.
    func memory(of device: Device) throws(EngineError) -> (limit: Int, used: Int)? {
        var arguments = PJRT_Device_MemoryStats_Args.sized
        arguments.device = device.handle
        let isTold = try plugin.callIfThere(
            plugin.functions.PJRT_Device_MemoryStats, &arguments, to: "ask for the memory of \(device.kind)")
        guard isTold, arguments.bytes_limit_is_set, arguments.bytes_limit > 0 else { return nil }
        return (Int(arguments.bytes_limit), Int(arguments.bytes_in_use))
    }

    /// Compiles a program's text.
    func compile(_ text: String, _ options: CompileOptions) throws(EngineError) -> Executable {
        let operation = "compile a program for \(platformName)"
        let handle = try ProgramText.lend(text, options) { program, bytes throws(EngineError) in
            var arguments = PJRT_Client_Compile_Args.sized
            (arguments.client, arguments.program) = (self.handle, program)
            arguments.compile_options = bytes.baseAddress
            arguments.compile_options_size = bytes.count
            try plugin.call(plugin.functions.PJRT_Client_Compile, &arguments, to: operation)
            return arguments.executable
        }
        return try Executable(handle, of: self, deviceCount: options.deviceIDs.count)
    }

    /// Takes a program that `Executable.serialized` gave.
    func load(_ serialized: [UInt8], deviceCount: Int) throws(EngineError) -> Executable {
        var arguments = PJRT_Executable_DeserializeAndLoad_Args.sized
        arguments.client = handle
        try serialized.span.bytes.withUnsafeBytes { bytes throws(EngineError) in
            arguments.serialized_executable = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            arguments.serialized_executable_size = bytes.count
            try plugin.call(
                plugin.functions.PJRT_Executable_DeserializeAndLoad, &arguments, to: "load a program")
        }
        return try Executable(arguments.loaded_executable, of: self, deviceCount: deviceCount)
    }

    /// Copies an array to a device; the copy may go on after the call, but not from `bytes`.
    ///
    /// - Parameter bytes: row-major, as many as the type has.
    func upload(
        _ bytes: UnsafeRawBufferPointer, _ type: TensorType, to device: Device
    ) throws(EngineError) -> DeviceBuffer {
        precondition(bytes.count == type.byteCount, "\(bytes.count) bytes for \(type.text)")
        let shape = type.shape.map(Int64.init)
        var arguments = PJRT_Client_BufferFromHostBuffer_Args.sized
        (arguments.client, arguments.device) = (handle, device.handle)
        (arguments.data, arguments.type) = (bytes.baseAddress, type.element.bufferType)
        arguments.host_buffer_semantics = PJRT_HostBufferSemantics_kImmutableOnlyDuringCall
        try shape.withUnsafeBufferPointer { shape throws(EngineError) in
            (arguments.dims, arguments.num_dims) = (shape.baseAddress, shape.count)
            try plugin.call(
                plugin.functions.PJRT_Client_BufferFromHostBuffer, &arguments,
                to: "copy \(type.text) to \(device.kind)")
        }
        plugin.destroy(arguments.done_with_host_buffer)
        return try DeviceBuffer(arguments.buffer, type, of: self)
    }
}

extension Element {
    fileprivate var bufferType: PJRT_Buffer_Type {
        switch self {
        case .f32: PJRT_Buffer_Type_F32
        case .bf16: PJRT_Buffer_Type_BF16
        case .ui8: PJRT_Buffer_Type_U8
        case .i32: PJRT_Buffer_Type_S32
        case .i1: PJRT_Buffer_Type_PRED
        }
    }
}

/// A program's text and options in the API's form.
enum ProgramText {
    static func lend<Result>(
        _ text: String, _ options: CompileOptions,
        _ body: (UnsafePointer<PJRT_Program>, UnsafeBufferPointer<CChar>) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        let code = UnsafeMutableBufferPointer<CChar>.copy(of: Array(text.utf8))
        let format = UnsafeMutableBufferPointer<CChar>.copy(of: Array("mlir".utf8))
        let bytes = UnsafeMutableBufferPointer<CChar>.copy(of: options.bytes)
        defer { [code, format, bytes].forEach { $0.deallocate() } }
        var program = PJRT_Program.sized
        (program.code, program.code_size) = (code.baseAddress, code.count)
        (program.format, program.format_size) = (UnsafePointer(format.baseAddress), format.count)
        return try body(&program, UnsafeBufferPointer(bytes))
    }
}

extension UnsafeMutableBufferPointer<CChar> {
    fileprivate static func copy(of bytes: [UInt8]) -> Self {
        let copy = allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        return copy
    }
}
