import Dispatch
import Files
import Rasters
import Synchronization
import Testing

@Suite struct DecodingMemoryTests {
    @Test func threadsTogetherNeverTakeMoreThanThereIs() {
        let memory = DecodingMemory(limit: 100)
        let taken = Atomic(0)
        let most = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 200) { number in
            let byteCount = 1 + number % 60
            let share = memory.take(byteCount, Cancellation())
            let now = taken.add(byteCount, ordering: .sequentiallyConsistent).newValue
            most.max(now, ordering: .sequentiallyConsistent)
            taken.subtract(byteCount, ordering: .sequentiallyConsistent)
            withExtendedLifetime(share) {}
        }
        #expect((60...100).contains(most.load(ordering: .sequentiallyConsistent)))
        #expect(memory.take(100, Cancellation()) != nil)
    }

    @Test func waitsUntilAnotherThreadGivesItsShareBack() {
        let memory = DecodingMemory(limit: 100)
        var share = memory.take(60, Cancellation())
        #expect(share != nil)
        let (begun, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        DispatchQueue.global().async {
            begun.signal()
            #expect(memory.take(60, Cancellation()) != nil)
            ended.signal()
        }
        begun.wait()
        #expect(ended.wait(timeout: .now()) == .timedOut)
        share = nil
        ended.wait()
    }

    @Test func aRequestEndsTheWait() {
        let memory = DecodingMemory(limit: 100)
        let share = memory.take(60, Cancellation())
        let cancellation = Cancellation()
        cancellation.request()
        #expect(memory.take(60, cancellation) == nil)
        withExtendedLifetime(share) {}
        // Nobody who went away is waited for.
        #expect(memory.take(40, Cancellation()) != nil)
    }
}
