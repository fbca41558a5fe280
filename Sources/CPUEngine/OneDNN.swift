import CDNNL
import Engines

/// Turns a status of oneDNN into an error.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(EngineError) {
    guard status != dnnl_success else { return }
    let cause = dnnl_status2str(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    throw EngineError(code: .deviceFailed, operation: operation(), cause: "oneDNN says \(cause)")
}

/// oneDNN's CPU engine and a stream on it.
///
/// `@unchecked Sendable`: oneDNN documents both as usable from any thread; on the CPU a stream runs each primitive
/// before `execute` returns and keeps no state between calls.
final class DNNLDevice: @unchecked Sendable {
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t

    init() throws(EngineError) {
        var engine: dnnl_engine_t?
        try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "open the CPU")
        var stream: dnnl_stream_t?
        let status = dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue))
        guard let engine, let stream else {
            if let engine { dnnl_engine_destroy(engine) }
            throw EngineError(
                code: .deviceFailed, operation: "open a stream", cause: "oneDNN says \(status.rawValue)")
        }
        (self.engine, self.stream) = (engine, stream)
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(engine)
    }

    /// `3.2.0`.
    static var version: String {
        dnnl_version().map { "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.patch)" } ?? "unknown"
    }

    /// The instruction set that oneDNN uses, by the name that `ONEDNN_MAX_CPU_ISA` takes to limit it; the code of one
    /// that we have no name for.
    static let instructions: String = {
        let names: [(dnnl_cpu_isa_t, String)] = [
            (dnnl_cpu_isa_sse41, "SSE41"), (dnnl_cpu_isa_avx, "AVX"), (dnnl_cpu_isa_avx2, "AVX2"),
            (dnnl_cpu_isa_avx2_vnni, "AVX2_VNNI"), (dnnl_cpu_isa_avx2_vnni_2, "AVX2_VNNI_2"),
            (dnnl_cpu_isa_avx512_core, "AVX512_CORE"), (dnnl_cpu_isa_avx512_core_vnni, "AVX512_CORE_VNNI"),
            (dnnl_cpu_isa_avx512_core_bf16, "AVX512_CORE_BF16"),
            (dnnl_cpu_isa_avx512_core_fp16, "AVX512_CORE_FP16"),
            (dnnl_cpu_isa_avx512_core_amx, "AVX512_CORE_AMX"),
            (dnnl_cpu_isa_avx512_core_amx_fp16, "AVX512_CORE_AMX_FP16"),
        ]
        let code = dnnl_get_effective_cpu_isa().rawValue
        return names.first { $0.0.rawValue == code }?.1 ?? "oneDNN's set \(code)"
    }()

    /// Whether oneDNN uses these instructions.
    static func uses(_ set: dnnl_cpu_isa_t) -> Bool {
        dnnl_get_effective_cpu_isa().rawValue & set.rawValue == set.rawValue
    }

    /// oneDNN's thread count is a setting of each OS thread: one here, for making and for running primitives,
    /// because our workers are the threads.
    static func useOneThreadHere() { omp_set_num_threads(1) }
}

/// The layout of a tensor in memory.
///
/// `@unchecked Sendable`: never changed after it was made.
final class Layout: @unchecked Sendable {
    let handle: dnnl_memory_desc_t

    /// A dense layout, or oneDNN's choice with `dnnl_format_tag_any`.
    init(
        _ shape: [Int], _ tag: dnnl_format_tag_t, _ element: Element = .float
    ) throws(EngineError) {
        var handle: dnnl_memory_desc_t?
        let dimensions = shape.map(Int64.init)
        let status = dnnl_memory_desc_create_with_tag(
            &handle, Int32(shape.count), dimensions, element.dnnlType, tag)
        try check(status, "describe a tensor of shape \(shape)")
        guard let handle else { preconditionFailure("oneDNN succeeded without a result") }
        self.handle = handle
    }

    /// A copy of a layout that belongs to a primitive descriptor.
    init(copying other: const_dnnl_memory_desc_t?) throws(EngineError) {
        var handle: dnnl_memory_desc_t?
        try check(dnnl_memory_desc_clone(&handle, other), "copy the layout of a tensor")
        guard let handle else { preconditionFailure("oneDNN succeeded without a result") }
        self.handle = handle
    }

    deinit { dnnl_memory_desc_destroy(handle) }

    var byteCount: Int { dnnl_memory_desc_get_size(handle) }

    static func == (a: Layout, b: Layout) -> Bool { dnnl_memory_desc_equal(a.handle, b.handle) != 0 }
}

