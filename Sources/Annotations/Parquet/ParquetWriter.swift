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
            .replacing(folder + "/" + fileNames[0]),
            columns: [
                ParquetColumn(["image"], .binary, isText: true),
                ParquetColumn(["class"], .binary, isText: true),
                ParquetColumn(["score"], .float, isOptional: true),
                ParquetColumn(["x0"], .double), ParquetColumn(["y0"], .double),
                ParquetColumn(["x1"], .double, isOptional: true),
                ParquetColumn(["y1"], .double, isOptional: true),
                ParquetColumn(["visible_fraction"], .float),
                ParquetColumn(["verdict"], .binary, isText: true, isOptional: true),
                ParquetColumn(["bbox", "xmin"], .double), ParquetColumn(["bbox", "ymin"], .double),
                ParquetColumn(["bbox", "xmax"], .double), ParquetColumn(["bbox", "ymax"], .double),
                ParquetColumn(["geometry"], .binary, isOptional: true),
            ])
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
            columns[0].append(image)
            columns[1].append(Array(annotation.className.utf8))
            columns[2].append(annotation.score.map { Double($0) })
            columns[3].append(corners[0].x)
            columns[4].append(corners[0].y)
            columns[5].append(x1)
            columns[6].append(y1)
            columns[7].append(Double(annotation.visibleFraction))
            columns[8].append(annotation.verdict.map { Array($0.rawValue.utf8) })
            columns[9].append(bounds.x0)
            columns[10].append(bounds.y0)
            columns[11].append(bounds.x1)
            columns[12].append(bounds.y1)
            columns[13].append(geometry)
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

    private static func wkb(point: (x: Double, y: Double)) -> [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.appendLittleEndian(UInt32(1))
        append(point, to: &bytes)
        return bytes
    }

    /// - Parameter polygon: its corners, each once; written against the clock where y points up.
    private static func wkb(polygon: [(x: Double, y: Double)]) -> [UInt8] {
        let next = polygon[1...] + polygon[..<1]
        let doubleArea = zip(polygon, next).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }
        let ring = doubleArea < 0 ? [polygon[0]] + polygon[1...].reversed() : polygon
        var bytes: [UInt8] = [1]
        bytes.appendLittleEndian(UInt32(3))
        bytes.appendLittleEndian(UInt32(1))
        bytes.appendLittleEndian(UInt32(ring.count + 1))
        for point in ring + [ring[0]] { append(point, to: &bytes) }
        return bytes
    }

    private static func append(_ point: (x: Double, y: Double), to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(point.x.bitPattern)
        bytes.appendLittleEndian(point.y.bitPattern)
    }
}
