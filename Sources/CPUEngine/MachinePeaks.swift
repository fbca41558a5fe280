import CDNNL
public import Engines
import Foundation
import Synchronization

extension MachinePeaks {
    /// Measures for about a second.
    ///
    /// - Throws: `EngineError` where oneDNN refuses the products.
    public static func measure(workerCount: Int) throws(EngineError) -> MachinePeaks {
        precondition(workerCount > 0)
        let pool = WorkerPool(workerCount: workerCount)
        return MachinePeaks(
            workerCount: workerCount,
            fp32GFLOPS: try productGFLOPS(.fp32, on: pool),
            bf16GFLOPS: DNNLDevice.uses(dnnl_cpu_isa_avx512_core_bf16)
                ? try productGFLOPS(.bf16, on: pool) : nil,
            int8GFLOPS: DNNLDevice.uses(dnnl_cpu_isa_avx512_core_vnni)
                || DNNLDevice.uses(dnnl_cpu_isa_avx2_vnni) ? try productGFLOPS(.int8, on: pool) : nil,
            memoryGBPerSecond: memoryGBPerSecond(on: pool))
    }

    /// Rounds of each measurement; the best counts.
    private static let roundCount = 6
    /// Of one round, in seconds.
    private static let roundSeconds = 0.03

    private static func productGFLOPS(
        _ kind: MatrixProduct.Kind, on pool: WorkerPool
    ) throws(EngineError) -> Double {
        let device = try DNNLDevice()
        let product = try MatrixProduct(kind, on: device)
        let failure = Mutex<EngineError?>(nil)
        let perSecond = bestRate(on: pool) { _ in
            do throws(EngineError) {
                let run = try product.prepared(on: device)
                return { _ = run() }
            } catch {
                failure.withLock { $0 = error }
                return nil
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return perSecond * MatrixProduct.operationCount / 1e9
    }

    private static func memoryGBPerSecond(on pool: WorkerPool) -> Double {
        let count = TriadLoop.elementCount / pool.workerCount
        let perSecond = bestRate(on: pool) { _ in
            let loop = TriadLoop(elementCount: count)
            return { loop.run() }
        }
        return perSecond * Double(3 * count * MemoryLayout<Float>.size) / 1e9
    }

    /// Calls per second of all workers together, in the best round.
    ///
    /// - Parameter prepare: makes one worker's body, on the worker's thread; `nil` where it cannot.
    private static func bestRate(
        on pool: WorkerPool, _ prepare: @escaping @Sendable (Int) -> (() -> Void)?
    ) -> Double {
        let rates = Mutex([Double](repeating: 0, count: roundCount))
        let barrier = Barrier(workerCount: pool.workerCount)
        pool.run { worker in
            let body = prepare(worker) ?? {}
            body()
            for round in 0..<roundCount {
                barrier.meet {}
                let rate = rate(of: body)
                rates.withLock { $0[round] += rate }
            }
            // So that nobody frees memory, or sleeps, while another still measures.
            barrier.meet {}
        }
        return rates.withLock { $0.max() ?? 0 }
    }

    private static func rate(of body: () -> Void) -> Double {
        let start = ContinuousClock.now
        var (count, seconds) = (0, 0.0)
        while seconds < roundSeconds {
            body()
            count += 1
            seconds = (ContinuousClock.now - start) / .seconds(1)
        }
        return Double(count) / seconds
    }
}

/// A square matrix product that stays in a core's own caches, with the second matrix in oneDNN's own layout.
private final class MatrixProduct: Sendable {
    enum Kind: String, Sendable { case fp32, bf16, int8 }

    private static let side = 512
    static let operationCount = 2 * Double(side * side * side)

    private let primitive: Primitive
    private let layouts: [(Int32, Layout)]

    init(_ kind: Kind, on device: DNNLDevice) throws(EngineError) {
        let types =
            switch kind {
            case .fp32: (dnnl_f32, dnnl_f32, dnnl_f32)
            case .bf16: (dnnl_bf16, dnnl_bf16, dnnl_f32)
            case .int8: (dnnl_u8, dnnl_s8, dnnl_s32)
            }
        let a = try Self.layout(types.0, dnnl_ab)
        let b = try Self.layout(types.1, dnnl_format_tag_any)
        let c = try Self.layout(types.2, dnnl_ab)
        var attributes: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&attributes), "make attributes")
        defer { dnnl_primitive_attr_destroy(attributes) }
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set attributes")
        var descriptor: dnnl_primitive_desc_t?
        let status = dnnl_matmul_primitive_desc_create(
            &descriptor, device.engine, a.handle, b.handle, nil, c.handle, attributes)
        try check(status, "compile a matrix product in \(kind.rawValue)")
        guard let descriptor else { preconditionFailure("oneDNN succeeded without a result") }
        primitive = try Primitive(taking: descriptor)
        layouts = [
            (DNNL_ARG_SRC, a), (DNNL_ARG_WEIGHTS, try primitive.layout(dnnl_query_weights_md)),
            (DNNL_ARG_DST, c),
        ]
    }

    /// The product on matrices of the caller's own, ready to run again and again.
    func prepared(on device: DNNLDevice) throws(EngineError) -> () -> dnnl_status_t {
        let call = try Call(primitive, on: device, layouts.map { Call.Tensor($0.0, $0.1) })
        let matrices = layouts.map { Memory(byteCount: $0.1.byteCount) }
        let scratchpad = Memory(byteCount: primitive.scratchpadByteCount)
        func run() -> dnnl_status_t {
            call.run(
                matrices[0].base, matrices[1].base, matrices[2].base, scratchpad: scratchpad.base)
        }
        try check(run(), "run a matrix product")
        return run
    }

    private static func layout(_ type: dnnl_data_type_t, _ tag: dnnl_format_tag_t) throws(EngineError)
        -> Layout
    {
        var handle: dnnl_memory_desc_t?
        let dimensions = [Int64(side), Int64(side)]
        try check(
            dnnl_memory_desc_create_with_tag(&handle, 2, dimensions, type, tag), "describe a matrix")
        defer { dnnl_memory_desc_destroy(handle) }
        return try Layout(copying: handle)
    }
}

/// `a = b + factor · c` over arrays that no cache holds.
private final class TriadLoop {
    /// In each array, of all workers together: 384 MB in the three.
    static let elementCount = 32 << 20

    private let elementCount: Int
    private let (a, b, c): (Memory, Memory, Memory)

    init(elementCount: Int) {
        self.elementCount = elementCount
        let byteCount = elementCount * MemoryLayout<Float>.size
        (a, b, c) = (Memory(byteCount: byteCount), Memory(byteCount: byteCount), Memory(byteCount: byteCount))
    }

    func run() {
        let a = a.base.assumingMemoryBound(to: Float.self)
        let b = b.base.assumingMemoryBound(to: Float.self)
        let c = c.base.assumingMemoryBound(to: Float.self)
        for i in 0..<elementCount { a[i] = b[i] + 0.5 * c[i] }
    }
}

/// Aligned bytes, freed with the value.
private final class Memory {
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) {
        base = .allocate(byteCount: max(1, byteCount), alignment: 4096)
        // 0.75 as fp32 and as bf16, 63 as a byte: numbers like any other, as zeros would take less power.
        base.initializeMemory(as: UInt8.self, repeating: 0x3F, count: max(1, byteCount))
    }

    deinit { base.deallocate() }
}
