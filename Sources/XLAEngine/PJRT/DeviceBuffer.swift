import CPJRT
import Engines

/// One array on one device, freed with this value.
final class DeviceBuffer {
    let type: TensorType
    let handle: OpaquePointer
    private let client: Client

    init(_ handle: OpaquePointer?, _ type: TensorType, of client: Client) throws(EngineError) {
        guard let handle else {
            throw EngineError(
                code: .deviceFailed, operation: "keep \(type.text) on the device",
                cause: "the plugin returned nothing")
        }
        (self.handle, self.type, self.client) = (handle, type, client)
    }

    deinit {
        var arguments = PJRT_Buffer_Destroy_Args.sized
        arguments.buffer = handle
        client.plugin.release(client.plugin.functions.PJRT_Buffer_Destroy, arguments)
    }

    /// Waits for what makes the array, and copies it, row-major, to memory of its size.
    func read(into bytes: UnsafeMutableRawBufferPointer) throws(EngineError) {
        precondition(bytes.count == type.byteCount)
        let plugin = client.plugin
        let operation = "copy \(type.text) from the device"
        let axes = UnsafeMutableBufferPointer<Int64>.allocate(capacity: type.shape.count)
        defer { axes.deallocate() }
        for axis in axes.indices { axes.initializeElement(at: axis, to: Int64(axes.count - 1 - axis)) }
        var layout = PJRT_Buffer_MemoryLayout.sized
        layout.type = PJRT_Buffer_MemoryLayout_Type_Tiled
        layout.tiled = .sized
        layout.tiled.minor_to_major = UnsafePointer(axes.baseAddress)
        layout.tiled.minor_to_major_size = axes.count
        var arguments = PJRT_Buffer_ToHostBuffer_Args.sized
        (arguments.src, arguments.dst, arguments.dst_size) = (handle, bytes.baseAddress, bytes.count)
        try withExtendedLifetime(self) { () throws(EngineError) in
            try withUnsafeMutablePointer(to: &layout) { layout throws(EngineError) in
                arguments.host_layout = layout
                try plugin.call(plugin.functions.PJRT_Buffer_ToHostBuffer, &arguments, to: operation)
            }
            try plugin.wait(for: arguments.event, to: operation)
        }
    }

    /// An array of 32-bit floats.
    func floats() throws(EngineError) -> [Float] {
        precondition(type.element == .f32)
        var values = [Float](repeating: 0, count: type.byteCount / 4)
        var span = values.mutableSpan
        var bytes = span.mutableBytes
        try bytes.withUnsafeMutableBytes { bytes throws(EngineError) in try read(into: bytes) }
        return values
    }
}
