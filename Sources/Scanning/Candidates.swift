import Pixels

/// What might be a detection among the windows that were scored so far.
struct Candidates {
    private let labels: [Int]
    private let classCount: Int
    private let lowestScore: Float
    /// Windows scored so far.
    private(set) var windowCount = 0
    /// Every window and label with at least the lowest score, in the order of the windows.
    private(set) var detections: [Detection] = []

    /// - Parameter labels: those that are looked for.
    /// - Parameter classCount: of the model.
    init(labels: [Int], classCount: Int, lowestScore: Float) {
        (self.labels, self.classCount, self.lowestScore) = (labels, classCount, lowestScore)
    }

    /// - Parameter boxes: of windows, in scene pixels.
    /// - Parameter scores: `[n, classCount]`.
    mutating func add(_ boxes: some Collection<PixelRect>, scores: [Float]) {
        precondition(scores.count == boxes.count * classCount)
        for (index, box) in boxes.enumerated() {
            add(box, scores: scores[index * classCount..<(index + 1) * classCount])
        }
    }

    /// - Parameter scores: of all classes.
    mutating func add(_ box: PixelRect, scores: ArraySlice<Float>) {
        windowCount += 1
        for label in labels {
            let score = scores[scores.startIndex + label]
            guard score >= lowestScore else { continue }
            detections.append(Detection(box: box, label: label, score: score))
        }
    }
}
