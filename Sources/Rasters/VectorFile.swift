internal import CGDAL
package import Files
import Foundation

/// One feature of a vector file, with its places in pixels of a scene.
package struct VectorFeature: Sendable {
    /// Of the fields that were asked for; `nil` for what is not set.
    package var values: [String?]
    /// Curves are lines here.
    package var polygons: PixelPolygons = []
    /// As x and y.
    package var points: [[Double]] = []
    /// Whether it has lines or surfaces of other kinds, which stand in neither list.
    package var hasOtherShapes = false
    /// Whether some of its places cannot be brought to the scene's coordinates; it has no places then.
    package var isOutOfReach = false
}

/// One open vector file. Use it from one thread at a time.
package struct VectorFile: ~Copyable {
    package let address: Address
    /// GDAL's name of the format: `"GPKG"`.
    package let driverName: String
    private let handle: GDALDatasetH
    /// Whether it says itself that its places are pixels.
    private let isInPixels: Bool

    /// Formats that hold their features themselves. Others may name any file or server, which would then be read, too.
    private static let drivers = [
        "GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "FlatGeobuf", "ESRI Shapefile",
        "MapInfo File",
        "KML", "LIBKML", "GML", "GPX", "DXF", "DGN", "OpenFileGDB", "OGR_GMT", "JML", "MapML", "Parquet",
        "Arrow", "S57", "OSM", "CSV",
    ]

    /// - Throws: `cannotOpen` where it is no vector file, or one of a format that may name other files.
    package init(opening address: Address) throws(RasterError) {
        GDAL.start()
        CPLErrorReset()
        if let reason = StoredFile.whyAbsent(address) {
            throw RasterError(.cannotOpen, "open as a vector file", address.description, cause: reason)
        }
        let flags = UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR)
        let opened: GDALDatasetH? = GDAL.withConstantOptions(Self.drivers) { drivers in
            // GML may name its schema on a server; the others do not know the option.
            GDAL.withConstantOptions(["DOWNLOAD_SCHEMA=NO"]) { options in
                GDALOpenEx(address.readingPath, flags, drivers, options, nil)
            }
        }
        guard let handle = opened else {
            // Before GDAL is asked again.
            let error = RasterError(.cannotOpen, "open as a vector file", address)
            if let other = Self.otherDriver(of: address) {
                throw RasterError(
                    .cannotOpen, "open as a vector file", address.description,
                    cause:
                        "GDAL's format \(other) is not supported, because it may refer to other files or servers; convert it "
                        + "to a GeoPackage: ogr2ogr -f GPKG")
            }
            throw error
        }
        let driverName = String(cString: GDALGetDriverShortName(GDALGetDatasetDriver(handle)))
        let isInPixels = driverName.hasPrefix("GeoJSON") && Self.saysPixels(address)
        (self.address, self.handle) = (address, handle)
        (self.driverName, self.isInPixels) = (driverName, isInPixels)
    }

    deinit { GDALClose(handle) }

    /// The format that would be opened if all were.
    private static func otherDriver(of address: Address) -> String? {
        let driver = GDALIdentifyDriverEx(address.readingPath, UInt32(GDAL_OF_VECTOR), nil, nil)
        guard let driver, let name = GDALGetDriverShortName(driver).map({ String(cString: $0) }) else {
            return nil
        }
        return drivers.contains(name) ? nil : name
    }

    /// What GeoJSON of ours says near its beginning where its places are pixels: no reader of RFC 7946 could tell it.
    package static let pixelsMark = #""coordinateReference":"scene pixels"#

    private static func saysPixels(_ address: Address) -> Bool {
        guard let file = try? FileReader(opening: address),
            let head = try? file.read(min(file.byteCount, 4096), at: 0)
        else { return false }
        return String(decoding: head, as: UTF8.self).contains(pixelsMark)
    }

    /// Layers that have places, by their numbers; a GeoPackage keeps its styles in a layer without.
    package var layers: [Int] {
        (0..<Int(GDALDatasetGetLayerCount(handle))).filter {
            OGR_L_GetGeomType(GDALDatasetGetLayer(handle, Int32($0))) != wkbNone
        }
    }

    /// How many features a layer has; it may have to be read for that.
    package func featureCount(ofLayer number: Int) -> Int {
        Int(OGR_L_GetFeatureCount(GDALDatasetGetLayer(handle, Int32(number)), 1))
    }

    package func name(ofLayer number: Int) -> String {
        String(cString: OGR_L_GetName(GDALDatasetGetLayer(handle, Int32(number))))
    }

    /// The names of a layer's fields, in their order.
    package func fieldNames(ofLayer number: Int) -> [String] {
        let definition = OGR_L_GetLayerDefn(GDALDatasetGetLayer(handle, Int32(number)))
        return (0..<OGR_FD_GetFieldCount(definition)).map {
            String(cString: OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, $0)))
        }
    }

    /// Goes through the features of a layer.
    ///
    /// Where the layer has a coordinate system, its places are brought to the scene's. Where it has none, they are in the scene's
    /// system, or of a scene without one in pixels: y downwards, or, where most of it lies above the scene, upwards from the scene's upper
    /// edge as a GIS shows a picture without a place.
    ///
    /// - Parameter fields: the names of those whose values are wanted.
    /// - Parameter body: returns whether to go on.
    /// - Throws: `unsupported` where the layer cannot be brought to the scene; `cannotRead`.
    package func forEachFeature(
        ofLayer number: Int, in scene: AnnotatedScene, fields: [String] = [], for operation: String,
        _ body: (VectorFeature) -> Bool
    ) throws(RasterError) {
        guard let layer = GDALDatasetGetLayer(handle, Int32(number)) else { return }
        let places = try LayerPlaces(of: layer, in: scene, isInPixels: isInPixels, file: self, operation)
        OGR_L_ResetReading(layer)
        while true {
            CPLErrorReset()
            guard let feature = OGR_L_GetNextFeature(layer) else { break }
            defer { OGR_F_Destroy(feature) }
            var found = VectorFeature(
                values: fields.map { field in
                    // By name: some drivers find more fields while they read.
                    let number = OGR_F_GetFieldIndex(feature, field)
                    guard number >= 0, OGR_F_IsFieldSetAndNotNull(feature, number) != 0 else { return nil }
                    return String(cString: OGR_F_GetFieldAsString(feature, number))
                })
            places.add(OGR_F_GetGeometryRef(feature), to: &found)
            guard body(found) else { return }
        }
        guard CPLGetLastErrorType() != CE_Failure else {
            throw RasterError(.cannotRead, operation, address)
        }
    }

    /// GeoJSON without a word about it counts as longitude and latitude: beside a scene in pixels, places are pixels all the same.
    fileprivate var impliesSystem: Bool { driverName.hasPrefix("GeoJSON") }
}

