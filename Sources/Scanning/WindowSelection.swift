import Pixels
public import Rasters

/// Which windows of a grid are scored. The others are finished without a score, and counted.
///
/// It is part of a task, because it decides what is found.
public struct WindowSelection: Hashable, Sendable, Codable {
    /// A window with a smaller share of valid pixels is skipped, where scenes have invalid ones.
    public static let usualLeastValid = 0.5
    /// Windows whose brightness varies less are plain: sky, still water and glass with a camera's noise.
    public static let usualPlainDeviation = 4.0

    /// In `0...1`; a window without any valid pixel is skipped for 0, too. `nil` where all are scored.
    public var leastValid: Double?
    /// A window is skipped whose brightness (0 to 255) has a smaller standard deviation; `nil` where none is.
    public var plainDeviation: Double?
    /// Windows with their centre outside are skipped; `nil` for the whole scene.
    public var area: ScanArea?

    public init(leastValid: Double? = nil, plainDeviation: Double? = nil, area: ScanArea? = nil) {
        self.leastValid = leastValid
        self.plainDeviation = plainDeviation
        self.area = area
    }

    /// What suits a scene where nothing is asked for; `nil` for all windows.
    public static func usual(for scene: SceneView.Resolved) -> WindowSelection? {
        scene.canHaveInvalidPixels ? WindowSelection(leastValid: usualLeastValid) : nil
    }

    /// Whether it is one that there can be; for what was read from a file.
    var isPossible: Bool {
        (0...1).contains(leastValid ?? 0) && (0...255).contains(plainDeviation ?? 0)
            && area?.isPossible ?? true
    }
}

/// Why a window was not scored.
public enum SkipReason: Int, Hashable, Sendable, CaseIterable {
    /// Its centre is outside the area that was asked for.
    case outside
    /// Too few of its pixels are valid.
    case empty
    /// Its pixels hardly vary.
    case plain
    /// There is no such window: the place lies beside the scales at which the scene is seen.
    case beside
}

/// How many windows were not scored, by reason: as `summary.json` has it.
public struct SkippedCounts: Hashable, Sendable, Codable {
    public var outside = 0
    public var empty = 0
    public var plain = 0
    /// These are no windows, so that they are not told of.
    package var beside = 0

    private enum CodingKeys: CodingKey {
        case outside, empty, plain
    }

    public init() {}

    /// How many windows were skipped.
    public var total: Int { outside + empty + plain }

    subscript(reason: SkipReason) -> Int {
        get {
            switch reason {
            case .outside: outside
            case .empty: empty
            case .plain: plain
            case .beside: beside
            }
        }
        set {
            switch reason {
            case .outside: outside = newValue
            case .empty: empty = newValue
            case .plain: plain = newValue
            case .beside: beside = newValue
            }
        }
    }
}

/// Polygons of a scene: what lies in one of them is looked at.
public struct ScanArea: Hashable, Sendable, Codable {
    /// Corners, at most: a task is read again as JSON, of 63 bytes for each.
    public static let cornerLimit = Scene.areaCornerLimit

    /// Of each polygon its rings, of each ring its corners: x, y, x, y, … in pixels of the whole upright scene. A ring
    /// inside another ring is a hole.
    public var polygons: [[[Double]]]

    public init(polygons: [[[Double]]]) { self.polygons = polygons }

    /// A rectangle in pixels.
    public init(x0: Double, y0: Double, x1: Double, y1: Double) {
        self.init(polygons: [[[x0, y0, x1, y0, x1, y1, x0, y1]]])
    }

    public var isPossible: Bool {
        let rings = polygons.joined()
        return rings.reduce(0) { $0 + $1.count } <= 2 * Self.cornerLimit
            && rings.allSatisfy { $0.count.isMultiple(of: 2) && $0.allSatisfy(\.isFinite) }
    }

