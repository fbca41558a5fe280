internal import CGDAL
public import Files
import Foundation

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
        let toPixels = try toPixels(for: "find a region of its map")
        let (x0, y0, x1, y1) = (corners[0], corners[1], corners[2], corners[3])
        return [[[(x0, y0), (x1, y0), (x1, y1), (x0, y1)].flatMap { toPixels($0.0, $0.1) }]]
    }

    /// The polygons of a vector file, of all its layers.
    ///
    /// Where the file has a coordinate system, its polygons are brought to the scene's. Where it has none, they are in the scene's
    /// system, or of a scene without one in pixels, y downwards.
    ///
    /// - Throws: `cannotOpen` where it is no vector file; `unsupported` where it has no polygons, too many corners, or cannot be
    ///   brought to the scene.
    public func polygons(ofVectorFile address: Address) throws(RasterError) -> PixelPolygons {
        GDAL.start()
        let file = try VectorFile(opening: address)
        var polygons: PixelPolygons = []
        for layer in 0..<file.layerCount {
            polygons += try file.polygons(ofLayer: layer, in: self)
        }
        guard !polygons.isEmpty else {
            throw RasterError(
                .unsupported, "scan the area of it", address.description, cause: "it has no polygons")
        }
        return polygons
    }

    /// From the scene's coordinates to its pixels.
    fileprivate func toPixels(
        for operation: String
    ) throws(RasterError) -> (_ x: Double, _ y: Double) -> [Double] {
        guard var transform = georeference?.transform else {
            throw RasterError(
                .unsupported, operation, address.description,
                cause: "it does not say where it lies on Earth; give --region in pixels")
        }
        var inverse = [Double](repeating: 0, count: 6)
        guard GDALInvGeoTransform(&transform, &inverse) != 0 else {
            throw RasterError(
                .unsupported, operation, address.description, cause: "its transform cannot be inverted")
        }
        return { [inverse] x, y in
            [inverse[0] + x * inverse[1] + y * inverse[2], inverse[3] + x * inverse[4] + y * inverse[5]]
        }
    }
}

/// One open vector file. Use it from one thread at a time.
private struct VectorFile: ~Copyable {
    private let address: Address
    private let handle: GDALDatasetH

    init(opening address: Address) throws(RasterError) {
        CPLErrorReset()
        if let reason = StoredFile.whyAbsent(address) {
            throw RasterError(.cannotOpen, "open as a vector file", address.description, cause: reason)
        }
        guard
            let handle = GDALOpenEx(
                address.readingPath, UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR), nil, nil, nil)
        else { throw RasterError(.cannotOpen, "open as a vector file", address) }
        (self.address, self.handle) = (address, handle)
    }

    deinit { GDALClose(handle) }

    var layerCount: Int { Int(GDALDatasetGetLayerCount(handle)) }

    func polygons(ofLayer number: Int, in scene: Scene) throws(RasterError) -> PixelPolygons {
        let operation = "scan the area of it"
        guard let layer = GDALDatasetGetLayer(handle, Int32(number)) else { return [] }
        let system = OGR_L_GetSpatialRef(layer)
        var toScene: OGRCoordinateTransformationH?
        var toPixels: (Double, Double) -> [Double] = { [$0, $1] }
        if let georeference = scene.georeference {
            toPixels = try scene.toPixels(for: operation)
            if let system {
                let target = OSRNewSpatialReference(georeference.wkt)
                let source = OSRClone(system)
                defer {
                    OSRDestroySpatialReference(target)
                    OSRDestroySpatialReference(source)
                }
                OSRSetAxisMappingStrategy(target, OAMS_TRADITIONAL_GIS_ORDER)
                OSRSetAxisMappingStrategy(source, OAMS_TRADITIONAL_GIS_ORDER)
                toScene = OCTNewCoordinateTransformation(source, target)
                guard toScene != nil else { throw RasterError(.unsupported, operation, address) }
            }
        } else if system != nil, !isInPixels(layer) {
            throw RasterError(
                .unsupported, operation, address.description,
                cause: "it lies on Earth, and \(scene.address) does not say where it lies itself")
        }
        defer { OCTDestroyCoordinateTransformation(toScene) }
        var (polygons, cornerCount): (PixelPolygons, Int) = ([], 0)
        OGR_L_ResetReading(layer)
        while let feature = OGR_L_GetNextFeature(layer) {
            defer { OGR_F_Destroy(feature) }
            guard let linear = Self.polygons(of: OGR_F_GetGeometryRef(feature)) else { continue }
            defer { OGR_G_DestroyGeometry(linear) }
            if let toScene, OGR_G_Transform(linear, toScene) != OGRERR_NONE {
                throw RasterError(.unsupported, operation, address)
            }
            for place in 0..<OGR_G_GetGeometryCount(linear) {
                let polygon = OGR_G_GetGeometryRef(linear, place)
                var rings: [[Double]] = []
                for ring in 0..<OGR_G_GetGeometryCount(polygon) {
                    let line = OGR_G_GetGeometryRef(polygon, ring)
                    let count = Int(OGR_G_GetPointCount(line))
                    cornerCount += count
                    guard cornerCount <= Scene.areaCornerLimit else {
                        throw RasterError(
                            .unsupported, operation, address.description,
                            cause: "it has more than \(Scene.areaCornerLimit) corners; simplify it")
                    }
                    rings.append(
                        (0..<count).flatMap {
                            toPixels(OGR_G_GetX(line, Int32($0)), OGR_G_GetY(line, Int32($0)))
                        })
                }
                polygons.append(rings)
            }
        }
        return polygons
    }

    /// All polygons of a geometry, curves as lines; the caller destroys it. `nil` where there are none.
    private static func polygons(of geometry: OGRGeometryH?) -> OGRGeometryH? {
        guard let geometry, let all = OGR_G_CreateGeometry(wkbMultiPolygon) else { return nil }
        var waiting = [geometry]
        while let next = waiting.popLast() {
            if OGR_GT_IsSubClassOf(OGR_G_GetGeometryType(next), wkbGeometryCollection) != 0 {
                waiting += (0..<OGR_G_GetGeometryCount(next)).compactMap { OGR_G_GetGeometryRef(next, $0) }
                continue
            }
            guard let linear = OGR_G_GetLinearGeometry(next, 0, nil) else { continue }
            defer { OGR_G_DestroyGeometry(linear) }
            if OGR_GT_Flatten(OGR_G_GetGeometryType(linear)) == wkbPolygon { OGR_G_AddGeometry(all, linear) }
        }
        guard OGR_G_GetGeometryCount(all) > 0 else {
            OGR_G_DestroyGeometry(all)
            return nil
        }
        return all
    }

    /// GeoJSON without a word of it counts as longitude and latitude: of a scene in pixels, places are pixels all the same.
    private func isInPixels(_ layer: OGRLayerH) -> Bool {
        String(cString: GDALGetDriverShortName(GDALGetDatasetDriver(handle))) == "GeoJSON"
    }
}
