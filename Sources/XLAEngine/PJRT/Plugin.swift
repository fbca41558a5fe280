import CPJRT
import Engines
import Foundation

/// An argument of a function of the PJRT C API: it begins with its own size.
protocol PJRTArguments {
    init()
    var struct_size: Int { get set }
}

extension PJRTArguments {
    /// All zero, but for the size.
    static var sized: Self {
        var arguments = Self()
        arguments.struct_size = MemoryLayout<Self>.size
        return arguments
    }
}

/// A loaded PJRT plugin: a compiler and a runtime for one kind of device.
///
/// Functions of the API may be called from any thread (`pjrt_c_api.h`), which is why this is `Sendable`. It is never
/// unloaded: what it starts outlives every handle.
final class Plugin: @unchecked Sendable {
    let path: String
    /// That were loaded before it.
    let libraries: [String]
    /// A copy of the plugin's table; only places that its size covers are read.
    let functions: PJRT_Api

    /// - Parameter libraries: shared libraries that the plugin may look for by name, loaded before it. Some need others that
    ///   come later in the list, which is therefore gone through twice; what the plugin lacks in the end it says itself.
    /// - Throws: with the system's or the plugin's own words; for another ABI, with both versions.
    init(path: String, libraries: [String] = []) throws(EngineError) {
        for library in libraries + libraries { _ = dlopen(library, RTLD_NOW | RTLD_GLOBAL) }
        (self.path, self.libraries) = (path, libraries)
        functions = try Self.table(of: path)
        var arguments = PJRT_Plugin_Initialize_Args.sized
        try call(functions.PJRT_Plugin_Initialize, &arguments, to: "start the plugin \(path)")
    }

    private static func table(of path: String) throws(EngineError) -> PJRT_Api {
        func refuse(_ cause: String) -> EngineError {
            EngineError(code: .deviceFailed, operation: "load the plugin \(path)", cause: cause)
        }
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw refuse(dlerror().map { String(cString: $0) } ?? "it cannot be opened")
        }
        guard let symbol = dlsym(library, "GetPjrtApi") else {
            throw refuse("it is not a PJRT plugin: it has no GetPjrtApi")
        }
        typealias GetPjrtApi = @convention(c) () -> UnsafePointer<PJRT_Api>?
        guard let table = unsafeBitCast(symbol, to: GetPjrtApi.self)() else {
            throw refuse("its GetPjrtApi returned nothing")
        }
        // Size and version stand at places that never change; the rest is only there if they are right.
        let version = table.pointee.pjrt_api_version
        guard version.major_version == PJRT_API_MAJOR, version.minor_version >= PJRT_API_MINOR_NEEDED,
            table.pointee.struct_size >= MemoryLayout<PJRT_Api>.size
        else {
            throw refuse(
                "its PJRT API is \(version.major_version).\(version.minor_version), and "
                    + "\(PJRT_API_MAJOR).\(PJRT_API_MINOR_NEEDED) or a later \(PJRT_API_MAJOR).x is needed; install "
                    + "another version of the plugin")
        }
        return table.pointee
    }

    /// Major and minor version of the plugin's API.
    var apiVersion: String {
        "\(functions.pjrt_api_version.major_version).\(functions.pjrt_api_version.minor_version)"
    }

    /// Calls a function of the table.
    ///
    /// - Parameter operation: as an error names it.
    func call<Arguments: PJRTArguments>(
        _ function: ((UnsafeMutablePointer<Arguments>?) -> OpaquePointer?)?, _ arguments: inout Arguments,
        to operation: @autoclosure () -> String
    ) throws(EngineError) {
        guard let function else {
            throw EngineError(
                code: .deviceFailed, operation: operation(),
                cause: "the plugin \(path) has no function for it")
        }
        guard let failure = function(&arguments) else { return }
        throw error(failure, operation()).error
    }

    /// Calls a function that plugins need not have.
    ///
    /// - Returns: whether this one has it.
    func callIfThere<Arguments: PJRTArguments>(
        _ function: ((UnsafeMutablePointer<Arguments>?) -> OpaquePointer?)?, _ arguments: inout Arguments,
        to operation: @autoclosure () -> String
    ) throws(EngineError) -> Bool {
        guard let function else { return false }
        guard let failure = function(&arguments) else { return true }
        let (error, code) = error(failure, operation())
        guard code == PJRT_Error_Code_UNIMPLEMENTED else { throw error }
        return false
    }

    /// Calls a function that gives a handle back. There is nobody to tell that it failed, and nothing more to be done.
    func release<Arguments: PJRTArguments>(
        _ function: ((UnsafeMutablePointer<Arguments>?) -> OpaquePointer?)?, _ arguments: Arguments
    ) {
        var arguments = arguments
        guard let failure = function?(&arguments) else { return }
        _ = error(failure, "free a handle")
    }

    /// Reads an error and frees it.
    private func error(
        _ failure: OpaquePointer, _ operation: String
    ) -> (error: EngineError, code: PJRT_Error_Code) {
        var message = PJRT_Error_Message_Args.sized
        message.error = failure
        functions.PJRT_Error_Message(&message)
        var code = PJRT_Error_GetCode_Args.sized
        code.error = failure
        _ = functions.PJRT_Error_GetCode(&code)
        let words = String(message.message, count: message.message_size)
        var destruction = PJRT_Error_Destroy_Args.sized
        destruction.error = failure
        functions.PJRT_Error_Destroy(&destruction)
        let isMemory = code.code == PJRT_Error_Code_RESOURCE_EXHAUSTED
        let error = EngineError(
            code: isMemory ? .outOfMemory : .deviceFailed, operation: operation,
            cause: "\(words) (code \(code.code.rawValue))")
        return (error, code.code)
    }

    /// Waits until what an event stands for has ended, and frees it.
    func wait(for event: OpaquePointer?, to operation: @autoclosure () -> String) throws(EngineError) {
        guard let event else { return }
        defer { destroy(event) }
        var arguments = PJRT_Event_Await_Args.sized
        arguments.event = event
        try call(functions.PJRT_Event_Await, &arguments, to: operation())
    }

    /// Frees an event that nobody waits for.
    func destroy(_ event: OpaquePointer?) {
        guard let event else { return }
        var arguments = PJRT_Event_Destroy_Args.sized
        arguments.event = event
        release(functions.PJRT_Event_Destroy, arguments)
    }
}

