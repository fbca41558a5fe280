import Files
import TestSupport
import Testing

@Suite struct JobTests {
    let reports = Collected<Int>()
    let warnings = Collected<String>()

    private func job(_ cancellation: Cancellation = Cancellation()) -> Job<Int> {
        Job(
            cancellation: cancellation, progress: { [reports] in reports.add($0) },
            warning: { [warnings] in warnings.add($0) })
    }

    @Test func goesOnUntilItIsCancelled() throws {
        let job = job()
        try job.checkCancellation()
        #expect(!job.isCancelled)
        job.cancellation.request()
        #expect(job.isCancelled)
        #expect(throws: Cancelled()) { try job.checkCancellation() }
    }

    @Test func progressAndWarningsReachTheCaller() {
        let job = job()
        job.report(1)
        job.warn("full")
        job.report(2)
        #expect(reports.values == [1, 2] && warnings.values == ["full"])
    }

    @Test func aPartIsTheSameJobWithOtherProgress() {
        let job = job()
        let part = job.part { (name: String) in name.count }
        part.report("four")
        part.warn("of the part")
        #expect(reports.values == [4] && warnings.values == ["of the part"])
        part.cancellation.request()
        #expect(job.isCancelled)
    }

    @Test func ofASilentPartOnlyWarningsAreHeard() {
        let job = job()
        let part: Job<String> = job.silentPart()
        part.report("nobody sees it")
        part.warn("of the part")
        #expect(reports.values.isEmpty && warnings.values == ["of the part"])
        job.cancellation.request()
        #expect(part.isCancelled)
    }

    @Test func jobsEndTogetherOnlyWhereTheyShareACancellation() {
        let shared = Cancellation()
        let (one, other, apart) = (job(shared), job(shared), job())
        one.cancellation.request()
        #expect(other.isCancelled && !apart.isCancelled)
    }

    @Test func saysWhatWasKept() {
        #expect(Cancelled().description == "interrupted: nothing was kept")
        #expect(Cancelled(kept: "3 of 4 are done").description == "interrupted: 3 of 4 are done")
    }
}
