import Files
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
    /// Requested when no more blocks are wanted.
    private let ending = Cancellation()

    /// - Parameter ahead: blocks that are read and not yet taken, at most; positive.
    init(_ scene: Scene, blocks: [PixelRect], ahead: Int) {
        precondition(ahead > 0)
        Thread { [self] in readAll(blocks, of: scene, ahead: ahead) }.start()
    }

    /// The next block's pixels; waits for them. Call it once per block; after one that cannot be read the next ones come.
    ///
    /// - Throws: `RasterError`; after one with the code `sceneChanged` nothing comes any more. `Cancelled`, also where reading
    ///   takes long.
    func next(_ cancellation: Cancellation) throws -> Image {
        try condition.withLock {
            while ready.isEmpty {
                try cancellation.check()
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
            }
            condition.broadcast()
            return ready.removeFirst()
        }.get()
    }

    /// Time that reading took, beside whatever else was done meanwhile.
    var readSeconds: Double { condition.withLock { seconds } }

    /// Lets the thread end soon.
    func finish() {
        ending.request()
        condition.withLock { condition.broadcast() }
    }

    private func readAll(_ blocks: [PixelRect], of scene: Scene, ahead: Int) {
        do {
            let raster = try scene.open()
            for block in blocks {
                guard waitForRoom(ahead) else { return }
                let start = ContinuousClock.now
                let image: Result<Image, any Error>
                do throws(RasterError) {
                    image = .success(try raster.read(block, cancellation: ending))
                } catch {
                    image = .failure(error)
                }
                // Pixels of another picture, or an error that comes of it, must not pass for the scene's.
                try scene.check()
                if case .failure = image { try scene.checkStores() }
                deliver(image, seconds: start.secondsSince)
            }
        } catch {
            deliver(.failure(error), seconds: 0)
        }
    }

    /// Returns false when no more blocks are wanted.
    private func waitForRoom(_ ahead: Int) -> Bool {
        condition.withLock {
            while ready.count >= ahead && !ending.isRequested { condition.wait() }
            return !ending.isRequested
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
