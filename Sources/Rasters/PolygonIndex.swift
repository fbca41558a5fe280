import Pixels

/// Polygons that are asked about many places.
///
/// Surveys have tens of thousands of small polygons; only those near a place are looked at.
package struct PolygonIndex: Sendable {
    private let polygons: PixelPolygons
    /// Holds the bounds of the polygons.
    private let grid: BoxGrid

    /// Places further away from the origin than any scene reaches are taken for this far.
    private static let reach = Double(1 << 40)

    package init(_ polygons: PixelPolygons) {
        self.polygons = polygons
        grid = BoxGrid(polygons.map(Self.bounds))
    }

    /// Whether a place lies in one of the polygons, as `PixelPolygons.contains` has it.
    ///
    /// Cost: O(corners of the polygons near it).
    package func contains(x: Double, y: Double) -> Bool {
        let (column, row) = (Self.pixel(x), Self.pixel(y))
        let place = PixelRect(x: column, y: row, width: 1, height: 1)
        return grid.indices(near: place).contains { [polygons[$0]].contains(x: x, y: y) }
    }

    /// The pixels that a polygon touches. A polygon without corners touches one, and holds no place.
    private static func bounds(of polygon: [[Double]]) -> PixelRect {
        var (left, right) = (reach, -reach)
        var (top, bottom) = (reach, -reach)
        for ring in polygon {
            for corner in stride(from: 0, to: ring.count - 1, by: 2) {
                left = min(left, ring[corner])
                right = max(right, ring[corner])
                top = min(top, ring[corner + 1])
                bottom = max(bottom, ring[corner + 1])
            }
        }
        guard left <= right, top <= bottom else { return PixelRect(x: 0, y: 0, width: 1, height: 1) }
        return PixelRect(x0: pixel(left), y0: pixel(top), x1: pixel(right) + 1, y1: pixel(bottom) + 1)
    }

    /// The pixel that a coordinate lies in.
    private static func pixel(_ coordinate: Double) -> Int {
        Int(min(reach, max(-reach, coordinate)).rounded(.down))
    }
}
