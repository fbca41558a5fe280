internal import CGDAL
import Files
import Foundation
import Rasters

/// Writes a file of one of GDAL's vector formats: the classes, labels and scores of boxes or points, and an empty field for verdicts.
///
/// Places are in the scene's own coordinate system. Of a scene without one they are in pixels, with y upwards from the upper edge as a
/// GIS shows a picture without a place. GDAL is not thread-safe: use it from one thread at a time.
final class OGRWriter: AnnotationWriter {
    let fileNames: [String]
    private let format: OGRFormat
    private let stem: String
    private let folder: String
    /// Where GDAL writes until all is complete.
    private let workFolder: String
    private let labels: [String: Int]
    /// In the order of their colours.
    private let drawnClasses: [String]
    private let places: Places
    private let cancellation: Cancellation
    private var handle: GDALDatasetH?
    private var layer: OGRLayerH?
    private var isOfPoints: Bool?
    /// Some drivers have fields of their own before ours.
    private var fieldNumbers: [Field: Int32] = [:]
    private var count = 0
    /// Objects whose places the scene's coordinate system does not have.
    private(set) var unplacedCount = 0

    /// From boxes to geometries.
    private enum Places {
        case pixels
        case map(PixelTransformation, wkt: String)
        case earth(EarthPlaces)
    }

    /// The fields, in their order.
    private enum Field: CaseIterable {
        case className, label, score, verdict

        var name: String { self == .className ? "class" : "\(self)" }

        var type: OGRFieldType {
            switch self {
            case .className, .verdict: OFTString
            case .label: OFTInteger
            case .score: OFTReal
            }
        }
    }

    /// - Parameter drawnClasses: in the order of their colours; `nil` for that of their labels.
    /// - Throws: `AnnotationError` where the scene has no places that the format can hold, or this GDAL has no such driver.
    init(
        _ format: OGRFormat, into folder: String, named stem: String, of scene: AnnotatedScene,
        classes: [String], drawnClasses: [String]? = nil, _ cancellation: Cancellation
    ) throws {
        GDAL.start()
        self.format = format
        self.folder = folder
        self.stem = stem
        self.cancellation = cancellation
        labels = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
        self.drawnClasses = drawnClasses ?? classes
        places = try Self.places(of: scene, for: format)
        fileNames = Self.fileNames(of: format, named: stem, for: scene)
        workFolder = PartialFile.newPath(beside: folder + "/" + stem)
        guard let driver = GDALGetDriverByName(format.driver) else {
            throw AnnotationError(
                code: .unsupported, operation: "write \(format.driver)", path: folder,
                cause: "this GDAL has no such driver; install another build")
        }
        try makeFolder(workFolder)
        CPLErrorReset()
        handle = OGRFormat.withFixedDate {
            GDALCreate(driver, workPath(fileNames[0]), 0, 0, 0, GDT_Unknown, nil)
        }
        guard handle != nil else { throw error("create it") }
        // One change after another would each wait for the disk.
        if GDALDatasetTestCapability(handle, "Transactions") != 0 { GDALDatasetStartTransaction(handle, 0) }
    }

    deinit {
        if let handle { GDALClose(handle) }
        try? FileManager.default.removeItem(atPath: workFolder)
    }

    private static func places(of scene: AnnotatedScene, for format: OGRFormat) throws -> Places {
        if format.isOnEarth {
            if let places = EarthPlaces(scene) { return .earth(places) }
            throw AnnotationError(
                code: .unsupported, operation: "write \(format.driver)", path: scene.name,
                cause:
                    "it holds longitude and latitude only, but the scene is not georeferenced")
        }
        // What leads nowhere is as good as none: then places are pixels, and the layer has no system.
        guard let georeference = scene.georeference,
            let transformation = try? PixelTransformation(georeference)
        else { return .pixels }
        return .map(transformation, wkt: georeference.wkt)
    }

    /// The files that it makes of a scene.
    static func fileNames(of format: OGRFormat, named stem: String, for scene: AnnotatedScene) -> [String] {
        let names = format.fileNames(named: stem)
        guard case .pixels? = try? places(of: scene, for: format) else { return names }
        // A Shapefile without a system has no file for it.
        return names.filter { !$0.hasSuffix(".prj") }
    }

    /// Whether places are not pixels.
    static func writesCoordinates(of scene: AnnotatedScene, as format: OGRFormat) -> Bool {
        switch try? places(of: scene, for: format) {
        case .map, .earth: true
        case .pixels, nil: false
        }
    }

