import Bytes
internal import CGDAL
import Files
import Foundation
import Rasters

/// Writes GeoParquet 1.1: a row for each object, with its outline in the scene's coordinate system, or in pixels (y downwards, and
/// `crs` null) where it has none.
final class ParquetWriter: AnnotationWriter {
    let fileNames: [String]
    private var file: ParquetFile
    private let version: String
    private let image: [UInt8]
    private let crs: String?
    private let pixels: PixelTransformation?
    private var extent = Extent()
    /// Objects without an outline, because the scene's coordinates do not reach there.
    private(set) var unplacedCount = 0
    private var kinds: Set<String> = []
    private var point: CancellationPoint

    private struct Extent {
        var x0 = Double.infinity
        var y0 = Double.infinity
        var x1 = -Double.infinity
        var y1 = -Double.infinity

        /// Lies in no part that anybody asks for.
        static let none = Extent(x0: .nan, y0: .nan, x1: .nan, y1: .nan)

        init() {}

        private init(x0: Double, y0: Double, x1: Double, y1: Double) {
            self.x0 = x0
            self.y0 = y0
            self.x1 = x1
            self.y1 = y1
        }

        init(_ points: [(x: Double, y: Double)]) { for point in points { add(point.x, point.y) } }

        mutating func add(_ x: Double, _ y: Double) {
            x0 = min(x0, x)
            y0 = min(y0, y)
            x1 = max(x1, x)
            y1 = max(y1, y)
        }
    }

    init(
        _ folder: String, _ stem: String, _ scene: AnnotatedScene, version: String,
        _ cancellation: Cancellation
    ) throws {
        fileNames = Self.fileNames(named: stem)
        self.version = version
        image = Array(scene.name.utf8)
        point = CancellationPoint(cancellation)
        crs = scene.georeference.flatMap { Self.projJSON($0.wkt) }
        pixels = try crs == nil ? nil : scene.georeference.map { try PixelTransformation($0) }
        file = try ParquetFile(
            .replacing(folder + "/" + fileNames[0]), columns: Column.allCases.map(\.column))
    }

    /// In the order in which they stand in the file.
    private enum Column: Int, CaseIterable {
        case image, className, score, x0, y0, x1, y1, visibleFraction, verdict
        case left, lower, right, upper, geometry

        var column: ParquetColumn {
            switch self {
            case .image: ParquetColumn(["image"], .binary, isText: true)
            case .className: ParquetColumn(["class"], .binary, isText: true)
            case .score: ParquetColumn(["score"], .float, isOptional: true)
            case .x0: ParquetColumn(["x0"], .double)
            case .y0: ParquetColumn(["y0"], .double)
            case .x1: ParquetColumn(["x1"], .double, isOptional: true)
            case .y1: ParquetColumn(["y1"], .double, isOptional: true)
            case .visibleFraction: ParquetColumn(["visible_fraction"], .float)
            case .verdict: ParquetColumn(["verdict"], .binary, isText: true, isOptional: true)
            case .left: ParquetColumn(["bbox", "xmin"], .double)
            case .lower: ParquetColumn(["bbox", "ymin"], .double)
            case .right: ParquetColumn(["bbox", "xmax"], .double)
            case .upper: ParquetColumn(["bbox", "ymax"], .double)
            case .geometry: ParquetColumn(["geometry"], .binary, isOptional: true)
            }
        }
    }

    static func fileNames(named stem: String) -> [String] { [stem + ".parquet"] }

