import Dispatch
import Synchronization

/// `transform` of each index, computed on all cores; the result is in order.
func concurrentMap<Result: Sendable>(
    _ count: Int, _ transform: @Sendable (Int) -> Result
) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = transform(index)
        results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
}
