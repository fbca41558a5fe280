import Foundation

/// The corners of a box that is turned about its top left corner, as Label Studio has them.
///
/// - Parameter degrees: clockwise where y points down.
func cornersOfBox(
    x: Double, y: Double, width: Double, height: Double, degrees: Double
) -> [(x: Double, y: Double)] {
    let (cosine, sine) = (cos(degrees / 180 * .pi), sin(degrees / 180 * .pi))
    return [(0, 0), (width, 0), (width, height), (0, height)].map { corner in
        (x + corner.0 * cosine - corner.1 * sine, y + corner.0 * sine + corner.1 * cosine)
    }
}
