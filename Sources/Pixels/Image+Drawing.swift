extension Image {
    /// Fills a rectangle; what falls outside the image is cut off. O(area).
    public mutating func fill(_ rect: PixelRect, color: RGB) {
        guard let visible = bounds.intersection(rect) else { return }
        for y in visible.y0..<visible.y1 {
            for x in visible.x0..<visible.x1 { self[x, y] = color }
        }
    }

    /// Draws the border of a rectangle, all of it inside the rectangle; what falls outside the image is cut off.
    ///
    /// - Parameter lineWidth: positive; a rectangle narrower than two lines is filled.
    public mutating func stroke(_ rect: PixelRect, lineWidth: Int, color: RGB) {
        precondition(lineWidth > 0)
        guard rect.width > 2 * lineWidth, rect.height > 2 * lineWidth else {
            fill(rect, color: color)
            return
        }
        let (x0, y0, x1, y1) = (rect.x0, rect.y0, rect.x1, rect.y1)
        fill(PixelRect(x0: x0, y0: y0, x1: x1, y1: y0 + lineWidth), color: color)
        fill(PixelRect(x0: x0, y0: y1 - lineWidth, x1: x1, y1: y1), color: color)
        fill(PixelRect(x0: x0, y0: y0 + lineWidth, x1: x0 + lineWidth, y1: y1 - lineWidth), color: color)
        fill(PixelRect(x0: x1 - lineWidth, y0: y0 + lineWidth, x1: x1, y1: y1 - lineWidth), color: color)
    }

    /// Each pixel as a square of `factor` pixels.
    package func enlarged(by factor: Int) -> Image {
        guard factor > 1 else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pixelsHWC.count * factor * factor)
        var line: [UInt8] = []
        for y in 0..<height {
            line.removeAll(keepingCapacity: true)
            for start in stride(from: y * width * 3, to: (y + 1) * width * 3, by: 3) {
                for _ in 0..<factor { line += pixelsHWC[start..<start + 3] }
            }
            for _ in 0..<factor { bytes += line }
        }
        return Image(width: width * factor, height: height * factor, pixelsHWC: bytes)
    }
}
