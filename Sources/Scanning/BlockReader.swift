import Files
import Foundation
import Pixels
import Rasters

/// Reads a scene's blocks in order, on a thread of its own, a few ahead of who takes them.
///
/// `@unchecked Sendable`: everything that changes is touched only with `condition` locked.
final class BlockReader: @unchecked Sendable {
    private let condition = NSCondition()
    private var ready: [Result<MaskedImage, any Error>] = []
    private var spent = ReadTime()
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
    func next(_ cancellation: Cancellation) throws -> MaskedImage {
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
            let raster = try scene.open()
            var opening = start.untilNow
            let fill = scene.view?.fill ?? SceneViewRequest.usualFill
            for block in blocks {
                guard waitForRoom(ahead) else { return }
                start = ReadTime.Start()
                let image: Result<MaskedImage, any Error>
                do throws(RasterError) {
                    image = .success(try raster.readPadded(block, fill: fill, cancellation: ending))
                } catch {
                    image = .failure(error)
                }
                // Pixels of another picture, or an error that comes of it, must not pass for the scene's.
                try scene.check()
                if case .failure = image { try scene.checkStores() }
                deliver(image, start.untilNow + opening)
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

    private func deliver(_ block: Result<MaskedImage, any Error>, _ time: ReadTime) {
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

extension Raster {
    /// Reads a block that reaches beyond a scene which is smaller than a window.
    ///
    /// - Parameter fill: what is beyond.
    fileprivate func readPadded(
        _ block: PixelRect, fill: RGB, cancellation: Cancellation
    ) throws(RasterError) -> MaskedImage {
        guard !bounds.contains(block), let inside = bounds.intersection(block) else {
            return try readMasked(block, cancellation: cancellation)
        }
        let read = try readMasked(inside, cancellation: cancellation)
        var image = Image(width: block.width, height: block.height)
        image.fill(image.bounds, color: fill)
        image.paste(read.image, x: inside.x0 - block.x0, y: inside.y0 - block.y0)
        guard let validHW = read.validHW else { return MaskedImage(image: image) }
        var valid = [UInt8](repeating: 1, count: block.area)
        for row in 0..<inside.height {
            let first = (row + inside.y0 - block.y0) * block.width + inside.x0 - block.x0
            let part = validHW[row * inside.width..<(row + 1) * inside.width]
            valid.replaceSubrange(first..<first + inside.width, with: part)
        }
        return MaskedImage(image: image, validHW: valid)
    }
}

extension ContinuousClock.Instant {
    /// Seconds from then until now.
    var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}
