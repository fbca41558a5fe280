public import ModelFiles

extension MergeRule {
    /// As a model's contract says.
    public init(labels: [Int], reading: Reading) {
        self.init(
            labels: labels, threshold: reading.threshold, method: reading.method ?? .nms, iou: reading.iou,
            movesBoxes: reading.movesBoxes, moveReach: reading.moveReach, boxShare: reading.boxShare)
    }
}
