package import Pixels

/// Colours from few to many, and those of a picture around them.
public enum ColourRamp: String, CaseIterable, Sendable {
    /// Bright green on nearly black.
    case green
    /// Dark blue on white, for print.
    case paper

    /// Levels that a picture tells apart: with the other colours they fit into the 256 of a GIF.
    static let levelCount = 240

    /// Of nothing at all.
    package var zero: RGB {
        switch self {
        case .green: RGB(6, 14, 9)
        case .paper: RGB(255, 255, 255)
        }
    }

    /// Around the matrix.
    package var ground: RGB {
        switch self {
        case .green: RGB(18, 24, 20)
        case .paper: RGB(255, 255, 255)
        }
    }

    package var ink: RGB {
        switch self {
        case .green: RGB(214, 228, 218)
        case .paper: RGB(30, 30, 30)
        }
    }

    /// Of frames, ticks and what is less important.
    package var faintInk: RGB {
        switch self {
        case .green: RGB(112, 134, 120)
        case .paper: RGB(130, 130, 130)
        }
    }

    /// - Parameter level: in `0...1`.
    package func color(_ level: Double) -> RGB {
        let stops = self.stops
        let place = min(1, max(0, level)) * Double(stops.count - 1)
        let index = min(stops.count - 2, Int(place))
        return stops[index].mixed(with: stops[index + 1], share: place - Double(index))
    }

    /// All colours between few and many.
    var levels: [RGB] { (0..<Self.levelCount).map { color(Double($0) / Double(Self.levelCount - 1)) } }

    /// Evenly spaced; their lightness grows or falls all the way.
    private var stops: [RGB] {
        switch self {
        case .green:
            [RGB(8, 66, 32), RGB(16, 118, 52), RGB(40, 176, 72), RGB(112, 230, 104), RGB(214, 255, 178)]
        case .paper:
            [
                RGB(217, 230, 243), RGB(158, 202, 225), RGB(82, 154, 205), RGB(24, 98, 168), RGB(7, 38, 92),
            ]
        }
    }
}

extension RGB {
    /// - Parameter share: of the other colour, in `0...1`.
    func mixed(with other: RGB, share: Double) -> RGB {
        func mix(_ low: UInt8, _ high: UInt8) -> UInt8 {
            UInt8((Double(low) + (Double(high) - Double(low)) * share).rounded())
        }
        return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }
}
