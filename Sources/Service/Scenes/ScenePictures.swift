import Files
import HTTPTypes
import Pixels
import Rasters

/// Makes tiles and crops of scenes. It blocks.
struct ScenePictures: Sendable {
    static let jpegQuality = 85

    /// A picture as it is sent.
    struct Encoded: Sendable {
        var bytes: [UInt8]
        /// Whether something of it could not be read.
        var isDamaged: Bool
    }

    let overviews: OverviewStore

    /// - Throws: 404 where there is no such tile; 503 while smaller copies are made; `RasterError`.
    func tile(of scene: OpenScene, level: Int, column: Int, row: Int) throws -> Encoded {
        guard let rect = scene.tile(level: level, column: column, row: row) else {
            throw Problem(.notFound, "the scene has no such tile")
        }
        let side = Double(1 << level)
        let made = try madeSource(
            of: scene, full: scene.full(rect, level: level), level: level, isNeeded: true)
        let (image, isDamaged) = try scene.withReader(level: level, made: made) { reader in
            let image = try reader.read(
                x: Double(rect.x0) * side, y: Double(rect.y0) * side,
                cell: ReducedReader.Cell(width: side, height: side), width: rect.width, height: rect.height,
                cancellation: Cancellation())
            return (image, reader.hasMetDamage)
        }
        return Encoded(bytes: try image.jpegData(quality: Self.jpegQuality), isDamaged: isDamaged)
    }

    /// - Parameter part: of the scene, and perhaps beyond it; not empty.
    /// - Parameter side: of the longer side of the picture.
    /// - Throws: `RasterError`.
    func crop(of scene: OpenScene, part: PixelRect, side: Int) throws -> Encoded {
        let longer = max(part.width, part.height)
        let width = max(1, (part.width * side + longer / 2) / longer)
        let height = max(1, (part.height * side + longer / 2) / longer)
        let cell = ReducedReader.Cell(
            width: Double(part.width) / Double(width), height: Double(part.height) / Double(height))
        var level = 0
        while level + 1 < scene.levelCount, Double(2 << level) <= min(cell.width, cell.height) { level += 1 }
        let made = try madeSource(of: scene, full: part, level: level, isNeeded: false)
        let (image, isDamaged) = try scene.withReader(level: level, made: made) { reader in
            let image = try reader.read(
                x: Double(part.x0), y: Double(part.y0), cell: cell, width: width, height: height,
                cancellation: Cancellation())
            return (image, reader.hasMetDamage)
        }
        return Encoded(bytes: try image.pngData(), isDamaged: isDamaged)
    }

    /// Whether tiles of the scene have to be made of smaller copies that are not in its file.
    func needsOverviews(_ scene: OpenScene) throws -> Bool {
        guard scene.scene.width * scene.scene.height > OverviewStore.pixelCountLimit else { return false }
        for level in max(OverviewStore.firstLevel, 0)..<max(scene.levelCount, OverviewStore.firstLevel) {
            let side = OpenScene.tileSide << level
            let part = PixelRect(
                x0: 0, y0: 0, x1: min(side, scene.scene.width), y1: min(side, scene.scene.height))
            let isFar = scene.scene.isReadInPlace ? part : scene.scene.bounds
            if try scene.withReader(level: level, { $0.decodedPixelCount(of: isFar) })
                > OverviewStore.pixelCountLimit
            {
                return true
            }
        }
        return false
    }

    /// What was made of the scene, if its own file would take too long.
    ///
    /// - Parameter isNeeded: whether to make it where it is not there.
    private func madeSource(
        of scene: OpenScene, full: PixelRect, level: Int, isNeeded: Bool
    ) throws -> Scene? {
        guard level >= OverviewStore.firstLevel else { return nil }
        if case .ready(let made) = overviews.status(of: scene) { return made }
        let count = try scene.withReader(level: level) { $0.decodedPixelCount(of: full) }
        guard count > OverviewStore.pixelCountLimit, isNeeded else { return nil }
        try overviews.start(scene)
        if case .ready(let made) = overviews.status(of: scene) { return made }
        return nil
    }
}
