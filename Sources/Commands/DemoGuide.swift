import Pixels

/// The picture that the demo's mosaic imitates: a portrait before a landscape, painted by code.
enum DemoGuide {
    static let width = 400
    static let height = 520

    static func image() -> Image {
        var image = Image(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                let point = (x: Float(x) / Float(width), y: Float(y) / Float(height))
                let colour = shapes.reduce(landscape(point.x, point.y)) { $1.painted(over: $0, at: point) }
                image[x, y] = RGB(byte(colour.x), byte(colour.y), byte(colour.z))
            }
        }
        return image
    }

    private static func byte(_ light: Float) -> UInt8 { UInt8(max(0, min(255, light * 255))) }

    /// Evening sky over two ranges of hills.
    private static func landscape(_ x: Float, _ y: Float) -> SIMD3<Float> {
        let sky = mix([0.36, 0.55, 0.72], [0.98, 0.86, 0.62], smooth(y / 0.42))
        let far = 0.40 + 0.05 * wave(x * 2.3 + 0.2) + 0.015 * wave(x * 7)
        let near = 0.55 + 0.05 * wave(x * 1.4 + 0.6) + 0.01 * wave(x * 5)
        let hills = mix([0.36, 0.54, 0.56], [0.46, 0.56, 0.38], smooth((y - far) / 0.2))
        let meadow = mix([0.44, 0.46, 0.20], [0.20, 0.20, 0.10], smooth((y - near) / 0.45))
        return mix(mix(sky, hills, smooth((y - far) / 0.012)), meadow, smooth((y - near) / 0.012))
    }

    /// From back to front: hair, dress, neck, face and what is in it, hands.
    private static let shapes = [
        Shape(0.50, 0.48, 0.220, 0.265, [0.16, 0.09, 0.06], shade: 0.3),
        Shape(0.50, 1.05, 0.47, 0.42, [0.32, 0.16, 0.20], shade: 0.5),
        Shape(0.50, 0.645, 0.130, 0.075, [0.90, 0.67, 0.48], shade: 0.3),
        Shape(0.50, 0.58, 0.075, 0.105, [0.74, 0.50, 0.36], shade: 0.3),
        Shape(0.50, 0.355, 0.190, 0.215, [0.18, 0.10, 0.07], shade: 0.3),
        Shape(0.50, 0.385, 0.138, 0.178, [0.98, 0.80, 0.60], shade: 0.32),
        Shape(0.443, 0.325, 0.040, 0.007, [0.45, 0.28, 0.18]),
        Shape(0.557, 0.325, 0.040, 0.007, [0.42, 0.26, 0.17]),
        Shape(0.443, 0.353, 0.032, 0.013, [0.97, 0.94, 0.88]),
        Shape(0.557, 0.353, 0.032, 0.013, [0.94, 0.90, 0.83]),
        Shape(0.449, 0.353, 0.014, 0.013, [0.14, 0.09, 0.06]),
        Shape(0.563, 0.353, 0.014, 0.013, [0.14, 0.09, 0.06]),
        Shape(0.516, 0.395, 0.011, 0.048, [0.78, 0.56, 0.42]),
        Shape(0.505, 0.432, 0.026, 0.010, [0.76, 0.52, 0.39]),
        Shape(0.50, 0.478, 0.052, 0.016, [0.74, 0.30, 0.28]),
        Shape(0.50, 0.470, 0.058, 0.012, [0.95, 0.75, 0.56]),
        Shape(0.40, 0.925, 0.165, 0.034, [0.82, 0.59, 0.43], shade: 0.3),
        Shape(0.55, 0.905, 0.150, 0.032, [0.93, 0.70, 0.52], shade: 0.3),
    ]
}

/// An ellipse with a soft edge, lit from the upper left. All lengths are parts of the picture's sides.
private struct Shape {
    var centre: (x: Float, y: Float)
    var radius: (x: Float, y: Float)
    var colour: SIMD3<Float>
    /// How much darker the lower right is.
    var shade: Float
    /// Over which the colour rises.
    private static let edge: Float = 0.006

    init(
        _ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float, _ colour: SIMD3<Float>, shade: Float = 0
    ) {
        (centre, radius) = ((x, y), (radiusX, radiusY))
        (self.colour, self.shade) = (colour, shade)
    }

    func painted(over ground: SIMD3<Float>, at point: (x: Float, y: Float)) -> SIMD3<Float> {
        let (u, v) = ((point.x - centre.x) / radius.x, (point.y - centre.y) / radius.y)
        let depth = (1 - (u * u + v * v).squareRoot()) * min(radius.x, radius.y)
        guard depth > 0 else { return ground }
        let light = 1 - shade * smooth((u + 0.6 * v + 1.1) / 2.2)
        return mix(ground, colour * light, smooth(depth / Self.edge))
    }
}

private func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ fraction: Float) -> SIMD3<Float> {
    a + (b - a) * fraction
}

/// From 0 at 0 to 1 at 1 without corners.
private func smooth(_ value: Float) -> Float {
    let x = max(0, min(1, value))
    return x * x * (3 - 2 * x)
}

/// A rounded wave between -1 and 1 with period 1.
private func wave(_ x: Float) -> Float {
    let phase = x - x.rounded(.down)
    return phase < 0.5 ? 1 - 2 * smooth(2 * phase) : 2 * smooth(2 * phase - 1) - 1
}
