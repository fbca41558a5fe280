public import Pixels

/// What a scan found, and how.
public struct ScanResult: Hashable, Sendable {
    public var plan: ScanPlan
    public var sceneWidth: Int
    public var sceneHeight: Int
    /// Names of all classes of the model, by label.
    public var classes: [String]
    /// The labels that were looked for, in the plan's order.
    public var labels: [Int]
    /// After suppression, best first, down to the plan's `lowestScore`.
    public var allDetections: [Detection]
    /// Windows that were scored.
    public var windowCount: Int
    public var blockCount: Int
    /// Less than `blockCount` when the scan was interrupted or met a block that cannot be read.
    public var finishedBlockCount: Int
    /// Why the next block could not be read; `nil` where that did not end the scan.
    public var failure: String?
    public var timing: ScanTiming

    public var isComplete: Bool { finishedBlockCount == blockCount }

    /// Those with at least the plan's `scoreThreshold`, best first.
    ///
    /// The same as if the threshold had been applied before suppression: whether a detection is kept is decided by
    /// better ones alone.
    public var detections: ArraySlice<Detection> {
        allDetections.prefix { $0.score >= plan.scoreThreshold }
    }

    /// The detections that are written of each of `labels`, in that order.
    public var counts: [Int] {
        let detections = detections
        return labels.map { label in detections.count { $0.label == label } }
    }
}

/// Where the time of a scan went, in seconds.
public struct ScanTiming: Hashable, Sendable, Codable {
    /// Reading and decoding, on a thread beside the others.
    public var readSeconds = 0.0
    /// Time in which scoring stood still because the next block was not there yet.
    public var waitSeconds = 0.0
    /// Cutting windows and scoring them.
    public var scoreSeconds = 0.0
    /// Non-maximum suppression.
    public var mergeSeconds = 0.0
    /// From the first block to the merged detections; the model's compilation and the outputs are not in it.
    public var totalSeconds = 0.0
    /// Scored windows over `totalSeconds`.
    public var windowsPerSecond = 0.0
}

/// How far a scan is.
public struct ScanProgress: Hashable, Sendable {
    public var finishedWindowCount: Int
    public var windowCount: Int
    /// Since the first block was asked for.
    public var seconds: Double

    public var windowsPerSecond: Double { seconds > 0 ? Double(finishedWindowCount) / seconds : 0 }
    /// Estimated from the rate so far; `nil` before anything is done.
    public var remainingSeconds: Double? {
        guard finishedWindowCount > 0 else { return nil }
        return seconds * Double(windowCount - finishedWindowCount) / Double(finishedWindowCount)
    }
}
