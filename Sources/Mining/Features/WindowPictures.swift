package import Files
package import Pixels
package import Rasters
package import Scanning

/// Windows of scenes as small pictures, for features that need no model (`PatchFeatures`).
package struct WindowPictures: Sendable {
    /// More windows than this tell nothing new about which are typical: of larger numbers a seeded sample is looked at.
    package static let limit = 20_000

    /// The windows, in pixels of the whole upright scene.
    package private(set) var places: [PixelRect] = []
    /// `[N, 32, 32, 3]`
    package private(set) var pixelsNHWC: [UInt8] = []
    /// Windows that are left out because a part of them cannot be read.
    package private(set) var damagedCount = 0
    /// Why the first of these cannot be read.
    package private(set) var damage: RasterError?

    /// Reads windows of one scene. Those without enough valid pixels, plain ones and those that cannot be read are left out.
    ///
    /// - Parameter windows: in pixels of the scene as it is seen, in the order of reading.
    /// - Parameter selection: as a scan has it, but for its area, which decides about `windows` already.
    /// - Parameter job: told the windows read so far.
    /// - Throws: `RasterError` where the scene was replaced or cannot be opened; `Cancelled`.
    package init(_ windows: [PixelRect], of scene: Scene, _ selection: WindowSelection?, job: Job<Int>) throws
    {
        var reader = try LevelsReader(scene, cancellation: job.cancellation)
        for (index, window) in windows.enumerated() {
            try job.cancellation.check()
            let part = try reader.read(window, cancellation: job.cancellation)
            if let lost = part.lost.first {
                damagedCount += 1
                damage = damage ?? lost.error
            } else if selection?.skipReason(of: part.pixels) == nil {
                let side = PatchFeatures.side
                places.append(scene.view?.full(window) ?? window)
                pixelsNHWC += part.pixels.image.resized(width: side, height: side).pixelsHWC
            }
            if index.isMultiple(of: 64) { job.report(index) }
        }
        try scene.check()
    }
}
