import Engines

/// What a program needs of a device's memory, and the batch that would fit.
struct MemoryEstimate {
    /// In bytes, with what is there already.
    private let total: Int?
    /// Of `total`, what does not grow with the batch.
    private let fixed: Int
    private let batchSize: Int

    /// - Parameter memory: the compiled program's own estimate.
    /// - Parameter fixedByteCount: of weights and what else does not depend on the batch.
    /// - Parameter batchSize: samples of each device.
    init(_ memory: Executable.Memory?, fixedByteCount: Int, batchSize: Int) {
        (total, fixed) = (memory?.total, fixedByteCount + (memory?.code ?? 0))
        self.batchSize = batchSize
    }

    /// A batch for which this much would do: what is not fixed grows nearly in proportion, so that a tenth is left over.
    func largestBatch(within limit: Int) -> Int {
        guard let total, total > fixed else { return batchSize }
        let proportional = (limit - fixed) * batchSize / (total - fixed)
        return max(0, min(proportional, max(1, proportional * 9 / 10)))
    }

    /// - Parameter free: bytes of the device; `nil` where it does not say.
    /// - Parameter held: bytes of the program's own that are among what is not free.
    func check(
        against free: Int?, held: Int = 0, to operation: String
    ) throws(EngineError) {
        guard let total, let free, total > free + held else { return }
        throw EngineError(
            code: .outOfMemory, operation: operation,
            cause: "a batch of \(batchSize) on a device takes \(megabytes(total)), and "
                + "\(megabytes(free + held)) are free; \(advice(within: free + held))")
    }

    /// What to do about an allocation that failed.
    func advice(within limit: Int?) -> String {
        let largest = limit.map { min(largestBatch(within: $0), batchSize) } ?? batchSize / 2
        // What did not fit as a whole does not fit as estimated either.
        let batch = largest == batchSize ? batchSize / 2 : largest
        return batch > 0
            ? "a batch of \(batch) for each device would fit" : "not even a batch of one would fit"
    }

    private func megabytes(_ byteCount: Int) -> String { "\(byteCount >> 20) MB" }
}
