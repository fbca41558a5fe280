import Bytes
import Foundation

extension DrawnObjects {
    /// One thing of a class, in the colours and proportions that chance gives it.
    static func drawing(
        of label: Int, against background: Background, using random: inout SplitMix64
    ) -> Drawing {
        let paint = Paint(against: background, using: &random)
        var drawing = Drawing()
        switch classNames[label] {
        case "airplane": addAirplane(to: &drawing, paint, &random)
        case "bird": addBird(to: &drawing, paint, &random)
        case "boat": addBoat(to: &drawing, paint, &random)
        case "car": addCar(to: &drawing, paint, &random)
        case "clock": addClock(to: &drawing, paint, &random)
        case "fish": addFish(to: &drawing, paint, &random)
        case "flower": addFlower(to: &drawing, paint, &random)
        case "house": addHouse(to: &drawing, paint, &random)
        case "star": addStar(to: &drawing, paint, &random)
        default: addTree(to: &drawing, paint, &random)
        }
        return drawing
    }

    /// Seen from above: a long body, wings swept back, a tail.
    private static func addAirplane(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let sweep = Float.random(in: 0.05...0.4, using: &random)
        let chord = Float.random(in: 0.2...0.35, using: &random)
        for side: Float in [-1, 1] {
            drawing.add(
                .polygon([
                    Point(0.05 * side, -0.2), Point(0.8 * side, -0.2 + sweep),
                    Point(0.8 * side, -0.05 + sweep), Point(0.05 * side, -0.2 + chord),
                ]), paint.second)
            drawing.add(
                .polygon([
                    Point(0, 0.5), Point(0.32 * side, 0.65), Point(0.32 * side, 0.76), Point(0, 0.72),
                ]), paint.second)
            if sweep > 0.2 {
                drawing.add(.line(Point(0.4 * side, -0.2), Point(0.4 * side, 0.1), width: 0.1), paint.dark)
            }
        }
        drawing.add(.ellipse(Point(0, 0), width: 0.24, height: 1.6), paint.main)
        drawing.add(.ellipse(Point(0, -0.6), width: 0.12, height: 0.14), paint.dark)
    }

    /// From the side: body, head with a beak, raised wing, tail, thin legs.
    private static func addBird(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let lift = Float.random(in: -0.7 ... -0.3, using: &random)
        for x: Float in [-0.05, 0.1] {
            drawing.add(.line(Point(x, 0.2), Point(x + 0.05, 0.65), width: 0.06), paint.dark)
        }
        drawing.add(.polygon([Point(-0.3, 0.05), Point(-0.85, -0.1), Point(-0.8, 0.25)]), paint.second)
        drawing.add(.ellipse(Point(0, 0.1), width: 0.95, height: 0.5), paint.main)
        drawing.add(.circle(Point(0.45, -0.18), 0.22), paint.main)
        drawing.add(
            .polygon([Point(0.62, -0.28), Point(0.95, -0.15), Point(0.62, -0.06)]), Colour(0.95, 0.65, 0.1))
        drawing.add(.polygon([Point(0.2, 0.1), Point(-0.35, lift), Point(-0.45, 0.1)]), paint.second)
        drawing.add(.circle(Point(0.5, -0.22), 0.06), Colour(0, 0, 0))
    }

    /// A hull on a line of water, with sails or with a cabin and a funnel.
    private static func addBoat(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let bow = Float.random(in: 0.1...0.35, using: &random)
        if Float.random(in: 0...1, using: &random) < 0.6 {
            let top = Float.random(in: -0.9 ... -0.65, using: &random)
            drawing.add(.line(Point(0, 0.3), Point(0, top), width: 0.08), paint.dark)
            drawing.add(.polygon([Point(0.07, top), Point(0.07, 0.15), Point(0.65, 0.15)]), paint.light)
            drawing.add(
                .polygon([Point(-0.07, top + 0.15), Point(-0.07, 0.15), Point(-0.5, 0.15)]), paint.light)
        } else {
            drawing.add(.rectangle(-0.4, -0.1, 0.35, 0.3), paint.light)
            for x: Float in [-0.25, 0, 0.22] { drawing.add(.circle(Point(x, 0.08), 0.07), paint.dark) }
            drawing.add(.rectangle(-0.15, -0.55, 0.08, -0.1), paint.second)
            drawing.add(.rectangle(-0.15, -0.55, 0.08, -0.45), paint.dark)
        }
        drawing.add(
            .polygon([Point(-0.75, 0.25), Point(0.85, 0.25), Point(0.85 - bow, 0.62), Point(-0.55, 0.62)]),
            paint.main)
        drawing.add(.line(Point(-0.95, 0.68), Point(0.95, 0.68), width: 0.12), Colour(0.25, 0.5, 0.85))
    }

