import Dispatch
import Synchronization

/// Calls `body` for consecutive ranges that together are `0..<count`, on several threads.
///
/// The ranges depend on `size` alone. A result that is computed for each range therefore does not depend on `threads`.
///
/// - Parameter size: the length of each range but the last.
/// - Parameter threads: how many ranges are in work at once, at most.
func concurrentRanges(
    of count: Int, size: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void
) {
    let rangeCount = (count + size - 1) / size
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(max(threads, 1), rangeCount)) { _ in
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < rangeCount else { return }
            body(index * size..<min((index + 1) * size, count))
        }
    }
}

/// An array whose elements are computed in ranges on several threads.
///
/// - Parameter fill: gets a range and writes its elements; the buffer begins at the first of them.
func concurrentArray<Element>(
    _ count: Int, repeating initial: Element, size: Int, threads: Int,
    _ fill: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Element>) -> Void
) -> [Element] {
    var result = [Element](repeating: initial, count: count)
    result.withUnsafeMutableBufferPointer { buffer in
        // Each range is written by one thread.
        nonisolated(unsafe) let buffer = buffer
        concurrentRanges(of: count, size: size, threads: threads) { range in
            fill(range, UnsafeMutableBufferPointer(rebasing: buffer[range]))
        }
    }
    return result
}
