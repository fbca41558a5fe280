import Dispatch
import Files
import Synchronization

/// Runs `make` for each number on threads, and hands what it made to `use` in the order of the numbers, on the
/// calling thread.
///
/// At most `window` results are in work or wait at a time. All threads have ended when this returns.
///
/// - Parameter cancellation: looked up before each `use`; once it is requested, no more is begun or used.
/// - Throws: what `use` throws, after which nothing more is used; `Cancelled`.
func forEachInOrder<Result: Sendable>(
    _ numbers: Range<Int>, threads: Int, window: Int, make: @escaping @Sendable (Int) -> Result,
    cancellation: Cancellation, use: (Int, consuming Result) throws -> Void
) throws {
    precondition(threads > 0 && window > 0)
    guard !numbers.isEmpty else { return }
    let work = OrderedWork<Result>(numbers, window: window)
    let running = DispatchGroup()
    for _ in 0..<min(threads, numbers.count) {
        running.enter()
        startDecodingThread {
            while let number = work.begin() { work.finish(number, make(number)) }
            running.leave()
        }
    }
    defer {
        work.close()
        running.wait()
    }
    for number in numbers {
        let result = work.take(number)
        if cancellation.isRequested { throw Cancelled() }
        try use(number, result)
    }
}

/// What the threads share: which number is next, and the results that wait for their turn.
private final class OrderedWork<Result: Sendable>: Sendable {
    private struct State {
        var remaining: Range<Int>
        var results: [Int: Result] = [:]
    }
    private let state: Mutex<State>
    private let places: DispatchSemaphore
    private let arrivals = DispatchSemaphore(value: 0)

    init(_ numbers: Range<Int>, window: Int) {
        state = Mutex(State(remaining: numbers))
        // Raised from 0, because a semaphore must not end below the value that it began with.
        places = DispatchSemaphore(value: 0)
        for _ in 0..<window { places.signal() }
    }

    /// Waits for a free place. `nil` when all numbers were given out.
    func begin() -> Int? {
        places.wait()
        let number = state.withLock { $0.remaining.popFirst() }
        // The next thread that waits shall see the end, too.
        if number == nil { places.signal() }
        return number
    }

    func finish(_ number: Int, _ result: Result) {
        state.withLock { $0.results[number] = result }
        arrivals.signal()
    }

    /// Waits for the result of a number.
    func take(_ number: Int) -> Result {
        while true {
            if let result = state.withLock({ $0.results.removeValue(forKey: number) }) {
                places.signal()
                return result
            }
            arrivals.wait()
        }
    }

    /// Gives out no more numbers.
    func close() {
        state.withLock { $0.remaining = $0.remaining.upperBound..<$0.remaining.upperBound }
        places.signal()
    }
}
