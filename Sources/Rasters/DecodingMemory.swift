package import Files
import Foundation

/// The memory in which pictures are decoded, shared by all threads of the process.
///
/// Who decodes takes all that it needs before it begins, and gives it back when the pixels are gone. Where others have it,
/// it waits for its turn. A thread must not take a share while it holds another: each would wait for the other's.
///
/// `@unchecked Sendable`: everything that changes is touched only with `condition` locked.
package final class DecodingMemory: @unchecked Sendable {
    /// The most that one picture may need: a progressive CMYK JPEG at the limits has 1 GiB of pixels and 1 GiB of
    /// coefficients. It is the same on every machine, so that all of them take and refuse the same pictures.
    package static let limit = 2 << 30
    static let shared = DecodingMemory(limit: limit)

    /// What one thread has taken. It is given back when the last reference to it goes.
    package final class Share: Sendable {
        private let memory: DecodingMemory
        private let byteCount: Int

        fileprivate init(_ memory: DecodingMemory, _ byteCount: Int) {
            (self.memory, self.byteCount) = (memory, byteCount)
        }

        deinit { memory.giveBack(byteCount) }
    }

    private let limit: Int
    private let condition = NSCondition()
    private var takenByteCount = 0
    /// Those who wait, in the order in which they came: many small pictures shall not keep a large one waiting.
    private var queue: [Int] = []
    private var nextNumber = 0

    package init(limit: Int) { self.limit = limit }

    /// Waits until the memory is there.
    ///
    /// - Returns: `nil` where `cancellation` is requested meanwhile.
    package func take(_ byteCount: Int, _ cancellation: Cancellation) -> Share? {
        precondition(byteCount <= limit)
        return condition.withLock {
            let number = nextNumber
            nextNumber += 1
            queue.append(number)
            defer {
                queue.removeAll { $0 == number }
                condition.broadcast()
            }
            while queue[0] != number || takenByteCount + byteCount > limit {
                // A request wakes nobody.
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
                if cancellation.isRequested { return nil }
            }
            takenByteCount += byteCount
            return Share(self, byteCount)
        }
    }

    private func giveBack(_ byteCount: Int) {
        condition.withLock {
            takenByteCount -= byteCount
            condition.broadcast()
        }
    }
}
