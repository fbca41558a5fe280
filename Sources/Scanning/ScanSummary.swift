import Foundation
import Pixels

/// What `summary.json` says of a scan.
public struct ScanSummary: Hashable, Sendable, Codable {
    /// One class that was looked for, and how many of its objects were found.
    public struct ClassCount: Hashable, Sendable, Codable {
        public var className: String
        public var label: Int
        public var detectionCount: Int
    }
    /// False when the scan ended early: then only the first blocks were looked at.
    public var complete: Bool
    /// Why the next block could not be read; absent where that did not end the scan.
    public var failure: String?
    public var blockCount: Int
    public var finishedBlockCount: Int
    public var windowCount: Int
    public var sceneWidth: Int
    public var sceneHeight: Int
    /// In the plan's order.
    public var counts: [ClassCount]
    public var timing: ScanTiming
    /// The most memory that the process held until the summary was written, in bytes.
    public var peakMemoryByteCount: Int
    public var plan: ScanPlan

    public init(of result: ScanResult) {
        (complete, failure) = (result.isComplete, result.failure)
        (blockCount, finishedBlockCount) = (result.blockCount, result.finishedBlockCount)
        windowCount = result.windowCount
        (sceneWidth, sceneHeight) = (result.sceneWidth, result.sceneHeight)
        counts = zip(result.labels, result.counts).map {
            ClassCount(className: result.classes[$0], label: $0, detectionCount: $1)
        }
        (timing, plan) = (result.timing, result.plan)
        peakMemoryByteCount = Self.peakMemoryByteCount()
    }

    private static func peakMemoryByteCount() -> Int {
        var usage = rusage()
        let status = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        precondition(status == 0, "getrusage fails only for arguments that do not exist")
        return usage.ru_maxrss * 1024
    }
}
