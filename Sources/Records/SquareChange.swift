import Foundation

/// One change of a square, of a given strength: what automatic augmentations are made of.
///
/// - Source: `_apply_op` of torchvision's `autoaugment.py` on PIL's images, byte for byte: nearest neighbours, black beyond the edge.
package enum SquareChange: Hashable {
    /// So many pixels to the left for each pixel down.
    case shearX(Double)
    case shearY(Double)
    /// In pixels to the left.
    case translateX(Int)
    case translateY(Int)
    /// In degrees, counter-clockwise.
    case rotate(Double)
    /// 1 changes nothing, as with the three others.
    case brightness(Float)
    case saturation(Float)
    case contrast(Float)
    case sharpness(Float)
    /// Bits that stay of each byte.
    case posterize(Int)
    /// Bytes from there on are inverted.
    case solarize(Float)
    /// Each channel is stretched to all of `0...255`.
    case autoContrast
    /// Each channel gets values that are all as frequent.
    case equalize

    package func apply(to pixelsHWC: inout MutableSpan<UInt8>, side: Int) {
        switch self {
        case .shearX(let shear): Self.move(&pixelsHWC, side, by: [1, shear, 0, 0, 1, 0])
        case .shearY(let shear): Self.move(&pixelsHWC, side, by: [1, 0, 0, shear, 1, 0])
        case .translateX(let pixels): Self.move(&pixelsHWC, side, by: [1, 0, Double(pixels), 0, 1, 0])
        case .translateY(let pixels): Self.move(&pixelsHWC, side, by: [1, 0, 0, 0, 1, Double(pixels)])
        case .rotate(let degrees): Self.rotate(&pixelsHWC, side, degrees)
        case .brightness(let factor): ColourChange(steps: [.brightness(factor)]).apply(to: &pixelsHWC)
        case .saturation(let factor): ColourChange(steps: [.saturation(factor)]).apply(to: &pixelsHWC)
        case .contrast(let factor): ColourChange(steps: [.contrast(factor)]).apply(to: &pixelsHWC)
        case .sharpness(let factor): Self.sharpen(&pixelsHWC, side, factor)
        case .posterize(let bits):
            let mask = ~UInt8((1 << (8 - bits)) - 1)
            for i in pixelsHWC.indices { pixelsHWC[i] &= mask }
        case .solarize(let threshold):
            for i in pixelsHWC.indices where Float(pixelsHWC[i]) >= threshold {
                pixelsHWC[i] = 255 - pixelsHWC[i]
            }
        case .autoContrast: Self.mapChannels(&pixelsHWC, Self.stretched)
        case .equalize: Self.mapChannels(&pixelsHWC, Self.equalized)
        }
    }

    // MARK: Geometry

    /// - Parameter matrix: from a pixel of the result to its source: `x = m0 x + m1 y + m2`, `y = m3 x + m4 y + m5`.
    /// - Source: `affine_fixed` of PIL's `Geometry.c`, in 16.16 fixed point.
    private static func move(_ pixels: inout MutableSpan<UInt8>, _ side: Int, by matrix: [Double]) {
        func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
        let source = pixels.span.withUnsafeBufferPointer { Array($0) }
        var (startX, startY) = (
            fixed(matrix[2] + matrix[0] * 0.5 + matrix[1] * 0.5),
            fixed(matrix[5] + matrix[3] * 0.5 + matrix[4] * 0.5)
        )
        for y in 0..<side {
            var (sourceX, sourceY) = (startX, startY)
            for x in 0..<side {
                let (column, row) = (sourceX >> 16, sourceY >> 16)
                let isInside = (0..<side).contains(column) && (0..<side).contains(row)
                let (to, from) = ((y * side + x) * 3, (row * side + column) * 3)
                for channel in 0..<3 { pixels[to + channel] = isInside ? source[from + channel] : 0 }
                sourceX += fixed(matrix[0])
                sourceY += fixed(matrix[3])
            }
            startX += fixed(matrix[1])
            startY += fixed(matrix[4])
        }
    }

    /// - Source: `Image.rotate` of PIL.
    private static func rotate(_ pixels: inout MutableSpan<UInt8>, _ side: Int, _ degrees: Double) {
        // Python's remainder is not negative.
        let angle = -(degrees - 360 * (degrees / 360).rounded(.down)) * .pi / 180
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
        let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
        let centre = Double(side) / 2
        move(
            &pixels, side,
            by: [
                cosine, sine, cosine * -centre + sine * -centre + centre,
                -sine, cosine, -sine * -centre + cosine * -centre + centre,
            ])
    }

    // MARK: Values

    /// - Source: `ImageEnhance.Sharpness` of PIL, whose `SMOOTH` leaves the outermost pixels as they are.
    private static func sharpen(_ pixels: inout MutableSpan<UInt8>, _ side: Int, _ factor: Float) {
        let source = pixels.span.withUnsafeBufferPointer { Array($0) }
        for y in 0..<side {
            for x in 0..<side {
                let isEdge = x == 0 || y == 0 || x == side - 1 || y == side - 1
                for place in (y * side + x) * 3..<(y * side + x) * 3 + 3 {
                    var smooth = Int(source[place])
                    if !isEdge {
                        var sum = 4 * smooth
                        for row in -1...1 {
                            for column in -1...1 { sum += Int(source[place + (row * side + column) * 3]) }
                        }
                        smooth = (2 * sum + 13) / 26
                    }
                    pixels[place] = ColourChange.blend(UInt8(smooth), source[place], factor)
                }
            }
        }
    }

    /// - Parameter table: makes new values of the numbers of pixels with each value.
    private static func mapChannels(_ pixels: inout MutableSpan<UInt8>, _ table: ([Int]) -> [UInt8]) {
        for channel in 0..<3 {
            var counts = [Int](repeating: 0, count: 256)
            for i in stride(from: channel, to: pixels.count, by: 3) { counts[Int(pixels[i])] += 1 }
            let values = table(counts)
            for i in stride(from: channel, to: pixels.count, by: 3) { pixels[i] = values[Int(pixels[i])] }
        }
    }

    /// - Source: `ImageOps.autocontrast` of PIL.
    private static func stretched(_ counts: [Int]) -> [UInt8] {
        guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }),
            high > low
        else { return (0...255).map { UInt8($0) } }
        let scale = 255 / Double(high - low)
        return (0...255).map { UInt8(max(0, min(255, Double($0) * scale - Double(low) * scale))) }
    }

    /// - Source: `ImageOps.equalize` of PIL.
    private static func equalized(_ counts: [Int]) -> [UInt8] {
        let unchanged = (0...255).map { UInt8($0) }
        guard counts.count(where: { $0 > 0 }) > 1, let last = counts.last(where: { $0 > 0 }) else {
            return unchanged
        }
        let step = (counts.reduce(0, +) - last) / 255
        guard step > 0 else { return unchanged }
        var sum = step / 2
        return counts.map { count in
            defer { sum += count }
            return UInt8(min(255, sum / step))
        }
    }
}
