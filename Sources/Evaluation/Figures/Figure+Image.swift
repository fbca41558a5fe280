package import Pixels

extension Figure {
    /// The figure in pixels.
    package var image: Image {
        var image = Image(
            width: width, height: height,
            pixelsHWC: [UInt8](unsafeUninitializedCapacity: width * height * 3) { bytes, count in
                let color = [ground.red, ground.green, ground.blue]
                for index in 0..<width * height * 3 {
                    bytes.initializeElement(at: index, to: color[index % 3])
                }
                count = width * height * 3
            })
        for element in elements {
            switch element {
            case .fill(let rect, let color): image.fill(rect, color: color)
            case .text(let text): image.draw(text)
            case .image(let part, let x, let y, let scale): image.paste(part.enlarged(scale), x: x, y: y)
            case .line(let points, let width, let color):
                for (start, end) in zip(points, points.dropFirst()) {
                    image.drawLine(from: start, to: end, radius: width / 2, color: color)
                }
            case .dot(let point, let radius, let color):
                image.drawLine(from: point, to: point, radius: radius, color: color)
            }
        }
        return image
    }
}

extension Image {
    /// Each pixel as a square.
    fileprivate func enlarged(_ scale: Int) -> Image {
        guard scale > 1 else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pixelsHWC.count * scale * scale)
        var line: [UInt8] = []
        for y in 0..<height {
            line.removeAll(keepingCapacity: true)
            for start in stride(from: y * width * 3, to: (y + 1) * width * 3, by: 3) {
                for _ in 0..<scale { line += pixelsHWC[start..<start + 3] }
            }
            for _ in 0..<scale { bytes += line }
        }
        return Image(width: width * scale, height: height * scale, pixelsHWC: bytes)
    }

    fileprivate mutating func draw(_ text: Figure.Text) {
        let (length, fullHeight) = Image.textSize(text.text, scale: text.scale)
        // The middle of capitals, which are seven dots high.
        let half = 7 * text.scale / 2
        let before =
            switch text.anchor {
            case .start: 0
            case .middle: length / 2
            case .end: length
            }
        guard length > 0 else { return }
        switch text.direction {
        case .across:
            draw(text.text, x: text.x - before, y: text.y - half, scale: text.scale, color: text.color)
        case .upwards:
            var stencil = Image(width: length, height: fullHeight)
            stencil.draw(text.text, x: 0, y: 0, scale: text.scale, color: RGB(255, 255, 255))
            for row in 0..<fullHeight {
                for column in 0..<length where stencil[column, row].red > 0 {
                    let (x, y) = (text.x - half + row, text.y + before - 1 - column)
                    if bounds.contains(PixelRect(x: x, y: y, width: 1, height: 1)) { self[x, y] = text.color }
                }
            }
        }
    }

    /// A line with round ends and smooth edges.
    fileprivate mutating func drawLine(from start: ChartPoint, to end: ChartPoint, radius: Double, color: RGB)
    {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let square = dx * dx + dy * dy
        let reach = radius + 1
        let xs = max(0, Int(min(start.x, end.x) - reach))...min(width - 1, Int(max(start.x, end.x) + reach))
        let ys = max(0, Int(min(start.y, end.y) - reach))...min(height - 1, Int(max(start.y, end.y) + reach))
        for y in ys {
            for x in xs {
                let (px, py) = (Double(x) + 0.5 - start.x, Double(y) + 0.5 - start.y)
                let along = square == 0 ? 0 : min(1, max(0, (px * dx + py * dy) / square))
                let (ox, oy) = (px - along * dx, py - along * dy)
                let share = min(1, max(0, radius + 0.5 - (ox * ox + oy * oy).squareRoot()))
                if share > 0 { self[x, y] = self[x, y].mixed(with: color, share: share) }
            }
        }
    }
}

extension RGB {
    fileprivate func mixed(with other: RGB, share: Double) -> RGB {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8((Double(a) + (Double(b) - Double(a)) * share).rounded())
        }
        return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }
}
