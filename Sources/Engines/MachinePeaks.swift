/// What this machine can do at best: the rates that a program's own are held against.
///
/// Measured with every worker at once, each on its own data, and the best of several short rounds taken, because a
/// peak is what is left when nothing else runs.
public struct MachinePeaks: Hashable, Sendable {
    /// Threads that were measured together.
    public var workerCount: Int
    /// Matrix products in fp32, in 10⁹ operations per second; a multiplication and its addition are two.
    public var fp32GFLOPS: Double
    /// The same in bf16 with sums in fp32; `nil` where the CPU has no instructions for it.
    public var bf16GFLOPS: Double?
    /// The same for unsigned by signed 8-bit numbers with sums of 32 bits; `nil` likewise.
    public var int8GFLOPS: Double?
    /// Memory traffic of `a = b + factor · c`, in 10⁹ bytes per second: two reads and one write of each number. What
    /// the CPU reads of `a` before it writes it is not counted.
    public var memoryGBPerSecond: Double

    /// - Parameter workerCount: threads that were measured together.
    public init(
        workerCount: Int, fp32GFLOPS: Double, bf16GFLOPS: Double?, int8GFLOPS: Double?,
        memoryGBPerSecond: Double
    ) {
        self.workerCount = workerCount
        (self.fp32GFLOPS, self.bf16GFLOPS) = (fp32GFLOPS, bf16GFLOPS)
        (self.int8GFLOPS, self.memoryGBPerSecond) = (int8GFLOPS, memoryGBPerSecond)
    }
}