    /// From the side: two wheels under a body with a cabin and windows.
    private static func addCar(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let roof = Float.random(in: -0.5 ... -0.3, using: &random)
        let rear = Float.random(in: -0.75 ... -0.45, using: &random)
        let wheel = Float.random(in: 0.18...0.24, using: &random)
        drawing.add(
            .polygon([Point(rear, 0.05), Point(rear + 0.12, roof), Point(0.2, roof), Point(0.5, 0.05)]),
            paint.main)
        drawing.add(
            .polygon([
                Point(rear + 0.12, 0.02), Point(rear + 0.2, roof + 0.1), Point(-0.12, roof + 0.1),
                Point(-0.12, 0.02),
            ]), paint.glass)
        drawing.add(
            .polygon([
                Point(-0.03, 0.02), Point(-0.03, roof + 0.1), Point(0.17, roof + 0.1), Point(0.36, 0.02),
            ]),
            paint.glass)
        drawing.add(
            .polygon([
                Point(-0.85, 0), Point(0.5, 0), Point(0.85, 0.12), Point(0.88, 0.4), Point(-0.88, 0.4),
            ]), paint.main)
        drawing.add(.rectangle(0.74, 0.14, 0.88, 0.24), Colour(1, 0.95, 0.6))
        for x: Float in [-0.48, 0.48] {
            drawing.add(.circle(Point(x, 0.4), wheel), Colour(0.08, 0.08, 0.08))
            drawing.add(.circle(Point(x, 0.4), wheel * 0.45), Colour(0.75, 0.75, 0.75))
        }
    }

    /// A round face with marks and two hands.
    private static func addClock(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        drawing.add(.circle(Point(0, 0), 0.8), paint.main)
        drawing.add(.circle(Point(0, 0), 0.64), paint.pale)
        for hour in 0..<12 where hour % 3 == 0 || Bool.random(using: &random) {
            let mark = Point(0, -0.53).rotated(by: Float(hour) * .pi / 6)
            drawing.add(.circle(mark, hour % 3 == 0 ? 0.07 : 0.04), paint.dark)
        }
        let minutes = Float.random(in: 0...6.28, using: &random)
        let hours = Float.random(in: 0...6.28, using: &random)
        drawing.add(
            .line(Point(0, 0), Point(0, -0.5).rotated(by: minutes), width: 0.08), Colour(0.1, 0.1, 0.1))
        drawing.add(
            .line(Point(0, 0), Point(0, -0.32).rotated(by: hours), width: 0.12), Colour(0.1, 0.1, 0.1))
    }

    /// From the side: an oval body, forked tail, fins, an eye.
    private static func addFish(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let height = Float.random(in: 0.5...0.85, using: &random)
        drawing.add(
            .polygon([Point(-0.35, 0), Point(-0.9, -0.4), Point(-0.75, 0), Point(-0.9, 0.4)]), paint.second)
        drawing.add(
            .polygon([Point(-0.2, -0.1), Point(0.05, -height / 2 - 0.25), Point(0.3, -0.1)]), paint.second)
        drawing.add(.ellipse(Point(0.15, 0), width: 1.3, height: height), paint.main)
        for stripe in 0..<Int.random(in: 0...3, using: &random) {
            let x = Float(stripe) * 0.22 - 0.15
            drawing.add(
                .line(Point(x, -height * 0.25), Point(x, height * 0.25), width: 0.09), paint.second)
        }
        drawing.add(.polygon([Point(0.2, 0.05), Point(-0.05, 0.3), Point(0.02, 0.02)]), paint.second)
        drawing.add(.circle(Point(0.55, -0.08), 0.11), Colour(1, 1, 1))
        drawing.add(.circle(Point(0.58, -0.08), 0.06), Colour(0, 0, 0))
    }

