import Files
import Foundation
import Pixels
import Rasters

/// Writes detections as pictures, the best of each class: `crops/CLASS/SCORE-x-y.png`, with the top left corner of the box.
public final class CropsSink: ScanSink {
    static let name = "crops"

    /// Of the folder.
    public let fileName: String = CropsSink.name
    public let drawsScene = true
    /// Pictures of each class, at most.
    public let limit: Int
    private var heading: ScanHeading?
    private var path = ""

    /// - Parameter limit: pictures of each class, at most; positive.
    public init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        do {
            try writePictures(of: detections)
        } catch {
            // Some of them are none.
            try? FileManager.default.removeItem(atPath: path)
            try heading?.cancellation.check()
            throw error
        }
    }

    private func writePictures(of detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let scene = try heading.openScene()
        try makeFolder(path)
        let labels = heading.rule.labels
        let folders = HeatMapSink.fileNames(of: labels.map { heading.context.classes[$0] })
        let folderOfLabel = Dictionary(zip(labels, folders)) { first, _ in first }
        var (counts, crops) = ([Int: Int](), [(box: PixelRect, path: String)]())
        var taken: Set<String> = []
        for detection in detections where counts[detection.label, default: 0] < limit {
            guard let folder = folderOfLabel[detection.label],
                let box = detection.box.intersection(scene.bounds)
            else { continue }
            if counts[detection.label] == nil { try makeFolder("\(path)/\(folder)") }
            counts[detection.label, default: 0] += 1
            // Boxes of several sizes may have one corner and one score.
            let stem = "\(folder)/" + String(format: "%.4f", detection.score) + "-\(box.x0)-\(box.y0)"
            let name = taken.contains(stem) ? "\(stem)-\(box.width)x\(box.height)" : stem
            taken.insert(name)
            crops.append((box, "\(path)/\(name).png"))
        }
        // From top to bottom, as files can be read best.
        crops.sort { ($0.box.y0, $0.box.x0, $0.path) < ($1.box.y0, $1.box.x0, $1.path) }
        for crop in crops {
            try heading.cancellation.check()
            let picture = try scene.read(crop.box, cancellation: heading.cancellation)
            try picture.writePNG(to: .replacing(crop.path), cancellation: heading.cancellation)
        }
        try heading.scene?.check()
    }
}
