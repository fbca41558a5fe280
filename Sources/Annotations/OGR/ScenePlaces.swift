import Files
public import Rasters

/// Where the boxes of a scene lie on Earth, for formats that hold longitude and latitude.
struct EarthPlaces {
    private let toEarth: GeographicTransformation

    /// - Returns: `nil` where the scene does not say where it lies, or no place of it has longitude and latitude.
    init?(_ scene: AnnotatedScene) {
        guard let georeference = scene.georeference,
            let toEarth = try? GeographicTransformation(georeference),
            toEarth.reachesEarth(width: scene.width, height: scene.height)
        else { return nil }
        self.toEarth = toEarth
    }

    /// Polygons of corners, with longitudes in `-180...180`: two where a box lies over the date line.
    ///
    /// - Returns: `nil` where a corner has no place on Earth.
    func polygons(around box: AnnotationBox) -> [[EarthPoint]]? {
        var ring: [EarthPoint] = []
        for corner in box.corners {
            guard let place = toEarth.place(x: corner.x, y: corner.y) else { return nil }
            ring.append(place)
        }
        return polygonsOnEarth(around: ring)
    }

    func point(x: Double, y: Double) -> EarthPoint? {
        guard var place = toEarth.place(x: x, y: y) else { return nil }
        if !(-180...180).contains(place.longitude) {
            place.longitude -= (place.longitude / 360).rounded() * 360
        }
        return place
    }
}

extension AnnotationBox {
    /// From the top left one, against the clock where y points up.
    var corners: [(x: Double, y: Double)] { [(x0, y0), (x0, y1), (x1, y1), (x1, y0)] }
}

extension AnnotatedScene {
    /// Whether formats of longitude and latitude can hold its places.
    public var hasPlacesOnEarth: Bool { EarthPlaces(self) != nil }
}
