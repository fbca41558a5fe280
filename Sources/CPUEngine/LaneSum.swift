import CDNNL
import CKernels
import Networks

/// The gradient of one weight tensor: a sum per lane while a step runs, then one sum over the lanes, in their order.
final class LaneSum {
    /// One array per lane, `stride` numbers apart, in the layout of the kernel that fills them.
    private let lanes: UnsafeMutablePointer<Float>
    private let stride: Int
    private let laneCount: Int
    private let kernels: ts_kernels
    /// `[K, C, R, S]` or as the graph says: what others read.
    let result: UnsafeMutablePointer<Float>
    /// From the kernel's layout to the result's; `nil` where they are the same.
    private let reorder: (Reorder, total: UnsafeMutablePointer<Float>)?

    init(
        lanes: UnsafeMutablePointer<Float>, stride: Int, laneCount: Int, result: UnsafeMutablePointer<Float>,
        reorder: (Reorder, total: UnsafeMutablePointer<Float>)?, kernels: ts_kernels
    ) {
        (self.lanes, self.stride, self.laneCount) = (lanes, stride, laneCount)
        (self.result, self.reorder, self.kernels) = (result, reorder, kernels)
    }

    func lane(_ index: Int) -> UnsafeMutablePointer<Float> { lanes + index * stride }

    /// Adds the lanes up and brings the sum into the graph's layout.
    ///
    /// - Parameter count: numbers in the result.
    func finish(on worker: Worker, count: Int) -> dnnl_status_t {
        guard let (reorder, total) = reorder else {
            kernels.sum_arrays(lanes, stride, laneCount, result, count)
            return dnnl_success
        }
        kernels.sum_arrays(lanes, stride, laneCount, total, stride)
        return reorder.run(from: total, to: result, scratchpad: worker.scratchpad)
    }
}