/// A compiled oneDNN operation with the layouts that it wants.
///
/// `@unchecked Sendable`: immutable, and made with `dnnl_scratchpad_mode_user`, so that oneDNN allows any number of
/// threads to execute it at the same time with memory of their own.
final class Primitive: @unchecked Sendable {
    private let handle: dnnl_primitive_t
    private let descriptor: dnnl_primitive_desc_t
    let scratchpadByteCount: Int

    /// Takes over `descriptor`.
    init(taking descriptor: dnnl_primitive_desc_t) throws(EngineError) {
        var handle: dnnl_primitive_t?
        let status = dnnl_primitive_create(&handle, descriptor)
        guard let handle else {
            dnnl_primitive_desc_destroy(descriptor)
            throw EngineError(
                code: .deviceFailed, operation: "compile a primitive", cause: "oneDNN says \(status.rawValue)"
            )
        }
        (self.handle, self.descriptor) = (handle, descriptor)
        let scratchpad = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0)
        scratchpadByteCount = scratchpad.map { dnnl_memory_desc_get_size($0) } ?? 0
    }

    deinit {
        dnnl_primitive_destroy(handle)
        dnnl_primitive_desc_destroy(descriptor)
    }

    /// The layout that the primitive expects for one of its tensors.
    func layout(_ query: dnnl_query_t) throws(EngineError) -> Layout {
        try Layout(copying: dnnl_primitive_desc_query_md(descriptor, query, 0))
    }

    /// The layout of its scratchpad; `nil` when it needs none.
    func scratchpadLayout() throws(EngineError) -> Layout? {
        scratchpadByteCount == 0 ? nil : try layout(dnnl_query_scratchpad_md)
    }

    func execute(_ stream: dnnl_stream_t, _ arguments: [dnnl_exec_arg_t]) -> dnnl_status_t {
        dnnl_primitive_execute(handle, stream, Int32(arguments.count), arguments)
    }
}

/// The arguments of one primitive for one worker: made once, pointed at other memory for each call.
final class Call {
    /// One argument; `address` where it stays the same for all calls.
    struct Tensor {
        var argument: Int32
        var layout: Layout
        var address: UnsafeMutableRawPointer?

        init(_ argument: Int32, _ layout: Layout, at address: UnsafeMutableRawPointer? = nil) {
            (self.argument, self.layout, self.address) = (argument, layout, address)
        }
    }

    private let primitive: Primitive
    private let stream: dnnl_stream_t
    private var memories: [dnnl_memory_t] = []
    private var arguments: [dnnl_exec_arg_t] = []
    /// Positions in `memories` of what each call brings, and of the scratchpad.
    private var moving: [Int] = []
    private var scratchpad: Int?

    init(_ primitive: Primitive, on device: DNNLDevice, _ tensors: [Tensor]) throws(EngineError) {
        (self.primitive, stream) = (primitive, device.stream)
        for tensor in tensors {
            if tensor.address == nil { moving.append(memories.count) }
            try bind(tensor, device)
        }
        if let layout = try primitive.scratchpadLayout() {
            scratchpad = memories.count
            try bind(Tensor(DNNL_ARG_SCRATCHPAD, layout), device)
        }
    }

    private func bind(_ tensor: Tensor, _ device: DNNLDevice) throws(EngineError) {
        var memory: dnnl_memory_t?
        try check(
            dnnl_memory_create(&memory, tensor.layout.handle, device.engine, tensor.address), "bind a tensor")
        guard let memory else { preconditionFailure("oneDNN succeeded without a result") }
        memories.append(memory)
        arguments.append(dnnl_exec_arg_t(arg: tensor.argument, memory: memory))
    }

    deinit { for memory in memories { dnnl_memory_destroy(memory) } }

    /// Runs it. The pointers come in the order of the tensors without an address; 64-byte alignment is best.
    func run(
        _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer,
        _ third: UnsafeMutableRawPointer? = nil, scratchpad: UnsafeMutableRawPointer
    ) -> dnnl_status_t {
        var status = dnnl_memory_set_data_handle(memories[moving[0]], first)
        if status == dnnl_success { status = dnnl_memory_set_data_handle(memories[moving[1]], second) }
        if let third, status == dnnl_success {
            status = dnnl_memory_set_data_handle(memories[moving[2]], third)
        }
        if let index = self.scratchpad, status == dnnl_success {
            status = dnnl_memory_set_data_handle(memories[index], scratchpad)
        }
        return status == dnnl_success ? primitive.execute(stream, arguments) : status
    }
}
