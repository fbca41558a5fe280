import Files
import Foundation
public import Rasters

/// Writes where a class scores how high: a GeoTIFF with a number for each cell of the grid, which lies on Earth where the scene does.
public final class HeatMapSink: ScanSink, CandidateSink {
    public let fileName: String
    private let label: Int
    private var heading: ScanHeading?
    private var path = ""

    private static let (prefix, suffix) = ("heat-", ".tif")

    private let georeference: Georeference?

    private init(label: Int, fileName: String, _ georeference: Georeference?) {
        (self.label, self.fileName) = (label, fileName)
        self.georeference = georeference
    }

    public var form: String? { georeference?.words }

    /// One for each class.
    ///
    /// - Parameter labels: that are looked for.
    /// - Parameter classes: names of all labels. What a name of a file cannot have stands there as `_`.
    /// - Parameter georeference: of the scene. Cells lie on Earth where pixels do by a transform.
    public static func sinks(
        labels: [Int], classes: [String], at georeference: Georeference?
    ) -> [any ScanSink] {
        let cellReference = georeference?.hasTransform == true ? georeference : nil
        let names = fileNames(of: labels.map { classes[$0] })
        return zip(labels, names).map {
            HeatMapSink(label: $0, fileName: prefix + $1 + suffix, cellReference)
        }
    }

    /// Safe names of classes that differ, also where files have no capitals.
    static func fileNames(of classes: [String]) -> [String] {
        var taken: Set<String> = []
        return classes.map { name in
            let safe = SceneFolders.safeName(name)
            let free =
                taken.contains(safe.lowercased())
                ? (2...).lazy.map { "\(safe)-\($0)" }.first { !taken.contains($0.lowercased()) } ?? safe
                : safe
            taken.insert(free.lowercased())
            return free
        }
    }

    /// Whether a file in the folder of a scan is a heat map by its name.
    static func isName(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.hasSuffix(suffix) && !name.contains("/")
    }

    public func begin(_ heading: ScanHeading, in folder: String) {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    /// Detections are not in it.
    public func write(_ detections: MergedDetections.SubSequence) {}

    func write(_ candidates: CandidateSet) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let map = HeatMap(of: heading.task)
        var writer = try CellTIFFWriter(
            .replacing(path), width: map.width, height: map.height, cellWidth: map.cellWidth,
            cellHeight: map.cellHeight, georeference: georeference, missing: HeatMap.missing,
            description: heading.context.classes[label])
        for row in stride(from: 0, to: map.height, by: CellTIFFWriter.blockSide) {
            try heading.cancellation.check()
            let rows = row..<min(row + CellTIFFWriter.blockSide, map.height)
            try writer.write(map.cells(inRows: rows, label: label, of: candidates), fromRow: row)
        }
        try writer.commit()
    }
}
