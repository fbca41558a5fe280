import Engines

/// What a program needs of each device's memory, and the batch that would fit.
struct MemoryEstimate {
    /// In bytes, with what is there already; `nil` where the plugin does not say.
    private let total: Int?
    /// Of `total`, what does not grow with the batch.
    private let fixed: Int
    /// Samples of each device.
    private let batchSize: Int
    private let deviceCount: Int
    /// As errors name it: `train resnet50-v1.5`.
    private let operation: String

    /// - Parameter fixedByteCount: of weights and what else does not depend on the batch.
    /// - Parameter aheadByteCount: of further batches that are under way beside the one that is computed.
    /// - Parameter batchSize: samples of each device.
    init(
        of executable: Executable, fixedByteCount: Int, aheadByteCount: Int = 0, batchSize: Int,
        deviceCount: Int, operation: String
    ) throws(EngineError) {
        let memory = try executable.memory()
        total = memory.map { $0.total + aheadByteCount }
        fixed = fixedByteCount + (memory?.code ?? 0)
        (self.batchSize, self.deviceCount, self.operation) = (batchSize, deviceCount, operation)
    }

    /// - Parameter free: bytes of the device; `nil` where it does not say.
    /// - Parameter held: bytes of the program's own that are among what is not free.
    func check(against free: Int?, held: Int = 0) throws(EngineError) {
        guard let total, let free, total > free + held else { return }
        throw EngineError(
            code: .outOfMemory, operation: operation,
            cause: "a batch of \(batchSize * deviceCount) needs \(total >> 20) MB of each device, but only "
                + "\((free + held) >> 20) MB are free; \(advice(within: free + held))")
    }

    /// Adds to an error for want of memory what would fit.
    ///
    /// - Parameter held: bytes of the program's own on each device.
    func explaining<Result>(
        on devices: DeviceGroup, held: Int = 0, _ body: () throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        do throws(EngineError) {
            return try body()
        } catch {
            throw explained(error, on: devices, held: held)
        }
    }

    /// An error, for want of memory with what would fit.
    func explained(_ error: EngineError, on devices: DeviceGroup, held: Int) -> EngineError {
        guard error.code == .outOfMemory else { return error }
        // A device that is in trouble may not even tell its memory.
        let free = (try? devices.freeMemory).flatMap { $0 }
        var explained = error
        explained.cause += "; \(advice(within: free.map { $0 + held }))"
        return explained
    }

    private func advice(within limit: Int?) -> String {
        let largest = limit.map { min(largestBatch(within: $0), batchSize) } ?? batchSize / 2
        // What did not fit as a whole does not fit as estimated either.
        let batch = largest == batchSize ? batchSize / 2 : largest
        return batch > 0
            ? "a batch of \(batch * deviceCount) would fit" : "not even a batch of \(deviceCount) would fit"
    }

    /// A batch of each device for which this much would do: what is not fixed grows nearly in proportion, so that a
    /// tenth is left over.
    private func largestBatch(within limit: Int) -> Int {
        guard let total, total > fixed else { return batchSize }
        let proportional = (limit - fixed) * batchSize / (total - fixed)
        return max(0, min(proportional, max(1, proportional * 9 / 10)))
    }
}
