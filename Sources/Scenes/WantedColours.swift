import Pixels

/// The colours that a guide picture asks for at each place of a mosaic.
struct WantedColours {
    /// The guide, scaled to `detail` pixels for each step in both directions.
    private let guide: Image
    private let layout: MosaicLayout
    /// Parts of a tile along a side whose colours count: 1, 2 or 4, as many as the guide has pixels for.
    let detail: Int

    init(_ guide: Image, layout: MosaicLayout) {
        detail =
            [4, 2].first {
                layout.columns * $0 <= guide.width && layout.rows * $0 <= guide.height
                    && min(layout.tileWidth, layout.tileHeight) >= $0
            } ?? 1
        self.guide = guide.downscaled(width: layout.columns * detail, height: layout.rows * detail)
        self.layout = layout
    }

    /// For a tile whose top left corner is at `x`, `y`: `[detail, detail, 3]`, interpolated between the guide's pixels.
    func colours(x: Int, y: Int) -> [UInt8] {
        var colours: [UInt8] = []
        colours.reserveCapacity(detail * detail * 3)
        for row in 0..<detail {
            let v = position(y, row, tileSide: layout.tileHeight, step: layout.stepY, limit: guide.height)
            for column in 0..<detail {
                let u = position(
                    x, column, tileSide: layout.tileWidth, step: layout.stepX, limit: guide.width)
                append(u, v, to: &colours)
            }
        }
        return colours
    }

    /// The middle of a part, in pixels of the guide: the pixel before it and the share of the next one in 1/256.
    private func position(
        _ start: Int, _ part: Int, tileSide: Int, step: Int, limit: Int
    ) -> (before: Int, next: Int, share: Int) {
        // In units of 1/512 pixel of the guide, of which `detail` go to a step. The middle of the grid's tile is the
        // middle of its `detail` pixels, also where tiles are larger than steps; pixel 0's own middle is at one half.
        let middle = (start * 2 * detail + (2 * part + 1) * tileSide) * 256 / step
        let origin = max(0, middle - 256 - 256 * detail * (tileSide - step) / step)
        let before = min(origin / 512, limit - 1)
        return (before, min(before + 1, limit - 1), origin % 512 / 2)
    }

    private func append(
        _ u: (before: Int, next: Int, share: Int), _ v: (before: Int, next: Int, share: Int),
        to colours: inout [UInt8]
    ) {
        let pixels = guide.pixelsHWC
        let (above, below) = (v.before * guide.width, v.next * guide.width)
        for channel in 0..<3 {
            func light(_ row: Int) -> Int {
                Int(pixels[(row + u.before) * 3 + channel]) * (256 - u.share)
                    + Int(pixels[(row + u.next) * 3 + channel]) * u.share
            }
            colours.append(UInt8((light(above) * (256 - v.share) + light(below) * v.share) >> 16))
        }
    }
}