    /// Whether it is GeoParquet.
    static func writesCoordinates(of scene: AnnotatedScene) -> Bool {
        scene.georeference.flatMap { projJSON($0.wkt) } != nil
    }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        let corners: [(x: Double, y: Double)]
        var (x1, y1): (Double?, Double?) = (nil, nil)
        switch annotation.shape {
        case .point(let x, let y): corners = [(x, y)]
        case .box(let box):
            corners = [(box.x0, box.y0), (box.x0, box.y1), (box.x1, box.y1), (box.x1, box.y0)]
            x1 = box.x1
            y1 = box.y1
        }
        let places = corners.compactMap { place($0.x, $0.y) }
        let geometry: [UInt8]?
        let bounds: Extent
        if places.count == corners.count {
            bounds = Extent(places)
            extent.add(bounds.x0, bounds.y0)
            extent.add(bounds.x1, bounds.y1)
            kinds.insert(annotation.isPoint ? "Point" : "Polygon")
            geometry = annotation.isPoint ? Self.wkb(point: places[0]) : Self.wkb(polygon: places)
        } else {
            bounds = Extent.none
            geometry = nil
            unplacedCount += 1
        }
        try file.append { columns in
            func append(_ value: Double?, _ column: Column) { columns[column.rawValue].append(value) }
            func append(_ value: [UInt8]?, _ column: Column) { columns[column.rawValue].append(value) }
            append(image, .image)
            append(Array(annotation.className.utf8), .className)
            append(annotation.score.map { Double($0) }, .score)
            append(corners[0].x, .x0)
            append(corners[0].y, .y0)
            append(x1, .x1)
            append(y1, .y1)
            append(Double(annotation.visibleFraction), .visibleFraction)
            append(annotation.verdict.map { Array($0.rawValue.utf8) }, .verdict)
            append(bounds.x0, .left)
            append(bounds.y0, .lower)
            append(bounds.x1, .right)
            append(bounds.y1, .upper)
            append(geometry, .geometry)
        }
    }

    func finish() throws {
        try file.finish(metadata: [("geo", geoMetadata)], creator: "tilescope \(version)")
    }

    private func place(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
        guard let pixels else { return (x, y) }
        guard let place = pixels.coordinates(x: x, y: y), place.x.isFinite, place.y.isFinite else {
            return nil
        }
        return place
    }

    // MARK: GeoParquet

    /// - Source: version 1.1.0 of the GeoParquet specification.
    private var geoMetadata: String {
        let types = kinds.sorted().map { "\"\($0)\"" }.joined(separator: ",")
        let box =
            extent.x0 <= extent.x1
            ? ",\"bbox\":["
                + [extent.x0, extent.y0, extent.x1, extent.y1].map { shortNumber($0) }
                .joined(separator: ",") + "]" : ""
        let covering = ["xmin", "ymin", "xmax", "ymax"].map { "\"\($0)\":[\"bbox\",\"\($0)\"]" }
        return """
            {"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB",\
            "geometry_types":[\(types)],"crs":\(crs ?? "null")\(box),\
            "covering":{"bbox":{\(covering.joined(separator: ","))}}}}}
            """
    }

    /// A coordinate system as GeoParquet has it.
    ///
    /// - Returns: `nil` where the system is none.
    private static func projJSON(_ wkt: String) -> String? {
        GDAL.start()
        guard !wkt.isEmpty, let system = OSRNewSpatialReference(wkt) else { return nil }
        defer { OSRDestroySpatialReference(system) }
        var words: UnsafeMutablePointer<CChar>?
        let options = CSLSetNameValue(nil, "MULTILINE", "NO")
        defer {
            CSLDestroy(options)
            VSIFree(words)
        }
        let texts = options.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) }
        guard OSRExportToPROJJSON(system, &words, texts) == OGRERR_NONE else { return nil }
        return words.map { String(cString: $0) }
    }

    /// Numbers of well-known binary.
    private enum WKB {
        static let littleEndian: UInt8 = 1
        static let point: UInt32 = 1
        static let polygon: UInt32 = 3
    }

    private static func wkb(point: (x: Double, y: Double)) -> [UInt8] {
        var bytes = [WKB.littleEndian]
        bytes.appendLittleEndian(WKB.point)
        append(point, to: &bytes)
        return bytes
    }

    /// - Parameter polygon: its corners, each once; written against the clock where y points up.
    private static func wkb(polygon: [(x: Double, y: Double)]) -> [UInt8] {
        let next = polygon[1...] + polygon[..<1]
        let doubleArea = zip(polygon, next).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }
        let ring = doubleArea < 0 ? [polygon[0]] + polygon[1...].reversed() : polygon
        var bytes = [WKB.littleEndian]
        bytes.appendLittleEndian(WKB.polygon)
        let ringCount: UInt32 = 1
        bytes.appendLittleEndian(ringCount)
        // The first corner comes again as the last.
        bytes.appendLittleEndian(UInt32(ring.count + 1))
        for point in ring + [ring[0]] { append(point, to: &bytes) }
        return bytes
    }

    private static func append(_ point: (x: Double, y: Double), to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(point.x.bitPattern)
        bytes.appendLittleEndian(point.y.bitPattern)
    }
}