    func write(_ annotation: Annotation) throws {
        if count.isMultiple(of: 4096) { try cancellation.check() }
        count += 1
        let layer = try layer(ofPoints: annotation.isPoint)
        guard let feature = OGR_F_Create(OGR_L_GetLayerDefn(layer)) else { throw error("make a feature") }
        defer { OGR_F_Destroy(feature) }
        OGR_F_SetFieldString(feature, number(of: .className), annotation.className)
        if let label = labels[annotation.className] {
            OGR_F_SetFieldInteger(feature, number(of: .label), Int32(clamping: label))
        }
        if let score = annotation.score {
            // As people read it: 0.9 and not 0.89999998.
            OGR_F_SetFieldDouble(feature, number(of: .score), Double("\(score)") ?? Double(score))
        }
        if let verdict = annotation.verdict {
            OGR_F_SetFieldString(feature, number(of: .verdict), verdict.rawValue)
        } else {
            OGR_F_SetFieldNull(feature, number(of: .verdict))
        }
        if let geometry = geometry(of: annotation.shape) {
            OGR_F_SetGeometryDirectly(feature, geometry)
        } else {
            unplacedCount += 1
        }
        CPLErrorReset()
        let status = OGRFormat.withFixedDate { OGR_L_CreateFeature(layer, feature) }
        guard status == OGRERR_NONE else { throw error("write object \(count)") }
    }

    func finish() throws {
        try cancellation.check()
        _ = try layer(ofPoints: isOfPoints ?? false)
        try OGRFormat.withFixedDate {
            if format.driver == "GPKG" { try writeStyle() }
            CPLErrorReset()
            if GDALDatasetTestCapability(handle, "Transactions") != 0 { GDALDatasetCommitTransaction(handle) }
            guard CPLGetLastErrorType() != CE_Failure else { throw error("write the last objects") }
            GDALFlushCache(handle)
            GDALClose(handle)
            handle = nil
            guard CPLGetLastErrorType() != CE_Failure else { throw error("finish") }
        }
        let made = Set(try FileManager.default.contentsOfDirectory(atPath: workFolder))
        let known = format.fileNames(named: stem)
        if let other = made.subtracting(known).min() {
            throw AnnotationError(
                code: .unsupported, operation: "write \(format.driver)", path: folder,
                cause: "this GDAL also writes the file \(other), which is unexpected")
        }
        for name in known where made.contains(name) { try synchronizeFile(workPath(name)) }
        // The one that is opened comes last.
        for name in known.reversed() {
            if made.contains(name) {
                try renameFile(workPath(name), to: folder + "/" + name)
            } else {
                unlink(folder + "/" + name)
            }
        }
        rmdir(workFolder)
    }

    private func workPath(_ name: String) -> String { workFolder + "/" + name }

    /// The layer, which is made for the first object: it holds boxes or points.
    private func layer(ofPoints isOfPoints: Bool) throws -> OGRLayerH {
        if let layer {
            guard self.isOfPoints == isOfPoints else {
                throw AnnotationError(
                    code: .unsupported, operation: "write \(format.driver)", path: folder,
                    cause: "it cannot hold boxes and points in one layer")
            }
            return layer
        }
        let system = try system()
        defer { OSRDestroySpatialReference(system) }
        let type: OGRwkbGeometryType
        switch places {
        // A box over the date line has two polygons.
        case .earth: type = wkbUnknown
        case .pixels, .map: type = isOfPoints ? wkbPoint : wkbPolygon
        }
        CPLErrorReset()
        let made = OGRFormat.withFixedDate {
            GDAL.withOptions(format.layerOptions) { GDALDatasetCreateLayer(handle, stem, system, type, $0) }
        }
        guard let made else { throw error("make a layer") }
        for field in Field.allCases {
            try add(field.name, field.type, isShort: field == .score, to: made)
        }
        let definition = OGR_L_GetLayerDefn(made)
        for field in Field.allCases {
            let number = OGR_FD_GetFieldIndex(definition, field.name)
            guard number >= 0 else { throw error("make the field \(field.name)") }
            fieldNumbers[field] = number
        }
        (layer, self.isOfPoints) = (made, isOfPoints)
        return made
    }

    /// - Parameter field: there is one since the layer was made.
    private func number(of field: Field) -> Int32 { fieldNumbers[field] ?? -1 }

    /// - Parameter isShort: whether a real number has the digits of 32 bits.
    private func add(
        _ name: String, _ type: OGRFieldType, isShort: Bool = false, subtype: OGRFieldSubType = OFSTNone,
        to layer: OGRLayerH
    ) throws {
        guard let definition = OGR_Fld_Create(name, type) else { throw error("make the field \(name)") }
        defer { OGR_Fld_Destroy(definition) }
        if isShort, format.extensions[0] == "shp" {
            OGR_Fld_SetWidth(definition, 12)
            OGR_Fld_SetPrecision(definition, 9)
        }
        OGR_Fld_SetSubType(definition, subtype)
        guard OGR_L_CreateField(layer, definition, 1) == OGRERR_NONE else {
            throw error("make the field \(name)")
        }
    }

