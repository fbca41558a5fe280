import Bytes
import Foundation
public import Pixels

/// Small pictures of ten classes of things, drawn by code: for machines without data.
///
/// Form, colours, background, place, size, rotation and noise vary, so that they must be learned; the background says
/// nothing about the class. Each picture is a function of its seed, class and index alone.
public enum DrawnObjects {
    /// By label.
    public static let classNames = [
        "airplane", "bird", "boat", "car", "clock", "fish", "flower", "house", "star", "tree",
    ]

    /// - Parameter label: an index into `classNames`.
    /// - Parameter side: in pixels. Cost: about 0.8 ms at 32, in proportion to the area.
    public static func image(label: Int, index: Int, seed: UInt64, side: Int = 32) -> Image {
        var random = SplitMix64(seed: seed, stream: label, index)
        let background = Background(using: &random)
        let drawing = drawing(of: label, against: background, using: &random)
        let pose = Pose(isUpright: ![0, 6, 8].contains(label), using: &random)
        let noise = Float.random(in: 0...0.12, using: &random)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(side * side * 3)
        for y in 0..<side {
            for x in 0..<side {
                let colour = pixel(x, y, side: side) { point in
                    drawing.colour(at: pose.undone(point)) ?? background.colour(at: point)
                }
                for light in [colour.red, colour.green, colour.blue] {
                    let noisy = light + noise * Float.random(in: -1...1, using: &random)
                    bytes.append(UInt8(max(0, min(255, noisy * 255))))
                }
            }
        }
        return Image(width: side, height: side, pixelsHWC: bytes)
    }

    /// The mean of 3 x 3 points of a pixel, so that edges are smooth.
    private static func pixel(_ x: Int, _ y: Int, side: Int, _ colour: (Point) -> Colour) -> Colour {
        var sum = Colour(0, 0, 0)
        for subpixel in 0..<9 {
            let u = Float(x) + (Float(subpixel % 3) + 0.5) / 3
            let v = Float(y) + (Float(subpixel / 3) + 0.5) / 3
            let found = colour(Point(2 * u / Float(side) - 1, 2 * v / Float(side) - 1))
            sum = Colour(sum.red + found.red, sum.green + found.green, sum.blue + found.blue)
        }
        return Colour(sum.red / 9, sum.green / 9, sum.blue / 9)
    }
}

/// Where in the picture the object is, how large and how turned.
private struct Pose {
    var centre: Point
    var scale: Float
    var angle: Float
    var isMirrored: Bool

    init(isUpright: Bool, using random: inout SplitMix64) {
        centre = Point(.random(in: -0.15...0.15, using: &random), .random(in: -0.15...0.15, using: &random))
        scale = .random(in: 0.8...1.15, using: &random)
        angle =
            isUpright ? .random(in: -0.25...0.25, using: &random) : .random(in: -3.2...3.2, using: &random)
        isMirrored = .random(using: &random)
    }

    /// A point of the picture → the point of the drawing that is shown there.
    func undone(_ point: Point) -> Point {
        let moved = Point((point.x - centre.x) / scale, (point.y - centre.y) / scale).rotated(by: -angle)
        return isMirrored ? Point(-moved.x, moved.y) : moved
    }
}

/// What lies behind: a gradient, with stripes or spots. The same variety for each class.
struct Background {
    private var near: Colour
    private var far: Colour
    private var direction: Float
    private var stripeWidth: Float?
    private var spots = Drawing()

    init(using random: inout SplitMix64) {
        let value = Float.random(in: 0.1...1, using: &random)
        near = Colour(
            hue: .random(in: 0...1, using: &random), saturation: .random(in: 0...0.7, using: &random),
            value: value)
        far = Colour(
            hue: .random(in: 0...1, using: &random), saturation: .random(in: 0...0.7, using: &random),
            value: max(0.05, min(1, value + .random(in: -0.3...0.3, using: &random))))
        direction = .random(in: 0...6.3, using: &random)
        if Float.random(in: 0...1, using: &random) < 0.25 {
            stripeWidth = .random(in: 0.1...0.4, using: &random)
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let centre = Point(.random(in: -1...1, using: &random), .random(in: -1...1, using: &random))
            let colour = near.mixed(with: far, .random(in: 0...1, using: &random))
            spots.add(
                .ellipse(
                    centre, width: .random(in: 0.2...1.2, using: &random),
                    height: .random(in: 0.2...1.2, using: &random), angle: .random(in: 0...3, using: &random)),
                .random(using: &random) ? colour.darker : colour.lighter.mixed(with: colour, 0.5))
        }
    }

    /// The colour from which an object must differ.
    var mean: Colour { near.mixed(with: far, 0.5) }

    func colour(at point: Point) -> Colour {
        if let spot = spots.colour(at: point) { return spot }
        let along = point.rotated(by: direction).x
        let colour = near.mixed(with: far, max(0, min(1, along / 2 + 0.5)))
        guard let stripeWidth else { return colour }
        let isOdd = Int((along / stripeWidth).rounded(.down)) % 2 != 0
        return isOdd ? colour.mixed(with: Colour(0, 0, 0), 0.15) : colour
    }
}