    /// Petals around a centre, on a stem with a leaf.
    private static func addFlower(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let count = Int.random(in: 5...8, using: &random)
        let green = Colour(0.15, .random(in: 0.4...0.65, using: &random), 0.15)
        drawing.add(.line(Point(0, -0.1), Point(0.05, 0.95), width: 0.1), green)
        drawing.add(.ellipse(Point(0.25, 0.6), width: 0.5, height: 0.2, angle: -0.6), green)
        for petal in 0..<count {
            let angle = Float(petal) * 2 * .pi / Float(count)
            let place = Point(0.36, 0).rotated(by: angle)
            drawing.add(
                .ellipse(
                    Point(place.x, place.y - 0.25), width: 0.5, height: 2 / Float(count) + 0.02, angle: angle),
                petal % 2 == 0 ? paint.main : paint.main.mixed(with: paint.light, 0.25))
        }
        drawing.add(.circle(Point(0, -0.25), 0.2), Colour(0.95, 0.8, 0.15))
    }

    /// Walls, a gabled roof, a door, windows, perhaps a chimney.
    private static func addHouse(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let ridge = Float.random(in: -0.85 ... -0.55, using: &random)
        if .random(using: &random) { drawing.add(.rectangle(0.3, ridge, 0.5, -0.1), paint.dark) }
        drawing.add(.rectangle(-0.6, -0.15, 0.6, 0.75), paint.main)
        drawing.add(.polygon([Point(-0.8, -0.1), Point(0, ridge), Point(0.8, -0.1)]), paint.second)
        let door = Float.random(in: -0.35...0.1, using: &random)
        drawing.add(.rectangle(door, 0.25, door + 0.28, 0.75), paint.dark)
        for x in [door - 0.1, door + 0.55] where abs(x) < 0.55 {
            drawing.add(.rectangle(x - 0.12, 0.05, x + 0.14, 0.32), paint.glass)
        }
    }

    /// Points around a centre, with a smaller star inside.
    private static func addStar(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let count = Int.random(in: 5...6, using: &random)
        let depth = Float.random(in: 0.35...0.5, using: &random)
        func outline(_ radius: Float) -> Shape {
            .polygon(
                (0..<2 * count).map { corner in
                    Point(0, corner % 2 == 0 ? -radius : -radius * depth)
                        .rotated(by: Float(corner) * .pi / Float(count))
                })
        }
        drawing.add(outline(0.9), paint.main)
        if .random(using: &random) { drawing.add(outline(0.55), paint.light) }
    }

    /// A trunk with round leaves, or with the steps of a fir.
    private static func addTree(to drawing: inout Drawing, _ paint: Paint, _ random: inout SplitMix64) {
        let leaves = Colour(
            hue: .random(in: 0.2...0.42, using: &random), saturation: .random(in: 0.5...0.9, using: &random),
            value: .random(in: 0.3...0.7, using: &random))
        drawing.add(.rectangle(-0.1, 0.1, 0.1, 0.9), Colour(0.4, 0.25, 0.12))
        guard Bool.random(using: &random) else {
            for step: Float in [0, 1, 2] {
                let (top, half) = (0.05 - step * 0.4, 0.65 - step * 0.15)
                drawing.add(
                    .polygon([Point(0, top - 0.35), Point(half, top + 0.4), Point(-half, top + 0.4)]),
                    step == 1 ? leaves.darker.mixed(with: leaves, 0.6) : leaves)
            }
            return
        }
        for place in [Point(-0.3, -0.1), Point(0.3, -0.1), Point(0, -0.4), Point(0, -0.05)] {
            let radius = Float.random(in: 0.3...0.42, using: &random)
            drawing.add(.circle(place, radius), leaves.mixed(with: leaves.lighter, place.y < -0.2 ? 0.25 : 0))
        }
    }
}

/// The colours of one object; the main one stands out from the background.
private struct Paint {
    var main: Colour
    var second: Colour

    init(against background: Background, using random: inout SplitMix64) {
        main = Self.vivid(using: &random)
        var tries = 0
        while main.distance(to: background.mean) < 0.45 && tries < 20 {
            main = Self.vivid(using: &random)
            tries += 1
        }
        second = .random(using: &random) ? main.darker : Self.vivid(using: &random)
    }

    private static func vivid(using random: inout SplitMix64) -> Colour {
        Colour(
            hue: .random(in: 0...1, using: &random), saturation: .random(in: 0.2...1, using: &random),
            value: .random(in: 0.35...1, using: &random))
    }

    var dark: Colour { main.darker.darker }
    var light: Colour { second.lighter }
    var pale: Colour { Colour(1, 1, 0.95).mixed(with: second, 0.1) }
    var glass: Colour { Colour(0.75, 0.88, 0.95) }
}
