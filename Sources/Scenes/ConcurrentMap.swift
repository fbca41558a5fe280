import Dispatch
import Synchronization

/// `transform` of each index, computed on all cores; the result is in order.
///
/// - Throws: what the first `transform` that failed has thrown.
func concurrentMap<Value: Sendable, Failure: Error>(
    _ count: Int, _ transform: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
    let results = Mutex([Result<Value, Failure>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = Result { () throws(Failure) in try transform(index) }
        results.withLock { $0[index] = result }
    }
    return try results.withLock { $0 }.compactMap { $0 }.map { result throws(Failure) in try result.get() }
}