extension String {
    /// Text of the API, which need not end with a zero.
    init(_ start: UnsafePointer<CChar>?, count: Int) {
        self.init(
            decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
    }
}

extension PJRT_Buffer_Destroy_Args: PJRTArguments {}
extension PJRT_Buffer_ToHostBuffer_Args: PJRTArguments {}
extension PJRT_Buffer_MemoryLayout: PJRTArguments {}
extension PJRT_Buffer_MemoryLayout_Tiled: PJRTArguments {}
extension PJRT_Client_AddressableDevices_Args: PJRTArguments {}
extension PJRT_Client_BufferFromHostBuffer_Args: PJRTArguments {}
extension PJRT_Client_Compile_Args: PJRTArguments {}
extension PJRT_Client_Create_Args: PJRTArguments {}
extension PJRT_Client_Destroy_Args: PJRTArguments {}
extension PJRT_Client_PlatformName_Args: PJRTArguments {}
extension PJRT_Client_PlatformVersion_Args: PJRTArguments {}
extension PJRT_Compile_Args: PJRTArguments {}
extension PJRT_DeviceDescription_Id_Args: PJRTArguments {}
extension PJRT_DeviceDescription_Kind_Args: PJRTArguments {}
extension PJRT_Device_GetDescription_Args: PJRTArguments {}
extension PJRT_Device_MemoryStats_Args: PJRTArguments {}
extension PJRT_Error_Destroy_Args: PJRTArguments {}
extension PJRT_Error_GetCode_Args: PJRTArguments {}
extension PJRT_Error_Message_Args: PJRTArguments {}
extension PJRT_Event_Await_Args: PJRTArguments {}
extension PJRT_Event_Destroy_Args: PJRTArguments {}
extension PJRT_Executable_DeserializeAndLoad_Args: PJRTArguments {}
extension PJRT_Executable_Destroy_Args: PJRTArguments {}
extension PJRT_Executable_GetCompiledMemoryStats_Args: PJRTArguments {}
extension PJRT_Executable_NumOutputs_Args: PJRTArguments {}
extension PJRT_Executable_OptimizedProgram_Args: PJRTArguments {}
extension PJRT_Executable_Serialize_Args: PJRTArguments {}
extension PJRT_ExecuteOptions: PJRTArguments {}
extension PJRT_LoadedExecutable_Destroy_Args: PJRTArguments {}
extension PJRT_LoadedExecutable_Execute_Args: PJRTArguments {}
extension PJRT_LoadedExecutable_GetExecutable_Args: PJRTArguments {}
extension PJRT_NamedValue: PJRTArguments {}
extension PJRT_Plugin_Initialize_Args: PJRTArguments {}
extension PJRT_Program: PJRTArguments {}
extension PJRT_TopologyDescription_Create_Args: PJRTArguments {}
extension PJRT_TopologyDescription_Destroy_Args: PJRTArguments {}