    /// For each row of a grid, which columns have the centres of their windows in the area: merged, from left to right.
    ///
    /// - Parameter view: how the scene is seen.
    func columns(in grid: ScanGrid, view: SceneView? = nil) -> [[Range<Int>]] {
        func centre(_ start: Int, _ length: Int, _ scale: Double) -> Double {
            // The centre of a window that reaches beyond the scene is taken for the nearest place in the scene.
            min(Double(start) + Double(grid.windowSize) / 2, Double(length) - 0.5) / scale
        }
        guard let stack = view?.stack else {
            let (scaleX, scaleY) = (view?.scale?.x ?? 1, view?.scale?.y ?? 1)
            return columns(
                centresX: (0..<grid.columnCount).map {
                    centre(grid.x(ofColumn: $0), grid.sceneWidth, scaleX)
                },
                centresY: (0..<grid.rowCount).map { centre(grid.y(ofRow: $0), grid.sceneHeight, scaleY) })
        }
        var rows = [[Range<Int>]](repeating: [], count: grid.rowCount)
        for level in stack.levels {
            let found = columns(
                centresX: level.columns.map {
                    centre(grid.x(ofColumn: $0), level.place.width, level.scale.x)
                },
                centresY: level.rows.map {
                    centre(grid.y(ofRow: $0) - level.place.y0, level.place.height, level.scale.y)
                })
            rows.replaceSubrange(level.rows, with: found)
        }
        return rows
    }

    /// The same for centres at given places.
    ///
    /// - Parameter centresX: of each column, ascending, in pixels of the whole scene.
    func columns(centresX: [Double], centresY: [Double]) -> [[Range<Int>]] {
        var rows = [[Range<Int>]](repeating: [], count: centresY.count)
        for polygon in polygons {
            for run in Self.runs(in: polygon, centresX: centresX, centresY: centresY) {
                rows[run.row].append(run.columns)
            }
        }
        return rows.map(\.merged)
    }

    /// The centres that lie in one polygon: from top to bottom and from left to right, each once.
    ///
    /// Cost: O(*c* log *n* + *k* log *k*) for *c* corners, *n* rows and columns, and *k* crossings of edges with the lines of centres.
    static func runs(
        in polygon: [[Double]], centresX: [Double], centresY: [Double]
    ) -> [(row: Int, columns: Range<Int>)] {
        let touched = rows(of: polygon, centresY)
        // For each row that the polygon may have, where the row's line of centres crosses an edge.
        var crossings = [[Double]](repeating: [], count: touched.count)
        for ring in polygon {
            for corner in stride(from: 0, to: ring.count, by: 2) {
                let next = (corner + 2) % ring.count
                let (x0, y0, x1, y1) = (ring[corner], ring[corner + 1], ring[next], ring[next + 1])
                // Half open, so that a corner between two edges counts once.
                let first = centresY.partitionPoint { $0 < min(y0, y1) }
                let end = centresY.partitionPoint { $0 < max(y0, y1) }
                for row in first..<end {
                    crossings[row - touched.lowerBound].append(
                        x0 + (centresY[row] - y0) / (y1 - y0) * (x1 - x0))
                }
            }
        }
        var runs: [(row: Int, columns: Range<Int>)] = []
        for (row, crossings) in zip(touched, crossings) where !crossings.isEmpty {
            let sorted = crossings.sorted()
            for pair in stride(from: 0, to: sorted.count - 1, by: 2) {
                let first = centresX.partitionPoint { $0 < sorted[pair] }
                let end = centresX.partitionPoint { $0 < sorted[pair + 1] }
                if first < end { runs.append((row, first..<end)) }
            }
        }
        return runs
    }

    /// The rows whose centres lie from a polygon's upper to its lower end.
    private static func rows(of polygon: [[Double]], _ centresY: [Double]) -> Range<Int> {
        var upper = Double.infinity
        var lower = -Double.infinity
        for ring in polygon {
            for y in stride(from: 1, to: ring.count, by: 2) {
                upper = min(upper, ring[y])
                lower = max(lower, ring[y])
            }
        }
        guard upper < lower else { return 0..<0 }
        return centresY.partitionPoint { $0 < upper }..<centresY.partitionPoint { $0 < lower }
    }
}

extension Array {
    /// The first place of an ascending list that is not `isBefore`. O(log *n*).
    func partitionPoint(where isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension [Range<Int>] {
    /// The same places as few intervals, from left to right, with a gap between two neighbours.
    var merged: [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

extension WindowRange {
    /// The windows of given columns in each row, as few rectangles from top to bottom; of neighbouring rows that have the same
    /// columns, one.
    ///
    /// - Parameter columns: of a row: intervals from left to right.
    func rectangles(columns: (_ row: Int) -> [Range<Int>]) -> [WindowRange] {
        var rectangles: [WindowRange] = []
        var (first, last) = (rows.lowerBound, [Range<Int>]())
        func close(at row: Int) {
            guard first < row else { return }
            rectangles += last.map { WindowRange(rows: first..<row, columns: $0) }
        }
        for row in rows {
            let now = columns(row)
            if now != last {
                close(at: row)
                (first, last) = (row, now)
            }
        }
        close(at: rows.upperBound)
        return rectangles
    }
}
