public import Files

/// Polygons in pixels of a whole upright scene: of each polygon its rings, of each ring its corners as x, y, x, y, …
public typealias PixelPolygons = [[[Double]]]

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
                cause: "it does not say where it lies on Earth; give --region in pixels")
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
        let size = view?.fullSize ?? (width, height)
        let target = VectorTarget(
            name: self.address.description, width: size.width, height: size.height,
            georeference: georeference)
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
                "some of its places cannot be brought to the coordinates of \(self.address)"
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
