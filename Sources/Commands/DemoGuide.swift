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

    /// From back to front.
    private static let shapes = [
        Shape(0.50, 0.55, 0.215, 0.245, [0.15, 0.08, 0.05], shade: 0.3),
        Shape(0.50, 1.10, 0.46, 0.40, [0.30, 0.16, 0.20], shade: 0.5),
        Shape(0.50, 0.78, 0.19, 0.10, [0.86, 0.62, 0.44], shade: 0.3),
        Shape(0.50, 0.66, 0.075, 0.16, [0.74, 0.50, 0.35], shade: 0.4),
        Shape(0.50, 0.38, 0.195, 0.235, [0.17, 0.09, 0.06], shade: 0.3),
        Shape(0.50, 0.415, 0.140, 0.195, [0.97, 0.78, 0.58], shade: 0.34),
        Shape(0.44, 0.345, 0.042, 0.009, [0.42, 0.25, 0.16]),
        Shape(0.56, 0.345, 0.042, 0.009, [0.40, 0.24, 0.15]),
        Shape(0.44, 0.378, 0.034, 0.014, [0.96, 0.92, 0.86]),
        Shape(0.56, 0.378, 0.034, 0.014, [0.92, 0.87, 0.80]),
        Shape(0.445, 0.378, 0.014, 0.013, [0.14, 0.09, 0.06]),
        Shape(0.565, 0.378, 0.014, 0.013, [0.14, 0.09, 0.06]),
        Shape(0.518, 0.425, 0.013, 0.055, [0.72, 0.50, 0.36]),
        Shape(0.505, 0.468, 0.026, 0.010, [0.70, 0.46, 0.34]),
        Shape(0.50, 0.520, 0.052, 0.013, [0.72, 0.30, 0.27]),
        Shape(0.50, 0.514, 0.056, 0.004, [0.48, 0.18, 0.16]),
        Shape(0.40, 0.955, 0.16, 0.040, [0.80, 0.57, 0.41], shade: 0.3),
        Shape(0.55, 0.940, 0.15, 0.036, [0.90, 0.67, 0.49], shade: 0.3),
    ]
}

/// An ellipse with a soft edge, lit from the upper left. All lengths are parts of the picture's sides.
private struct Shape {
    var centre: (x: Float, y: Float)
    var radius: (x: Float, y: Float)
    var colour: SIMD3<Float>
    /// How much darker the lower right is.
    var shade: Float

    init(
        _ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float, _ colour: SIMD3<Float>, shade: Float = 0
    ) {
        (centre, radius) = ((x, y), (radiusX, radiusY))
        (self.colour, self.shade) = (colour, shade)
    }

    func painted(over ground: SIMD3<Float>, at point: (x: Float, y: Float)) -> SIMD3<Float> {
        let (u, v) = ((point.x - centre.x) / radius.x, (point.y - centre.y) / radius.y)
        let depth = 1 - (u * u + v * v).squareRoot()
        guard depth > 0 else { return ground }
        let light = 1 - shade * smooth((u + 0.6 * v + 1.1) / 2.2)
        return mix(ground, colour * light, smooth(depth / 0.12))
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
