import Files
import Foundation
package import Pixels
import Rasters

/// Windows that could not be scored because pixels of them cannot be read: a line of `failed.jsonl`.
public struct FailedWindows: Hashable, Sendable, Codable {
    public var rows: Range<Int>
    public var columns: Range<Int>
    /// What the windows cover, in pixels of the whole upright scene: `[x0, y0, x1, y1]`, half open.
    public var box: [Int]
    /// The words of the library that reads the scene.
    public var reason: String

    public init(_ windows: WindowRange, of task: ScanTask, reason: String) {
        (rows, columns) = (windows.rows, windows.columns)
        let bounds = task.place(of: windows)
        box = [bounds.x0, bounds.y0, bounds.x1, bounds.y1]
        self.reason = reason
    }

    public var windows: WindowRange { WindowRange(rows: rows, columns: columns) }

    /// Those that a file lists; none where there is no file. A line that is no such thing is passed over: they are tried again anyway.
    static func read(from path: String) throws -> [FailedWindows] {
        guard let bytes = try readFileIfThere(path, limit: SealedFolder.listByteLimit) else { return [] }
        let decoder = JSONDecoder()
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            try? decoder.decode(FailedWindows.self, from: Data($0))
        }
    }
}

extension ScanGrid {
    /// The windows that have pixels in a rectangle; `nil` where none has.
    ///
    /// - Parameter reach: so far beyond its edges a window's score depends on pixels.
    package func windows(touching rect: PixelRect, reach: Int) -> WindowRange? {
        func indexes(
            _ count: Int, _ start: (Int) -> Int, _ lower: Int, _ upper: Int
        ) -> Range<Int> {
            let first = Self.partition(count) { start($0) + windowSize + reach > lower }
            let end = Self.partition(count) { start($0) - reach >= upper }
            return first..<max(first, end)
        }
        let windows = WindowRange(
            rows: indexes(rowCount, y(ofRow:), rect.y0, rect.y1),
            columns: indexes(columnCount, x(ofColumn:), rect.x0, rect.x1))
        return windows.isEmpty ? nil : windows
    }

    /// The first index below `count` for which something holds that then holds for all that follow.
    private static func partition(_ count: Int, _ holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// The windows of a scan that are lost with what cannot be read.
struct Damage {
    private let task: ScanTask
    private let reach: Int
    /// `nil` as long as there are none.
    private var windows: FinishedWindows?
    private var causes: [(windows: WindowRange, error: RasterError)] = []

    /// - Parameter reach: so far beyond its edges a window's score depends on pixels.
    init(_ task: ScanTask, reach: Int) { (self.task, self.reach) = (task, reach) }

    /// What was said first.
    var firstError: RasterError? { causes.first?.error }
    var windowCount: Int { windows?.windowCount ?? 0 }

    /// Takes in what could not be read of a block.
    ///
    /// - Parameter wanted: windows of the block.
    /// - Returns: those of them that can be scored.
    mutating func add(_ lost: [LostPart], of wanted: [WindowRange]) -> [WindowRange] {
        guard !lost.isEmpty else { return wanted }
        var unreadable = windows ?? FinishedWindows(rowCount: task.grid.rowCount)
        for part in lost {
            guard let touching = task.grid.windows(touching: part.bounds, reach: reach) else { continue }
            for range in wanted {
                guard let windows = range.intersection(touching) else { continue }
                unreadable.insert(windows)
                causes.append((windows, part.error))
            }
        }
        windows = unreadable
        return wanted.flatMap(unreadable.missing)
    }

    /// The largest rectangles of lost windows, each with the first reason there is for one of them.
    var rectangles: [FailedWindows] {
        let causes = causes.sorted { $0.windows.rows.lowerBound < $1.windows.rows.lowerBound }
        var passed = 0
        return (windows?.rectangles ?? []).map { windows in
            // Those of rows above are of no rectangle that follows.
            while passed < causes.count, causes[passed].windows.rows.upperBound <= windows.rows.lowerBound {
                passed += 1
            }
            let cause = causes[passed...].first { $0.windows.intersection(windows) != nil }
            return FailedWindows(windows, of: task, reason: cause?.error.cause ?? "")
        }
    }
}

extension FinishedWindows {
    /// All of its windows as few rectangles: an interval of columns goes on as long as the rows below have the same.
    package var rectangles: [WindowRange] {
        var rectangles: [WindowRange] = []
        var open: [Range<Int>: Int] = [:]
        for row in 0...rowCount {
            let intervals = row < rowCount ? Set(self.intervals(ofRow: row)) : []
            for (columns, first) in open where !intervals.contains(columns) {
                rectangles.append(WindowRange(rows: first..<row, columns: columns))
                open[columns] = nil
            }
            for columns in intervals where open[columns] == nil { open[columns] = row }
        }
        return rectangles.sorted {
            ($0.rows.lowerBound, $0.columns.lowerBound) < ($1.rows.lowerBound, $1.columns.lowerBound)
        }
    }
}

extension ScanState {
    /// What could not be scored when a command on the folder ended last.
    public func readFailures() throws -> [FailedWindows] {
        try FailedWindows.read(from: folder.failedPath)
    }

    /// Lists windows that could not be scored beside the outputs, in place of what was listed of the same range. Where nothing is
    /// left to list, the file goes.
    ///
    /// - Parameter range: of which all were tried that are missing.
    public func writeFailures(_ failures: [FailedWindows], of range: WindowRange) throws {
        try writeFailures(failures, of: [range])
    }

    /// The same for several ranges.
    package func writeFailures(_ failures: [FailedWindows], of ranges: [WindowRange]) throws {
        var tried = FinishedWindows(rowCount: task.grid.rowCount)
        for range in ranges { tried.insert(range) }
        // Of other parts, as far as these are still missing.
        let others = try readFailures().filter { task.grid.range.contains($0.windows) }.flatMap { other in
            tried.missing(in: other.windows).flatMap(finished.missing).map {
                FailedWindows($0, of: task, reason: other.reason)
            }
        }
        let all = (others + failures).sorted {
            ($0.rows.lowerBound, $0.columns.lowerBound) < ($1.rows.lowerBound, $1.columns.lowerBound)
        }
        guard !all.isEmpty else { return try folder.removeFailures() }
        let lines = try all.map { try JSONText($0).text + "\n" }
        try writeFile(lines.joined(), to: .replacing(folder.failedPath))
    }
}
