import Files
import Foundation
public import Pixels
import Rasters

/// The folder that a scan writes. Each file appears by rename, complete or not at all.
public struct ScanFolder: Hashable, Sendable {
    public let path: String

    public var planPath: String { path + "/plan.json" }
    public var detectionsPath: String { path + "/detections.jsonl" }
    public var geoJSONPath: String { path + "/detections.geojson" }
    public var taggedPath: String { path + "/tagged.png" }
    /// The scene at full size with boxes; only on request.
    public var taggedScenePath: String { path + "/tagged.tif" }
    public var summaryPath: String { path + "/summary.json" }
    /// Written by the command when it is given the truth.
    public var metricsPath: String { path + "/metrics.json" }

    public init(path: String) { self.path = path }

    private var filePaths: [String] {
        [
            planPath, detectionsPath, geoJSONPath, taggedPath, taggedScenePath, summaryPath, metricsPath,
        ]
    }

    /// Makes the folder, or takes one without a scan. A scan that is there stays until `write` replaces it.
    ///
    /// - Parameter overwrites: whether a scan that is already there may be replaced.
    /// - Throws: `ScanError`, `FileError`.
    public func create(overwrites: Bool) throws {
        let files = FileManager.default
        guard overwrites || !filePaths.contains(where: files.fileExists(atPath:)) else {
            throw ScanError(
                code: .scanExists, operation: "write into \(path)",
                cause: "it holds a scan already; give another --output, or --overwrite to replace it")
        }
        try makeFolder(path)
    }

    /// Writes everything that a scan gives, in place of what an older one has left in the folder.
    ///
    /// What was found comes first; then the whole scene is read once more for the pictures. A scan that an unreadable
    /// part of the scene has ended has no pictures where they need that part.
    ///
    /// - Parameter fullSize: whether `tagged.tif` is written as well.
    /// - Throws: the files' and the rasters' errors; what was written until then stays.
    public func write(_ result: ScanResult, fullSize: Bool) throws {
        try writeJSON(result.plan, to: planPath)
        try result.writeJSONLines(to: detectionsPath)
        try writeJSON(ScanSummary(of: result), to: summaryPath)
        try remove(fullSize ? [metricsPath] : [metricsPath, taggedScenePath])
        let scene = try Raster(opening: result.plan.scenePath)
        try result.writeGeoJSON(to: geoJSONPath, georeference: scene.georeference)
        do {
            try writePictures(of: result, fullSize: fullSize)
        } catch {
            guard error.code == .cannotRead && result.failure != nil else { throw error }
            // The part that ended the scan, as the summary says; pictures of an older scan would mislead.
            try remove([taggedPath, taggedScenePath])
        }
    }

    private func writePictures(of result: ScanResult, fullSize: Bool) throws(RasterError) {
        try result.taggedOverview().writePNG(to: taggedPath)
        if fullSize { try result.writeTaggedScene(to: taggedScenePath) }
    }

    private func remove(_ paths: [String]) throws {
        let files = FileManager.default
        for path in paths where files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
    }

    /// The detections that a scan has written, best first.
    ///
    /// - Throws: `FileError`, or `ScanError` with the number of the line that is malformed.
    public func readDetections() throws -> [Detection] {
        let file = try MappedFile(path: detectionsPath)
        let data = file.withBytes { bytes in bytes.withUnsafeBytes { Data($0) } }
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            guard let detection = try? decoder.decode(DetectionLine.self, from: line).detection else {
                throw ScanError(
                    code: .malformedLine, operation: "read \(detectionsPath), line \(index + 1)",
                    cause: "it is not a detection")
            }
            return detection
        }
    }
}
