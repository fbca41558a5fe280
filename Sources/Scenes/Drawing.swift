import Foundation

/// A colour with parts in `0...1`.
struct Colour: Hashable, Sendable {
    var red: Float
    var green: Float
    var blue: Float

    init(_ red: Float, _ green: Float, _ blue: Float) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// - Parameter hue: once around the wheel from 0 to 1.
    init(hue: Float, saturation: Float, value: Float) {
        func part(_ offset: Float) -> Float {
            let position = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
            return value - value * saturation * max(0, min(position, 4 - position, 1))
        }
        self.init(part(5), part(3), part(1))
    }

    func mixed(with other: Colour, _ share: Float) -> Colour {
        Colour(
            red + (other.red - red) * share, green + (other.green - green) * share,
            blue + (other.blue - blue) * share)
    }

    var darker: Colour { mixed(with: Colour(0, 0, 0), 0.4) }
    var lighter: Colour { mixed(with: Colour(1, 1, 1), 0.5) }

    func distance(to other: Colour) -> Float {
        let (r, g, b) = (red - other.red, green - other.green, blue - other.blue)
        return (r * r + g * g + b * b).squareRoot()
    }
}

struct Point: Hashable, Sendable {
    var x: Float
    var y: Float

    init(_ x: Float, _ y: Float) { (self.x, self.y) = (x, y) }

    func rotated(by angle: Float) -> Point {
        let (sine, cosine) = (sin(angle), cos(angle))
        return Point(x * cosine - y * sine, x * sine + y * cosine)
    }
}

/// A filled form. The picture reaches from -1 to 1 in both directions, `y` downwards.
enum Shape: Hashable, Sendable {
    /// Turned clockwise by `angle`, in radians.
    case ellipse(Point, width: Float, height: Float, angle: Float = 0)
    case polygon([Point])
    /// A line with round ends.
    case line(Point, Point, width: Float)

    static func circle(_ centre: Point, _ radius: Float) -> Shape {
        .ellipse(centre, width: 2 * radius, height: 2 * radius)
    }

    static func rectangle(_ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float) -> Shape {
        .polygon([Point(x0, y0), Point(x1, y0), Point(x1, y1), Point(x0, y1)])
    }

    func contains(_ p: Point) -> Bool {
        switch self {
        case .ellipse(let centre, let width, let height, let angle):
            let inside = Point(p.x - centre.x, p.y - centre.y).rotated(by: -angle)
            let (u, v) = (2 * inside.x / width, 2 * inside.y / height)
            return u * u + v * v <= 1
        case .polygon(let corners):
            return Self.isInside(p, corners)
        case .line(let a, let b, let width):
            let (dx, dy) = (b.x - a.x, b.y - a.y)
            let length = max(dx * dx + dy * dy, .leastNormalMagnitude)
            let along = max(0, min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length))
            let (u, v) = (p.x - a.x - along * dx, p.y - a.y - along * dy)
            return u * u + v * v <= width * width / 4
        }
    }

    /// A ray to the right crosses the outline an odd number of times.
    private static func isInside(_ p: Point, _ corners: [Point]) -> Bool {
        var isInside = false
        var previous = corners[corners.count - 1]
        for corner in corners {
            if (corner.y > p.y) != (previous.y > p.y),
                p.x < (previous.x - corner.x) * (p.y - corner.y) / (previous.y - corner.y) + corner.x
            {
                isInside.toggle()
            }
            previous = corner
        }
        return isInside
    }
}

/// Forms, each over those before it.
struct Drawing: Hashable, Sendable {
    struct Layer: Hashable, Sendable {
        var shape: Shape
        var colour: Colour
    }
    var layers: [Layer] = []

    mutating func add(_ shape: Shape, _ colour: Colour) { layers.append(Layer(shape: shape, colour: colour)) }

    /// What is drawn at a point; `nil` beside all forms.
    func colour(at point: Point) -> Colour? {
        layers.last { $0.shape.contains(point) }?.colour
    }
}
