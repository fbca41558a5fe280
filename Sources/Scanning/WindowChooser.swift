import Pixels
package import Rasters

/// Says which windows of a task are scored.
struct WindowChooser {
    /// Windows that are skipped together, with the reason.
    struct Skipped: Hashable {
        var windows: WindowRange
        var reason: SkipReason
    }

    private let grid: ScanGrid
    private let leastValid: Double?
    private let plainDeviation: Double?
    /// By row, the columns in the area; `nil` for all.
    private let columns: [[Range<Int>]]?
    /// The scales that stand one below another; empty for a single one.
    private let levels: [ScaleStack.Level]

    init(_ task: ScanTask) {
        grid = task.grid
        (leastValid, plainDeviation) = (task.selection?.leastValid, task.selection?.plainDeviation)
        columns = task.selection?.area?.columns(in: grid, view: task.view)
        levels = task.view?.stack?.levels ?? []
    }

    /// How many of some windows there are: of several scales, those that lie in one.
    func count(_ windows: [WindowRange]) -> Int {
        guard !levels.isEmpty else { return windows.reduce(0) { $0 + $1.windowCount } }
        return windows.reduce(0) { sum, range in
            sum
                + levels.reduce(0) {
                    $0
                        + (range.intersection(WindowRange(rows: $1.rows, columns: $1.columns))?.windowCount
                            ?? 0)
                }
        }
    }

    /// Divides windows into those of the area and the others; without any pixel.
    func divide(_ windows: [WindowRange]) -> (wanted: [WindowRange], skipped: [Skipped]) {
        var (wanted, skipped) = (windows, [Skipped]())
        if !levels.isEmpty {
            wanted = windows.flatMap { range in
                levels.compactMap { range.intersection(WindowRange(rows: $0.rows, columns: $0.columns)) }
            }
            skipped += windows.flatMap(beside).map { Skipped(windows: $0, reason: .beside) }
        }
        guard let columns else { return (wanted, skipped) }
        let all = wanted
        wanted = []
        for range in all {
            func inside(_ row: Int) -> [Range<Int>] {
                columns[row].map { $0.clamped(to: range.columns) }.filter { !$0.isEmpty }
            }
            wanted += range.rectangles(columns: inside)
            skipped += range.rectangles { range.columns.gaps(between: inside($0)) }
                .map { Skipped(windows: $0, reason: .outside) }
        }
        return (wanted, skipped)
    }

    /// What of a range lies in no scale.
    private func beside(_ range: WindowRange) -> [WindowRange] {
        range.rectangles { row in
            let inside = levels.first { $0.rows.contains(row) }?.columns.clamped(to: range.columns)
            return range.columns.gaps(between: inside.map { $0.isEmpty ? [] : [$0] } ?? [])
        }
    }

    /// Divides windows by what their pixels show.
    ///
    /// - Parameter pixels: of the block that has the windows.
    func divide(
        _ windows: [WindowRange], of block: Block, _ pixels: MaskedImage
    ) -> (wanted: [WindowRange], skipped: [Skipped]) {
        let looksAtValidity = leastValid != nil && pixels.validHW != nil
        guard looksAtValidity || plainDeviation != nil else { return (windows, []) }
        let sums = WindowSums(pixels, withBrightness: plainDeviation != nil)
        var (wanted, skipped) = ([WindowRange](), [Skipped]())
        for range in windows {
            var reasons: [[SkipReason?]] = []
            reasons.reserveCapacity(range.rows.count)
            for row in range.rows {
                reasons.append(range.columns.map { reason(row, $0, block, sums) })
            }
            func runs(of reason: SkipReason?) -> [WindowRange] {
                range.rectangles { row in
                    reasons[row - range.rows.lowerBound].runs(of: reason, from: range.columns.lowerBound)
                }
            }
            wanted += runs(of: nil)
            for reason in [SkipReason.empty, .plain] {
                skipped += runs(of: reason).map { Skipped(windows: $0, reason: reason) }
            }
        }
        return (wanted, skipped)
    }

    /// Why a window is skipped; `nil` where it is scored.
    private func reason(_ row: Int, _ column: Int, _ block: Block, _ sums: WindowSums) -> SkipReason? {
        let box = grid.box(row: row, column: column)
        let scene =
            levels.first { $0.rows.contains(row) }?.place
            ?? PixelRect(x0: 0, y0: 0, x1: grid.sceneWidth, y1: grid.sceneHeight)
        // What pads a scene is neither valid nor not.
        guard let seen = box.intersection(scene) else { return nil }
        let sum = sums.sum(
            PixelRect(
                x: seen.x0 - block.bounds.x0, y: seen.y0 - block.bounds.y0, width: seen.width,
                height: seen.height))
        return WindowSelection.skipReason(
            sum, seenArea: seen.area, leastValid: leastValid, plainDeviation: plainDeviation)
    }
}

