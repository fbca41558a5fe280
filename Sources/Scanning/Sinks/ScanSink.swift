public import Files
import Pixels
public import Rasters

/// One output of a scan: a file that is made of the merged detections.
///
/// `begin`, `write` and `finish` are called once each, in this order, from one thread. The file appears among the results when
/// all outputs are finished.
public protocol ScanSink: AnyObject {
    /// The file's name in the scan's folder; of several, that of the one which people open.
    var fileName: String { get }
    /// All files that it makes.
    var fileNames: [String] { get }
    /// How the file is made where that is not the usual way: two files of one name may differ in it.
    var form: String? { get }
    /// What people should know about the file when it is finished.
    var warning: String? { get }
    /// The lowest score that it needs; `nil` for the rule's threshold.
    var lowestScore: Float? { get }
    /// Whether it draws the scene: where that cannot be read, there is no such output.
    var drawsScene: Bool { get }

    /// - Parameter folder: where the file is to be made.
    func begin(_ heading: ScanHeading, in folder: String) throws

    /// - Parameter detections: all of at least the lowest score, best first.
    func write(_ detections: MergedDetections.SubSequence) throws

    func finish() throws
}

extension ScanSink {
    public var fileNames: [String] { [fileName] }
    public var form: String? { nil }
    public var warning: String? { nil }
    public var lowestScore: Float? { nil }
    public var drawsScene: Bool { false }
    public func finish() throws {}
}

/// An output that is made of what was kept of the windows, not of merged detections.
protocol CandidateSink: ScanSink {
    /// Called after `write(_:)` with the detections.
    func write(_ candidates: CandidateSet) throws
}

extension Sequence<any ScanSink> {
    /// The names of all files.
    public var fileNames: [String] { flatMap(\.fileNames) }

    /// How files are made that are not made in the usual way, by name.
    public var forms: [String: String] {
        reduce(into: [:]) { forms, sink in
            if let form = sink.form { forms[sink.fileName] = form }
        }
    }
}

/// What a sink knows before the first detection.
public struct ScanHeading: Sendable {
    public var task: ScanTask
    public var context: ScanContext
    public var rule: MergeRule
    /// For pictures; `nil` where it cannot be had.
    public var scene: Scene?
    /// The part of all windows that were scored, in `0...1`.
    public var scoredFraction: Double
    /// To be looked up now and then where writing takes long.
    public var cancellation: Cancellation

    /// The scene at full size, upright.
    ///
    /// - Throws: `ScanError` where the scene cannot be had.
    func openScene() throws -> Raster {
        guard let scene else {
            throw ScanError(
                code: .unreadable, operation: "draw the scene", cause: "\(context.scene) cannot be opened")
        }
        return try scene.openAtFullSize()
    }

    /// What pictures of the scene show.
    ///
    /// - Throws: `Cancelled`.
    func tagging(_ detections: MergedDetections.SubSequence, _ judge: Judge?) throws -> Tagging {
        let detections = Array(detections)
        return Tagging(
            detections: detections, labels: rule.labels, judgement: try judge?(detections, cancellation))
    }
}
