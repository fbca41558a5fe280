import Bytes
package import Files
package import Pixels
package import Rasters
import Synchronization

/// Whole scenes as small pictures, for features that need no model (`PatchFeatures`).
///
/// Pictures come from overviews where a scene has some; a JPEG image is decoded at an eighth of its size.
package struct WholePictures: Sendable {
    /// By scene; `nil` where it could not be read.
    package let pictures: [Image?]
    /// Why a scene could not be read, by its number.
    package let failures: [Int: String]

    /// - Parameter scenes: as they are stored, or turned upright; not at another scale.
    /// - Parameter size: of the picture of a scene.
    /// - Parameter threads: scenes that are read at once.
    /// - Parameter job: told the scenes read so far.
    /// - Throws: `Cancelled`.
    package init(
        of scenes: [Scene], threads: Int, job: Job<Int>, size: @Sendable (Scene) -> (width: Int, height: Int)
    ) throws {
        @Sendable func read(_ index: Int) -> Result<Image, Failure> {
            let size = size(scenes[index])
            return Result { () throws(Failure) in
                try Self.picture(
                    of: scenes[index], width: size.width, height: size.height, job.cancellation)
            }
        }
        // The first one makes what all readers share. Where two threads of a forked process meet there, they never go on: Swift's
        // `once` on Linux takes the main thread for that of the process before the fork.
        let first = scenes.isEmpty ? nil : read(0)
        let readCount = Mutex(0)
        let results = concurrentArray(
            scenes.count, repeating: Result<Image, Failure>.failure(Failure()), size: 1, threads: threads
        ) { range, results in
            for index in range where !job.isCancelled {
                results[index - range.lowerBound] = index == 0 ? first ?? read(0) : read(index)
                readCount.withLock { count in
                    count += 1
                    job.report(count)
                }
            }
        }
        try job.checkCancellation()
        pictures = results.map { try? $0.get() }
        failures = results.enumerated().reduce(into: [:]) { failures, result in
            if case .failure(let failure) = result.element { failures[result.offset] = failure.words }
        }
    }

    /// For features.
    package init(of scenes: [Scene], threads: Int, job: Job<Int>) throws {
        try self.init(of: scenes, threads: threads, job: job) { _ in
            (PatchFeatures.side, PatchFeatures.side)
        }
    }

    private struct Failure: Error {
        var words = ""
    }

    private static func picture(
        of scene: Scene, width: Int, height: Int, _ cancellation: Cancellation
    ) throws(Failure) -> Image {
        let cell = ReducedReader.Cell(
            width: Double(scene.width) / Double(width), height: Double(scene.height) / Double(height))
        let isDamaged: Bool
        let image: Image
        do throws(RasterError) {
            let reader = try ReducedReader(scene, cell: cell, cancellation: cancellation)
            image = try reader.read(
                x: 0, y: 0, cell: cell, width: width, height: height, cancellation: cancellation)
            isDamaged = reader.hasMetDamage
        } catch {
            throw Failure(words: "\(error)")
        }
        guard !isDamaged else { throw Failure(words: "\(scene.address): a part of it is damaged") }
        return image
    }
}