    /// The caller destroys it.
    private func system() throws -> OGRSpatialReferenceH? {
        let wkt: String
        switch places {
        case .earth:
            let earth = OSRNewSpatialReference(nil)
            OSRSetWellKnownGeogCS(earth, "WGS84")
            OSRSetAxisMappingStrategy(earth, OAMS_TRADITIONAL_GIS_ORDER)
            return earth
        case .map(_, let own): wkt = own
        case .pixels:
            // A GeoPackage has a number for it (-1); without a system it would have that of unknown degrees.
            guard format.driver == "GPKG" else { return nil }
            wkt = #"LOCAL_CS["Undefined Cartesian SRS",UNIT["unknown",1]]"#
        }
        guard let system = OSRNewSpatialReference(wkt) else { throw error("name its coordinate system") }
        OSRSetAxisMappingStrategy(system, OAMS_TRADITIONAL_GIS_ORDER)
        return system
    }

    /// `nil` where some of its corners have no coordinates; else who takes it destroys it.
    private func geometry(of shape: Annotation.Shape) -> OGRGeometryH? {
        switch (shape, places) {
        case (.box(let box), .earth(let places)):
            guard let polygons = places.polygons(around: box) else { return nil }
            let made = polygons.map { Self.polygon($0.map { (x: $0.longitude, y: $0.latitude) }) }
            guard made.count > 1 else { return made[0] }
            let all = OGR_G_CreateGeometry(wkbMultiPolygon)
            for polygon in made { OGR_G_AddGeometryDirectly(all, polygon) }
            return all
        case (.point(let x, let y), .earth(let places)):
            return places.point(x: x, y: y).flatMap { Self.point($0.longitude, $0.latitude) }
        case (.box(let box), .map(let transformation, _)):
            let corners = box.corners.compactMap { transformation.coordinates(x: $0.x, y: $0.y) }
            return corners.count == 4 ? Self.polygon(corners) : nil
        case (.point(let x, let y), .map(let transformation, _)):
            return transformation.coordinates(x: x, y: y).flatMap { Self.point($0.x, $0.y) }
        case (.box(let box), .pixels):
            return Self.polygon(box.corners.map { (x: $0.x, y: 0 - $0.y) })
        case (.point(let x, let y), .pixels): return Self.point(x, 0 - y)
        }
    }

    private static func point(_ x: Double, _ y: Double) -> OGRGeometryH? {
        let point = OGR_G_CreateGeometry(wkbPoint)
        OGR_G_SetPoint_2D(point, 0, x, y)
        return point
    }

    private static func polygon(_ corners: [(x: Double, y: Double)]) -> OGRGeometryH? {
        let (polygon, ring) = (OGR_G_CreateGeometry(wkbPolygon), OGR_G_CreateGeometry(wkbLinearRing))
        for corner in corners + corners.prefix(1) { OGR_G_AddPoint_2D(ring, corner.x, corner.y) }
        OGR_G_AddGeometryDirectly(polygon, ring)
        return polygon
    }

    /// Puts QGIS's style into the table in which it looks for one.
    ///
    /// - Source: the columns of QGIS 3's `QgsOgrProvider::saveStyle`.
    private func writeStyle() throws {
        let style = QGISStyle(classes: drawnClasses, isOfPoints: isOfPoints ?? false)
        let columns: [(name: String, type: OGRFieldType, value: String)] = [
            ("f_table_catalog", OFTString, ""), ("f_table_schema", OFTString, ""),
            ("f_table_name", OFTString, stem), ("f_geometry_column", OFTString, "geom"),
            ("styleName", OFTString, stem), ("styleQML", OFTString, style.qml), ("styleSLD", OFTString, ""),
            ("useAsDefault", OFTInteger, "1"), ("description", OFTString, "A colour for each class"),
            ("owner", OFTString, ""), ("ui", OFTString, ""),
            ("update_time", OFTDateTime, OGRFormat.fixedDate),
        ]
        CPLErrorReset()
        let made = GDAL.withOptions(["FID=id"]) {
            GDALDatasetCreateLayer(handle, "layer_styles", nil, wkbNone, $0)
        }
        guard let made else { throw error("make its table of styles") }
        for column in columns {
            let subtype = column.name == "useAsDefault" ? OFSTBoolean : OFSTNone
            try add(column.name, column.type, subtype: subtype, to: made)
        }
        guard let feature = OGR_F_Create(OGR_L_GetLayerDefn(made)) else { throw error("make its style") }
        defer { OGR_F_Destroy(feature) }
        for (number, column) in columns.enumerated() {
            OGR_F_SetFieldString(feature, Int32(number), column.value)
        }
        guard OGR_L_CreateFeature(made, feature) == OGRERR_NONE else { throw error("write its style") }
    }

    private func synchronizeFile(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw AnnotationError(
                code: .cannotWrite, operation: "finish", path: folder + "/" + fileNames[0],
                cause: String(cString: strerror(errno)))
        }
    }

    /// In GDAL's words, which it keeps for each thread.
    private func error(_ operation: String) -> AnnotationError {
        let path = folder + "/" + fileNames[0]
        let words = GDAL.words(about: workPath(fileNames[0])).replacing(workFolder, with: "the folder")
        return AnnotationError(
            code: .cannotWrite, operation: operation, path: path,
            cause: words.isEmpty ? "unknown reason" : words)
    }
}
