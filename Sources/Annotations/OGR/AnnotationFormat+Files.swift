import Files
public import Rasters

extension AnnotationFormat {
    /// The files that a writer makes of a scene, before there is one.
    public func fileNames(named stem: String, of scene: AnnotatedScene) -> [String] {
        switch kind {
        case .jsonLines: [stem + ".jsonl"]
        case .csv: [stem + ".csv"]
        case .coco: COCOWriter.fileNames(named: stem)
        case .yolo: YOLOWriter.fileNames(named: stem)
        case .voc: VOCWriter.fileNames(named: stem)
        case .labelStudio: LabelStudioWriter.fileNames(named: stem)
        case .parquet: ParquetWriter.fileNames(named: stem)
        case .qupath: QuPathWriter.fileNames(named: stem)
        case .geoJSON: [GeoJSONWriter.fileName(named: stem, isOnEarth: scene.hasPlacesOnEarth)]
        case .ogr(let driver):
            OGRFormat(driver: driver).map { OGRWriter.fileNames(of: $0, named: stem, for: scene) } ?? []
        }
    }

    /// All files that any writer may make, each once: what older results may have left.
    public static func allFileNames(named stem: String) -> [String] {
        let scene = AnnotatedScene(name: "", width: 1, height: 1, georeference: nil)
        let own = [jsonLines, csv, coco, yolo, voc, labelStudio, parquet, qupath].flatMap {
            $0.fileNames(named: stem, of: scene)
        }
        let ofGIS = [true, false].map { GeoJSONWriter.fileName(named: stem, isOnEarth: $0) }
        var all: [String] = []
        for name in own + ofGIS + OGRFormat.all.flatMap({ $0.fileNames(named: stem) })
        where !all.contains(name) { all.append(name) }
        return all
    }

    /// GDAL's drivers that annotations are written by.
    public static let driverNames = OGRFormat.all.map(\.driver)

    /// Whether places are written in the scene's coordinates, or in degrees; else they are pixels.
    public func writesCoordinates(of scene: AnnotatedScene) -> Bool {
        switch kind {
        case .geoJSON: scene.hasPlacesOnEarth
        case .parquet: ParquetWriter.writesCoordinates(of: scene)
        case .ogr(let driver):
            OGRFormat(driver: driver).map { OGRWriter.writesCoordinates(of: scene, as: $0) } ?? false
        case .jsonLines, .csv, .coco, .yolo, .voc, .labelStudio, .qupath: false
        }
    }

    /// Why a scene cannot be written so; `nil` where it can.
    public func objection(to scene: AnnotatedScene) -> String? {
        guard case .ogr(let driver) = kind else { return nil }
        guard let format = OGRFormat(driver: driver) else {
            let known = OGRFormat.all.map(\.driver).joined(separator: ", ")
            return "GDAL's \(driver) cannot be written; these formats can: \(known)"
        }
        guard format.isOnEarth, !scene.hasPlacesOnEarth else { return nil }
        return
            "\(driver) holds longitude and latitude only, but the scene is not georeferenced"
    }
}
