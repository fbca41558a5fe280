import Files
import Foundation
import Pixels
import Rasters

/// Reads a scene's blocks in order, on a thread of its own, a few ahead of who takes them.
///
/// `@unchecked Sendable`: everything that changes is touched only with `condition` locked.
final class BlockReader: @unchecked Sendable {
    private let condition = NSCondition()
    private var ready: [Result<ReadPart, any Error>] = []
    private var spent = ReadTime()
    /// Requested when no more blocks are wanted.
    private let ending = Cancellation()

    /// - Parameter ahead: blocks that are read and not yet taken, at most; positive.
    init(_ scene: Scene, blocks: [PixelRect], ahead: Int) {
        precondition(ahead > 0)
        Thread { [self] in readAll(blocks, of: scene, ahead: ahead) }.start()
    }

    /// The next block's pixels, with what of it cannot be read; waits for them. Call it once per block.
    ///
    /// - Throws: `RasterError` where the scene was replaced, or cannot be opened; then nothing comes any more. `Cancelled`, also
    ///   where reading takes long.
    func next(_ cancellation: Cancellation) throws -> ReadPart {
        try condition.withLock {
            while ready.isEmpty {
                try cancellation.check()
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
            }
            condition.broadcast()
            return ready.removeFirst()
        }.get()
    }

    /// What reading took, beside whatever else was done meanwhile.
    var time: ReadTime { condition.withLock { spent } }

    /// Lets the thread end soon.
    func finish() {
        ending.request()
        condition.withLock { condition.broadcast() }
    }

    private func readAll(_ blocks: [PixelRect], of scene: Scene, ahead: Int) {
        do {
            var start = ReadTime.Start()
            var reader = try LevelsReader(scene, cancellation: ending)
            var opening = start.untilNow
            for block in blocks {
                guard waitForRoom(ahead) else { return }
                start = ReadTime.Start()
                let part = try reader.read(block, cancellation: ending)
                // Pixels of another picture must not pass for the scene's.
                try scene.check()
                if !part.lost.isEmpty { try scene.checkStores() }
                deliver(.success(part), start.untilNow + opening)
                opening = ReadTime()
            }
        } catch {
            deliver(.failure(error), ReadTime())
        }
    }

    /// Returns false when no more blocks are wanted.
    private func waitForRoom(_ ahead: Int) -> Bool {
        condition.withLock {
            while ready.count >= ahead && !ending.isRequested { condition.wait() }
            return !ending.isRequested
        }
    }

    private func deliver(_ block: Result<ReadPart, any Error>, _ time: ReadTime) {
        condition.withLock {
            ready.append(block)
            spent = spent + time
            condition.broadcast()
        }
    }
}

/// What reading took, in seconds.
struct ReadTime: Hashable, Sendable {
    var seconds = 0.0
    /// Of them, those in which bytes of stores and web servers were waited for.
    var fetchSeconds = 0.0

    /// A moment of one thread.
    struct Start {
        private let now = ContinuousClock.now
        private let fetchSeconds = FetchClock.seconds

        /// On the same thread.
        var untilNow: ReadTime {
            ReadTime(seconds: now.secondsSince, fetchSeconds: FetchClock.seconds - fetchSeconds)
        }
    }

    static func + (one: ReadTime, other: ReadTime) -> ReadTime {
        ReadTime(
            seconds: one.seconds + other.seconds, fetchSeconds: one.fetchSeconds + other.fetchSeconds)
    }
}

extension ContinuousClock.Instant {
    /// Seconds from then until now.
    var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}
