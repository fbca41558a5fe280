import CPUEngine
import Engines
import Testing

@Test func peaksArePositiveAndFinite() throws {
    let peaks = try MachinePeaks.measure(workerCount: 2)
    #expect(peaks.workerCount == 2)
    for rate in [peaks.fp32GFLOPS, peaks.bf16GFLOPS ?? 1, peaks.int8GFLOPS ?? 1, peaks.memoryGBPerSecond] {
        #expect(rate > 0 && rate.isFinite)
    }
}
