import Foundation
import Pixels
import Rasters

/// Reads a scene's blocks in order, on a thread of its own, a few ahead of who takes them.
///
/// `@unchecked Sendable`: everything that changes is touched only with `condition` locked.
final class BlockReader: @unchecked Sendable {
    private let condition = NSCondition()
    private var ready: [Result<Image, any Error>] = []
    private var seconds = 0.0
    private var isCancelled = false
    private var hasEnded = false

    /// - Parameter ahead: blocks that are read and not yet taken, at most; positive.
    init(scenePath: String, blocks: [Block], ahead: Int) {
        precondition(ahead > 0)
        Thread { [self] in
            readAll(blocks, of: scenePath, ahead: ahead)
            condition.withLock {
                hasEnded = true
                condition.broadcast()
            }
        }.start()
    }

    /// The next block's pixels; waits for them. Call it once per block.
    func next() throws -> Image {
        try condition.withLock {
            while ready.isEmpty { condition.wait() }
            condition.broadcast()
            return ready.removeFirst()
        }.get()
    }

    /// Time that reading took, beside whatever else was done meanwhile.
    var readSeconds: Double { condition.withLock { seconds } }

    /// Lets the thread end after what it is reading, and waits for that.
    func finish() {
        condition.withLock {
            isCancelled = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
        }
    }

    private func readAll(_ blocks: [Block], of scenePath: String, ahead: Int) {
        do {
            let raster = try Raster(opening: scenePath)
            for block in blocks {
                guard waitForRoom(ahead) else { return }
                let start = ContinuousClock.now
                let image = try raster.read(block.bounds)
                deliver(.success(image), seconds: start.secondsSince)
            }
        } catch {
            deliver(.failure(error), seconds: 0)
        }
    }

    /// Returns false when no more blocks are wanted.
    private func waitForRoom(_ ahead: Int) -> Bool {
        condition.withLock {
            while ready.count >= ahead && !isCancelled { condition.wait() }
            return !isCancelled
        }
    }

    private func deliver(_ block: Result<Image, any Error>, seconds: Double) {
        condition.withLock {
            ready.append(block)
            self.seconds += seconds
            condition.broadcast()
        }
    }
}

extension ContinuousClock.Instant {
    /// Seconds from then until now.
    var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}
