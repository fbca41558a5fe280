import Pixels

/// What `summary.json` says of a scan: the same for every scan of one task that is merged by one rule.
public struct ScanSummary: Hashable, Sendable, Codable {
    /// One class that was looked for, and how many of its objects were found.
    public struct ClassCount: Hashable, Sendable, Codable {
        public var className: String
        public var label: Int
        public var detectionCount: Int
    }
    /// False where windows are missing.
    public var complete: Bool
    /// Windows that were scored.
    public var scoredWindowCount: Int
    /// Windows that were not scored, by reason; `nil` where the task wants all.
    public var skipped: SkippedCounts?
    /// Windows of the whole scene, at all scales.
    public var windowCount: Int
    /// In pixels of the whole upright scene, as boxes.
    public var sceneWidth: Int
    public var sceneHeight: Int
    /// Tells the task from others: `ScanTask.digest`.
    public var task: String
    /// In the rule's order.
    public var counts: [ClassCount]
    public var rule: MergeRule
    /// Names of the files that were written beside this one.
    public var outputs: [String] = []
    /// How some of them are made, by name, where that is not the usual way: by ground control points, by a named system,
    /// cloud-optimized. `nil` for none.
    public var forms: [String: String]?

    /// - Parameter detections: that are written.
    init(
        _ heading: ScanHeading, detections: some Sequence<Detection>, finishedWindowCount: Int,
        skipped: SkippedCounts?
    ) throws {
        windowCount = heading.task.windowCount
        self.skipped = heading.task.selection == nil ? nil : skipped
        scoredWindowCount = finishedWindowCount - (skipped?.total ?? 0) - (skipped?.beside ?? 0)
        (sceneWidth, sceneHeight) = heading.task.fullSize
        task = try heading.task.digest
        rule = heading.rule
        complete = finishedWindowCount == heading.task.grid.windowCount
        var found = [Int](repeating: 0, count: heading.context.classes.count)
        for detection in detections { found[detection.label] += 1 }
        counts = heading.rule.labels.map {
            ClassCount(className: heading.context.classes[$0], label: $0, detectionCount: found[$0])
        }
    }
}
