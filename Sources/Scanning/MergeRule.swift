public import ModelFiles

/// How candidates become detections. A function of results: it decides nothing about which windows are scored, and a scan can
/// be merged again by another rule.
public struct MergeRule: Hashable, Sendable {
    /// What is done with candidates that overlap.
    public typealias Method = Reading.Method

    /// Detections below are not written; in `0...1`.
    public var threshold: Float
    public var method: Method
    /// Two boxes that overlap more are one object; in `0...1`. The default takes a window one stride away in both directions
    /// (IoU 0.14 with windows of two strides) for the same object.
    public var iou: Float
    /// Whether candidates of different classes are merged too; the label of the best stays.
    public var acrossClasses: Bool
    /// Whether each box moves to the mean of the windows around it before boxes are merged: see `ScanGrid.moved`.
    public var movesBoxes: Bool
    /// How far from a window the others lie to whose mean its box moves, in pixels; `nil` for the next windows only.
    public var moveReach: Int?
    /// The labels to look for, in the order of their colours.
    public var labels: [Int]
    /// After boxes are merged, each becomes this part of its sides, around its middle, in `0.01...1`; `nil` for all of it.
    public var boxShare: Double?

    public init(
        labels: [Int], threshold: Float = 0.9, method: Method = .nms, iou: Float = 0.1,
        acrossClasses: Bool = false, movesBoxes: Bool = false, moveReach: Int? = nil, boxShare: Double? = nil
    ) {
        self.labels = labels
        self.threshold = threshold
        self.method = method
        self.iou = iou
        self.acrossClasses = acrossClasses
        self.movesBoxes = movesBoxes
        self.moveReach = moveReach
        self.boxShare = boxShare
    }

    /// - Throws: `ScanError` for values outside their ranges.
    public func check() throws(ScanError) {
        for (name, value) in [("score threshold", threshold), ("IoU threshold", iou)]
        where !(0...1).contains(value) {
            throw ScanError(
                code: .wrongTask, operation: "merge", cause: "the \(name) must lie in 0...1: \(value)")
        }
        guard (1...1 << 20).contains(moveReach ?? 1) else {
            throw ScanError(
                code: .wrongTask, operation: "merge",
                cause: "the reach of moves must lie in 1...1048576: \(moveReach ?? 0)")
        }
        guard (0.01...1).contains(boxShare ?? 1) else {
            throw ScanError(
                code: .wrongTask, operation: "merge",
                cause: "the share of a window that is shown must lie in 0.01...1: \(boxShare ?? 0)")
        }
    }
}

// MARK: - In files

extension MergeRule: Codable {
    private enum CodingKeys: CodingKey {
        case threshold, method, iou, acrossClasses, movesBoxes, moveReach, labels, boxShare
    }

    /// Rules of older versions have one method and no boxes that move.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            labels: try values.decode([Int].self, forKey: .labels),
            threshold: try values.decode(Float.self, forKey: .threshold),
            method: try values.decode(Method.self, forKey: .method),
            iou: try values.decode(Float.self, forKey: .iou),
            acrossClasses: try values.decodeIfPresent(Bool.self, forKey: .acrossClasses) ?? false,
            movesBoxes: try values.decodeIfPresent(Bool.self, forKey: .movesBoxes) ?? false,
            moveReach: try values.decodeIfPresent(Int.self, forKey: .moveReach),
            boxShare: try values.decodeIfPresent(Double.self, forKey: .boxShare))
    }
}
