public import Files

/// Polygons in pixels of a whole upright scene: of each polygon its rings, of each ring its corners as x, y, x, y, …
public typealias PixelPolygons = [[[Double]]]

extension PixelPolygons {
    /// Whether a place lies in one of the polygons. A ring inside another ring is a hole.
    ///
    /// Cost: O(corners). By the even-odd rule: how often a line to the right crosses each ring.
    package func contains(x: Double, y: Double) -> Bool {
        contains { polygon in
            polygon.reduce(false) { $0 != Self.isInside($1, x: x, y: y) }
        }
    }

    private static func isInside(_ ring: [Double], x: Double, y: Double) -> Bool {
        var isInside = false
        let count = ring.count / 2
        for corner in 0..<count {
            let next = (corner + 1) % count
            let (x0, y0) = (ring[2 * corner], ring[2 * corner + 1])
            let (x1, y1) = (ring[2 * next], ring[2 * next + 1])
            if (y0 > y) != (y1 > y), x < x0 + (y - y0) / (y1 - y0) * (x1 - x0) { isInside.toggle() }
        }
        return isInside
    }
}

extension Scene {
    /// Corners of all polygons of an area, at most.
    public static let areaCornerLimit = 1 << 17

    /// A rectangle in the units of the scene's coordinate system.
    ///
    /// - Parameter corners: x0, y0, x1, y1.
    /// - Throws: `unsupported` where the scene does not say where it lies on Earth.
    public func polygons(ofMap corners: [Double]) throws(RasterError) -> PixelPolygons {
        precondition(corners.count == 4)
        let operation = "find a region of its map"
        guard let georeference else {
            throw RasterError(
                .unsupported, operation, address.description,
                cause: "it is not georeferenced; give --region in pixels")
        }
        let transformation = try PixelTransformation(georeference)
        guard transformation.leadsBack else {
            throw RasterError(
                .unsupported, operation, address.description, cause: "its transform cannot be inverted")
        }
        let (x0, y0, x1, y1) = (corners[0], corners[1], corners[2], corners[3])
        let ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].flatMap { corner in
            transformation.pixels(x: corner.0, y: corner.1).map { [$0.x, $0.y] } ?? [.nan, .nan]
        }
        return [[ring]]
    }

    /// The polygons of a vector file, of all its layers.
    ///
    /// Where the file has a coordinate system, its polygons are brought to the scene's. Where it has none, they are in the scene's
    /// system, or of a scene without one in pixels, y downwards.
    ///
    /// - Throws: `cannotOpen` where it is no vector file; `unsupported` where it has no polygons, too many corners, or cannot be
    ///   brought to the scene.
    public func polygons(ofVectorFile address: Address) throws(RasterError) -> PixelPolygons {
        let file = try VectorFile(opening: address)
        let operation = "scan the area of it"
        var target = AnnotatedScene(self)
        target.name = self.address.description
        var polygons: PixelPolygons = []
        var (cornerCount, isOutOfReach) = (0, false)
        for layer in file.layers {
            try file.forEachFeature(ofLayer: layer, in: target, for: operation) { feature in
                polygons += feature.polygons
                cornerCount += feature.polygons.joined().reduce(0) { $0 + $1.count / 2 }
                isOutOfReach = isOutOfReach || feature.isOutOfReach
                return cornerCount <= Self.areaCornerLimit && !isOutOfReach
            }
        }
        let objection: String? =
            if isOutOfReach {
                "some of its points cannot be converted to the coordinates of \(self.address)"
            } else if cornerCount > Self.areaCornerLimit {
                "it has more than \(Self.areaCornerLimit) corners; simplify it"
            } else if polygons.isEmpty {
                "it has no polygons"
            } else {
                nil
            }
        if let objection {
            throw RasterError(.unsupported, operation, address.description, cause: objection)
        }
        return polygons
    }
}