/// From a layer's places to a scene's pixels.
private final class LayerPlaces {
    private let toScene: OGRCoordinateTransformationH?
    /// `nil` for places that are pixels.
    private let toPixels: PixelTransformation?
    /// Whether y is counted upwards from the scene's upper edge.
    private let isFlipped: Bool
    /// The longitude of the scene's middle, where its system has longitudes: places are looked for on this side of the Earth.
    private let middleLongitude: Double?

    init(
        of layer: OGRLayerH, in scene: AnnotatedScene, isInPixels: Bool, file: borrowing VectorFile,
        _ operation: String
    ) throws(RasterError) {
        var system = OGR_L_GetSpatialRef(layer)
        if system.map(Self.isUndefined) == true { system = nil }
        guard let georeference = scene.georeference, !isInPixels else {
            guard system == nil || file.impliesSystem else {
                throw RasterError(
                    .unsupported, operation, file.address.description,
                    cause: "it lies on Earth, and \(scene.name) does not say where it lies itself")
            }
            var extent = OGREnvelope()
            let isKnown = OGR_L_GetExtent(layer, &extent, 1) == OGRERR_NONE
            isFlipped = isKnown && extent.MinY + extent.MaxY < 0
            (toScene, toPixels) = (nil, nil)
            middleLongitude = nil
            return
        }
        let pixels = try PixelTransformation(georeference)
        guard pixels.leadsBack else {
            throw RasterError(
                .unsupported, operation, scene.name, cause: "its transform cannot be inverted")
        }
        let sceneSystem = OSRNewSpatialReference(georeference.wkt)
        defer { OSRDestroySpatialReference(sceneSystem) }
        OSRSetAxisMappingStrategy(sceneSystem, OAMS_TRADITIONAL_GIS_ORDER)
        let middle = pixels.coordinates(x: Double(scene.width) / 2, y: Double(scene.height) / 2)
        middleLongitude = OSRIsGeographic(sceneSystem) != 0 ? middle?.x : nil
        if let system, let source = OSRClone(system) {
            defer { OSRDestroySpatialReference(source) }
            OSRSetAxisMappingStrategy(source, OAMS_TRADITIONAL_GIS_ORDER)
            // A plan of a building leads to no other system.
            if OSRIsSame(source, sceneSystem) != 0 {
                toScene = nil
            } else {
                CPLErrorReset()
                toScene = OCTNewCoordinateTransformation(source, sceneSystem)
                guard toScene != nil else { throw RasterError(.unsupported, operation, file.address) }
            }
        } else {
            toScene = nil
        }
        (toPixels, isFlipped) = (pixels, false)
    }

