import Engines
import Files
import ModelFiles
import Rasters
import Scanning
import Synchronization

/// How fast this machine scans a scene, from a second of it.
struct ScanRate {
    /// With reading; 0 where nothing could be read.
    let windowsPerSecond: Double

    /// Scores windows for about a second and forgets what it finds. Windows that cannot be read are passed over.
    ///
    /// - Parameter limits: as the scan's.
    /// - Throws: as a scan, but for damage.
    init(
        of task: ScanTask, _ scene: Scene, _ model: Model, _ engine: any Engine, limits: ScanLimits,
        cancellation: Cancellation
    ) throws {
        let scan = try SceneScan(
            task.withAllWindows, scene: scene, model: model, engine: engine, limits: limits)
        // What is not read in place is decoded from its beginning on. The lower half may be damaged.
        var windowsPerSecond = 0.0
        for first in scene.isReadInPlace ? [task.grid.rowCount / 2, 0] : [0] where windowsPerSecond == 0 {
            windowsPerSecond = try Self.windowsPerSecond(scan, from: first, cancellation)
        }
        self.windowsPerSecond = windowsPerSecond
    }

    /// - Parameter first: the row of windows to begin with.
    private static func windowsPerSecond(
        _ scan: SceneScan, from first: Int, _ cancellation: Cancellation
    ) throws -> Double {
        var nobody = Nobody()
        let columns = scan.task.grid.range.columns
        // The first time, memory is taken and files are opened.
        try passingOverDamage {
            _ = try scan.score(
                WindowRange(rows: first..<first + 1, columns: 0..<min(64, columns.count)), into: &nobody,
                job: Job<ScanProgress>(cancellation: cancellation))
        }
        let ending = Cancellation()
        let last = Mutex(ScanProgress?.none)
        let job = Job<ScanProgress>(
            cancellation: ending,
            progress: { progress in
                last.withLock { $0 = progress }
                if progress.seconds > 1 || cancellation.isRequested { ending.request() }
            })
        do {
            try passingOverDamage {
                _ = try scan.score(
                    WindowRange(rows: first..<scan.task.grid.rowCount, columns: columns), into: &nobody,
                    job: job)
            }
        } catch is Cancelled {
            try cancellation.check()
        }
        return last.withLock { $0?.windowsPerSecond ?? 0 }
    }

    private static func passingOverDamage(_ score: () throws -> Void) throws {
        do {
            try score()
        } catch let error as ScanError where error.code == .unreadable {
            // The others were scored.
        } catch let error as RasterError where error.code == .cannotRead {
            // None of these windows can be read.
        }
    }

    private struct Nobody: ScoreCollector {
        mutating func collect(_ found: WindowScores) {}
        mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
    }

    /// Estimated; `nil` where nothing was measured.
    func seconds(for windowCount: Int) -> Double? {
        windowsPerSecond > 0 ? Double(windowCount) / windowsPerSecond : nil
    }

    /// For people; `nil` where nothing was measured.
    func text(of windowCount: Int) -> TerminalText? {
        seconds(for: windowCount).map { "about \(duration($0)) at \(whole(windowsPerSecond)) windows/s" }
    }
}
