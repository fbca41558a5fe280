/// How candidates become detections. A function of results: it decides nothing about which windows are scored, and a scan can
/// be merged again by another rule.
public struct MergeRule: Hashable, Sendable, Codable {
    /// What is done with candidates that overlap.
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        /// The best stays, and what overlaps it too much goes: greedy non-maximum suppression of each class.
        case suppression
    }
    /// Detections below are not written; in `0...1`.
    public var threshold: Float
    public var method: Method
    /// Where two detections of one class overlap more, the better stays; in `0...1`. The default takes a window one stride
    /// away in both directions (IoU 0.14 with windows of two strides) for the same object.
    public var iou: Float
    /// The labels to look for, in the order of their colours.
    public var labels: [Int]

    public init(labels: [Int], threshold: Float = 0.9, method: Method = .suppression, iou: Float = 0.1) {
        self.labels = labels
        self.threshold = threshold
        self.method = method
        self.iou = iou
    }

    /// - Throws: `ScanError` for values outside their ranges.
    public func check() throws(ScanError) {
        for (name, value) in [("score threshold", threshold), ("IoU threshold", iou)]
        where !(0...1).contains(value) {
            throw ScanError(
                code: .wrongTask, operation: "merge", cause: "the \(name) must lie in 0...1: \(value)")
        }
    }
}
