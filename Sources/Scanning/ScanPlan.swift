public import ModelFiles
import Networks

/// The resolved settings of one scan: enough to do it again. Written as `plan.json` beside the results.
public struct ScanPlan: Hashable, Sendable, Codable {
    public var scenePath: String
    public var modelPath: String
    /// Side of a window in pixels; the model's input size.
    public var windowSize = 32
    /// Pixels from one window to the next, in both directions.
    public var stride = 16
    /// Detections below are not written; in `0...1`.
    public var scoreThreshold: Float = 0.9
    /// Detections below are not even kept for a precision-recall curve; `nil` for `scoreThreshold`.
    public var lowestScore: Float?
    /// Of two detections of one class that overlap more, the better stays; in `0...1`. The default takes a window one
    /// stride away in both directions (IoU 0.14 with windows of two strides) for the same object.
    public var iouThreshold: Float = 0.1
    /// The classes to look for, in the order of their colours; empty for all that the model knows.
    public var classes: [String] = []
    /// Whether the network runs once over each block, instead of over each window: much less work where windows overlap.
    ///
    /// Windows then see what is around them, where alone they see zeros, so that their scores are near the exact ones and
    /// not the same; places are multiples of the network's total stride.
    public var isDense: Bool {
        get { dense ?? false }
        set { dense = newValue ? true : nil }
    }
    /// `nil` for false, as in plans from before there was a choice.
    private var dense: Bool?
    /// Bound on the pixels of one block, in number; the results do not depend on it. About four blocks are in memory at a
    /// time, at three bytes a pixel.
    public var blockPixelLimit = 4 << 20
    /// Of the program and the engine, for the record.
    public var versions: [String: String] = [:]

    public init(scenePath: String, modelPath: String) {
        (self.scenePath, self.modelPath) = (scenePath, modelPath)
    }

    /// The lowest score that is kept.
    var keptScore: Float { min(scoreThreshold, lowestScore ?? scoreThreshold) }

    /// Checks the settings by themselves.
    public func check() throws(ScanError) {
        try require(windowSize > 0, "the window must be at least one pixel wide: \(windowSize)")
        try require(stride > 0, "the stride must be positive: \(stride)")
        try require(
            (0...1).contains(scoreThreshold), "the score threshold must lie in 0...1: \(scoreThreshold)")
        try require(
            (0...1).contains(lowestScore ?? 0), "the lowest score must lie in 0...1: \(lowestScore ?? 0)")
        try require((0...1).contains(iouThreshold), "the IoU threshold must lie in 0...1: \(iouThreshold)")
        try require(blockPixelLimit > 0, "a block must hold at least one pixel: \(blockPixelLimit)")
        try require(Set(classes).count == classes.count, "a class is named twice: \(list(classes))")
    }

    /// Checks that the model can score these windows, and finds the classes in it.
    ///
    /// - Returns: the labels to look for, in the plan's order.
    public func labels(in model: Model) throws(ScanError) -> [Int] {
        let side = model.architecture.inputSize
        guard side == windowSize else {
            throw ScanError(
                code: .wrongWindowSize, operation: "scan with windows of \(windowSize)×\(windowSize) pixels",
                cause: "\(modelPath) takes \(side)×\(side): use --window \(side) or another model")
        }
        var labels: [Int] = []
        for name in classes.isEmpty ? model.classes : classes {
            guard let label = model.classes.firstIndex(of: name) else {
                throw ScanError(
                    code: .unknownClass, operation: "look for \"\(name)\"",
                    cause: "\(modelPath) knows only \(list(model.classes))")
            }
            labels.append(label)
        }
        return labels
    }

    private func require(_ isRight: Bool, _ cause: String) throws(ScanError) {
        guard isRight else { throw ScanError(code: .wrongPlan, operation: "scan", cause: cause) }
    }
}

private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
