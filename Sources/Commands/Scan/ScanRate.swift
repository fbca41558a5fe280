import Engines
import Files
import ModelFiles
import Rasters
import Scanning
import Synchronization

/// How fast this machine scans a scene, from a second of it.
struct ScanRate {
    /// With reading.
    let windowsPerSecond: Double

    /// Scores windows for about a second and forgets what it finds.
    ///
    /// - Parameter limits: as the scan's.
    /// - Throws: as a scan.
    init(
        of task: ScanTask, _ scene: Scene, _ model: Model, _ engine: any Engine, limits: ScanLimits,
        cancellation: Cancellation
    ) throws {
        let scan = try SceneScan(
            task.withAllWindows, scene: scene, model: model, engine: engine, limits: limits)
        var nobody = Nobody()
        // What is not read in place is decoded from its beginning on.
        let first = scene.isReadInPlace ? task.grid.rowCount / 2 : 0
        let columns = task.grid.range.columns
        func rows(_ count: Int) -> WindowRange {
            WindowRange(rows: first..<min(task.grid.rowCount, first + count), columns: columns)
        }
        // The first time, memory is taken and files are opened.
        _ = try scan.score(
            WindowRange(rows: first..<first + 1, columns: 0..<min(64, columns.count)), into: &nobody,
            job: Job<ScanProgress>(cancellation: cancellation))
        let ending = Cancellation()
        let last = Mutex(ScanProgress?.none)
        let job = Job<ScanProgress>(
            cancellation: ending,
            progress: { progress in
                last.withLock { $0 = progress }
                if progress.seconds > 1 || cancellation.isRequested { ending.request() }
            })
        do {
            _ = try scan.score(rows(task.grid.rowCount), into: &nobody, job: job)
        } catch is Cancelled {
            try cancellation.check()
        }
        windowsPerSecond = last.withLock { $0?.windowsPerSecond ?? 0 }
    }

    private struct Nobody: ScoreCollector {
        mutating func collect(_ found: WindowScores) {}
        mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
    }

    /// For people; `nil` where nothing was measured.
    func text(of windowCount: Int) -> TerminalText? {
        guard windowsPerSecond > 0 else { return nil }
        return
            "about \(duration(Double(windowCount) / windowsPerSecond)) at \(whole(windowsPerSecond)) windows/s"
    }
}