    deinit { OCTDestroyCoordinateTransformation(toScene) }

    /// A GeoPackage has systems that stand for none, and a file of MapInfo has one that is not of the Earth.
    private static func isUndefined(_ system: OGRSpatialReferenceH) -> Bool {
        if OSRIsLocal(system) != 0 { return true }
        guard let name = OSRGetName(system) else { return true }
        return String(cString: name).lowercased().hasPrefix("undefined ")
    }

    /// Adds all places of a geometry to a feature.
    func add(_ geometry: OGRGeometryH?, to feature: inout VectorFeature) {
        guard let geometry else { return }
        if OGR_GT_IsSubClassOf(OGR_G_GetGeometryType(geometry), wkbGeometryCollection) != 0 {
            for part in 0..<OGR_G_GetGeometryCount(geometry) {
                add(OGR_G_GetGeometryRef(geometry, part), to: &feature)
            }
            return
        }
        guard OGR_G_IsEmpty(geometry) == 0, let linear = OGR_G_GetLinearGeometry(geometry, 0, nil) else {
            return
        }
        defer { OGR_G_DestroyGeometry(linear) }
        switch OGR_GT_Flatten(OGR_G_GetGeometryType(linear)) {
        case wkbPolygon:
            var rings: [[Double]] = []
            for ring in 0..<OGR_G_GetGeometryCount(linear) {
                guard let places = pixels(of: OGR_G_GetGeometryRef(linear, ring)) else {
                    return feature.loseAll()
                }
                rings.append(places)
            }
            if !feature.isOutOfReach { feature.polygons.append(rings) }
        case wkbPoint:
            guard let place = pixels(of: linear) else { return feature.loseAll() }
            if !feature.isOutOfReach { feature.points.append(place) }
        default: feature.hasOtherShapes = true
        }
    }

    /// The places of a point or a line as x, y, x, y, …; `nil` where some have no pixel.
    private func pixels(of line: OGRGeometryH?) -> [Double]? {
        let count = OGR_G_GetPointCount(line)
        var xs = (0..<count).map { OGR_G_GetX(line, $0) }
        var ys = (0..<count).map { OGR_G_GetY(line, $0) }
        guard let toPixels else {
            return zip(xs, ys).flatMap { [$0, isFlipped ? -$1 : $1] }
        }
        if let toScene {
            guard (xs + ys).allSatisfy({ abs($0) <= Georeference.largestCoordinate }),
                OCTTransform(toScene, count, &xs, &ys, nil) != 0
            else { return nil }
        }
        if let middleLongitude {
            // A ring that was cut at the date line goes back beside its other half.
            let mean = xs.reduce(0, +) / Double(max(1, xs.count))
            let shift = ((middleLongitude - mean) / 360).rounded() * 360
            if shift.isFinite, shift != 0 { xs = xs.map { $0 + shift } }
        }
        var places: [Double] = []
        places.reserveCapacity(2 * xs.count)
        for (x, y) in zip(xs, ys) {
            guard let place = toPixels.pixels(x: x, y: y) else { return nil }
            places += [place.x, place.y]
        }
        return places
    }
}

extension VectorFeature {
    fileprivate mutating func loseAll() {
        isOutOfReach = true
        (polygons, points) = ([], [])
    }
}
