import CPUEngine
import EndingJobs
import Files
import Foundation
import Synchronization
import TestSupport
import Testing
import Training

/// Trainings of one process, each on a thread of its own.
@Suite struct TwoJobsTests {
    let tiny: TinyTraining

    init() throws { tiny = try TinyTraining() }

    /// Lets two jobs wait for each other, once.
    private struct Meeting: Sendable {
        let (mine, theirs): (DispatchSemaphore, DispatchSemaphore)

        func hold() {
            mine.signal()
            #expect(theirs.wait(timeout: .now() + 60) == .success, "the other job did not come")
        }
    }

    /// Both are in their third step when one is cancelled.
    @Test func theEndOfOneDoesNotTouchTheOther() throws {
        let (alone, whole, cancelled) = (tiny.plan("alone"), tiny.plan("whole"), tiny.plan("cancelled"))
        try tiny.train(alone)
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let ended = DispatchGroup()
        let result = Mutex<Result<TrainingSummary, any Error>?>(nil)
        let source = tiny.source
        ended.enter()
        Thread.detachNewThread {
            let job = Job<TrainingProgress>.ending { progress in
                guard progress.step.step == 3 else { return false }
                Meeting(mine: first, theirs: second).hold()
                return true
            }
            let summary = Result {
                try train(
                    cancelled, source: source, engine: CPUEngine(workerCount: 1, cacheFolder: nil), job: job)
            }
            result.withLock { $0 = summary }
            ended.leave()
        }
        let job = Job<TrainingProgress> { progress in
            if progress.step.step == 3 { Meeting(mine: second, theirs: first).hold() }
        }
        let summary = try train(
            whole, source: source, engine: CPUEngine(workerCount: 1, cacheFolder: nil), job: job)
        ended.wait()
        let other = try #require(result.withLock { try $0?.get() })
        #expect(other.wasCancelled && other.stepCount == 3)
        #expect(!summary.wasCancelled && summary.stepCount == 15)
        #expect(try tiny.model(of: whole) == tiny.model(of: alone))
        #expect(try tiny.metrics(of: whole) == tiny.metrics(of: alone))
        try tiny.train(cancelled, start: .resuming)
        #expect(try tiny.model(of: cancelled) == tiny.model(of: alone))
    }
}