extension WindowSelection {
    /// Why a window is skipped that is seen so, as a scan decides it. The area is not looked at.
    package func skipReason(of window: MaskedImage) -> SkipReason? {
        let (width, height) = (window.image.width, window.image.height)
        let sums = WindowSums(window, withBrightness: plainDeviation != nil)
        return Self.skipReason(
            sums.sum(PixelRect(x: 0, y: 0, width: width, height: height)), seenArea: width * height,
            leastValid: leastValid, plainDeviation: plainDeviation)
    }

    fileprivate static func skipReason(
        _ sum: WindowSums.Sum, seenArea: Int, leastValid: Double?, plainDeviation: Double?
    ) -> SkipReason? {
        if let leastValid, sum.valid == 0 || Double(sum.valid) < leastValid * Double(seenArea) {
            return .empty
        }
        guard let plainDeviation else { return nil }
        let count = Double(max(1, sum.valid))
        let mean = Double(sum.brightness) / count
        let variance = Double(sum.squares) / count - mean * mean
        return variance < plainDeviation * plainDeviation ? .plain : nil
    }
}

/// Sums over any rectangle of a block in a moment: how many pixels are valid, and of these the brightness and its squares.
private struct WindowSums {
    struct Sum {
        var valid = 0
        var brightness = 0
        var squares = 0
    }
    private let rowLength: Int
    /// `[H + 1, W + 1]`: the sum of all that lies above and left. Empty where all pixels are valid.
    private let valid: [Int32]
    private let brightness: [Int]
    private let squares: [Int]

    init(_ pixels: MaskedImage, withBrightness: Bool) {
        let (width, height) = (pixels.image.width, pixels.image.height)
        rowLength = width + 1
        // Where all are valid, nothing is counted.
        let validHW = pixels.validHW
        var valid = [Int32](repeating: 0, count: validHW == nil ? 0 : (width + 1) * (height + 1))
        var brightness = [Int](repeating: 0, count: withBrightness ? (width + 1) * (height + 1) : 0)
        var squares = brightness
        for y in 0..<height {
            var validInRow: Int32 = 0
            var brightnessInRow = 0
            var squaresInRow = 0
            for x in 0..<width {
                let place = (y + 1) * rowLength + x + 1
                var isValid = true
                if let validHW {
                    isValid = validHW[y * width + x] != 0
                    if isValid { validInRow += 1 }
                    valid[place] = validInRow + valid[place - rowLength]
                }
                guard withBrightness else { continue }
                if isValid {
                    let first = (y * width + x) * 3
                    // Rec. 601, as thousandths.
                    let light =
                        (299 * Int(pixels.image.pixelsHWC[first]) + 587
                            * Int(pixels.image.pixelsHWC[first + 1])
                            + 114 * Int(pixels.image.pixelsHWC[first + 2]) + 500) / 1000
                    brightnessInRow += light
                    squaresInRow += light * light
                }
                brightness[place] = brightnessInRow + brightness[place - rowLength]
                squares[place] = squaresInRow + squares[place - rowLength]
            }
        }
        self.valid = valid
        self.brightness = brightness
        self.squares = squares
    }

    func sum(_ rect: PixelRect) -> Sum {
        func total<Number: BinaryInteger>(_ sums: [Number]) -> Int {
            let (top, bottom) = (rect.y0 * rowLength, rect.y1 * rowLength)
            return Int(sums[bottom + rect.x1]) - Int(sums[bottom + rect.x0]) - Int(sums[top + rect.x1])
                + Int(sums[top + rect.x0])
        }
        var sum = Sum()
        sum.valid = valid.isEmpty ? rect.area : total(valid)
        guard !brightness.isEmpty else { return sum }
        (sum.brightness, sum.squares) = (total(brightness), total(squares))
        return sum
    }
}

extension Range<Int> {
    /// What is left of it between intervals in it.
    ///
    /// - Parameter intervals: from left to right, apart.
    func gaps(between intervals: [Range<Int>]) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        var next = lowerBound
        for interval in intervals {
            if next < interval.lowerBound { gaps.append(next..<interval.lowerBound) }
            next = interval.upperBound
        }
        if next < upperBound { gaps.append(next..<upperBound) }
        return gaps
    }
}

extension [SkipReason?] {
    /// Where one reason stands, as intervals.
    ///
    /// - Parameter start: the place of the first element.
    fileprivate func runs(of reason: SkipReason?, from start: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var first: Int?
        for (place, other) in enumerated() {
            if other == reason {
                first = first ?? place
            } else if let begin = first {
                runs.append(start + begin..<start + place)
                first = nil
            }
        }
        if let begin = first { runs.append(start + begin..<start + count) }
        return runs
    }
}
