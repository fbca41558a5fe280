import Files
import Pixels
import Rasters
import Records

extension CutMaker {
    /// Sides of canvases, in pixels: at about 3 MB each, a scene of any size needs little memory.
    private static let canvasSide = 1024
    /// More copies of windows with an object teach nothing more.
    private static let repeatLimit = 500

    /// A scene at one scale.
    private struct Level {
        var number: Int
        var scale: SceneScale
        var marks: [CanvasLabels.Mark]
        var columns: Int
        var rows: Int
    }

    /// A canvas of a level, before it is read.
    private struct Part {
        /// In columns and rows of windows.
        var windows: PixelRect
        /// Those near some of its windows, in their order.
        var marks: [CanvasLabels.Mark] = []
    }

    /// Writes canvases: parts of the scenes, with a window at every stride and a label for each.
    mutating func makeCanvases(
        _ output: OutputFile, stride: Int, _ job: Job<CutProgress>
    ) throws -> CutPack {
        var levels: [Level] = []
        var sizes = ObjectSizes(classes: classes)
        let allSizes = scenes.flatMap { $0.objects.filter { $0.label != nil }.compactMap(\.size) }
        for number in scenes.indices {
            do {
                let own = try self.levels(
                    of: number, allSizes: allSizes, stride: stride, &sizes, job.cancellation)
                if own.isEmpty {
                    counts[number].error = "\(scenes[number].name): it is smaller than a window"
                }
                levels += own
            } catch let error as ScenesError {
                counts[number].error = "\(scenes[number].name): cannot \(error.operation): \(error.cause)"
            }
        }
        let parts = try levels.map { try self.parts(of: $0, stride, job.cancellation) }
        let repeats = try self.repeats(parts, stride, job.cancellation)
        guard parts.contains(where: { !$0.isEmpty }),
            levels.contains(where: { $0.marks.contains { $0.label != nil } })
        else {
            let reasons = counts.compactMap(\.error)
            throw ScenesError(
                code: .unsuitable, operation: "cut canvases", place: scenes.first?.name ?? "the scenes",
                cause: reasons.isEmpty ? "no window contains an object" : reasons.joined(separator: "; "))
        }
        let origin = sizes.origin(background: classes[background], ranges: ranges, plan)
        let writer = try TilePackWriter(
            output, tileWidth: plan.windowSize, tileHeight: plan.windowSize, classNames: classes,
            origin: origin
        )
        let pixelCount = parts.joined().reduce(0) { $0 + rect(of: $1, stride).area }
        try tell(
            3 * pixelCount, counted(parts.reduce(0) { $0 + $1.count }, "canvas", "canvases"), writer, job)
        var progress = CutProgress(doneCount: 0, count: parts.reduce(0) { $0 + $1.count })
        for (level, parts) in zip(levels, parts) where counts[level.number].error == nil {
            do {
                let seen = try scenes[level.number].scene.seen(at: level.scale)
                var reader = try SceneReader(seen)
                for part in parts {
                    try job.checkCancellation()
                    try write(part, of: level, stride, repeats, &reader, to: writer, job.cancellation)
                    try seen.check()
                    progress.doneCount += 1
                    job.report(progress)
                }
            } catch let error as RasterError {
                if error.code == .interrupted { throw Cancelled() }
                counts[level.number].error = "\(error)"
            }
        }
        try writer.commit()
        return CutPack(scenes: counts, origin: origin, repeatCount: repeats)
    }

    /// The scales at which a scene is seen: the one that was asked for, or as few as show its objects in about the size asked for.
    private func levels(
        of number: Int, allSizes: [Double], stride: Int, _ sizes: inout ObjectSizes,
        _ cancellation: Cancellation
    ) throws -> [Level] {
        let scene = scenes[number]
        let placer = TilePlacer(scene, plan, background: background)
        var scales: [SceneScale] = []
        var wantedSize: Double?
        if let fixed = try placer.fixedScale() {
            scales = [fixed]
        } else if case .fill(let fill) = plan.scale {
            let own = scene.objects.filter { $0.label != nil }.compactMap(\.size)
            let counted = own.isEmpty ? allSizes : own
            guard let least = counted.min(), let most = counted.max(), least > 0 else { return [] }
            let wanted = fill * Double(plan.windowSize)
            wantedSize = wanted
            scales = SceneScale.factors(showing: least...most, as: wanted...wanted).map { placer.scale($0) }
                .filter(\.isPossible)
        }
        var levels: [Level] = []
        var point = CancellationPoint(cancellation)
        for scale in scales where min(scale.width, scale.height) >= plan.windowSize {
            var marks: [CanvasLabels.Mark] = scene.falseAlarms.map { box in
                CanvasLabels.Mark(
                    x: Double(box.x0 + box.x1) / 2 * scale.x, y: Double(box.y0 + box.y1) / 2 * scale.y,
                    label: background)
            }
            for (place, object) in scene.objects.enumerated() {
                try point.pass()
                var label = object.label
                if let wantedSize, let size = object.size {
                    // What rounding takes away from a scale.
                    let tolerance =
                        SceneScale.tolerance.lowerBound * 0.999...SceneScale.tolerance.upperBound * 1.001
                    if !tolerance.contains(size * scale.x / wantedSize) { label = nil }
                }
                if label != nil { sizes.add(place, of: scene, scale: scale) }
                marks.append(
                    CanvasLabels.Mark(x: object.centreX * scale.x, y: object.centreY * scale.y, label: label))
            }
            levels.append(
                Level(
                    number: number, scale: scale, marks: marks,
                    columns: (scale.width - plan.windowSize) / stride + 1,
                    rows: (scale.height - plan.windowSize) / stride + 1))
        }
        return levels
    }

    /// How often windows with an object stand in the pack, so that about the share that was asked for is background.
    private func repeats(
        _ parts: [[Part]], _ stride: Int, _ cancellation: Cancellation
    ) throws(Cancelled) -> Int {
        var (all, marked) = (0, 0)
        for part in parts.joined() {
            try cancellation.check()
            all += part.windows.area
            marked += labels(of: part, stride).isMarked.count { $0 }
        }
        guard marked > 0, plan.negativeShare > 0 else { return 1 }
        let wanted = Double(all - marked) * (1 - plan.negativeShare) / plan.negativeShare / Double(marked)
        return Int(min(Double(Self.repeatLimit), max(1, wanted.rounded())))
    }

    /// What the windows of a canvas show.
    private func labels(of part: Part, _ stride: Int) -> CanvasLabels {
        let windows = part.windows
        return CanvasLabels(
            x0: windows.x0 * stride, y0: windows.y0 * stride, columns: windows.width, rows: windows.height,
            stride: stride, windowSize: plan.windowSize, marks: part.marks, radius: plan.labelRadius,
            background: background)
    }

    /// The canvases of a level, each with the marks near it.
    private func parts(
        of level: Level, _ stride: Int, _ cancellation: Cancellation
    ) throws(Cancelled) -> [Part] {
        let count = max(1, (Self.canvasSide - plan.windowSize) / stride + 1)
        var parts: [Part] = []
        for row in Swift.stride(from: 0, to: level.rows, by: count) {
            for column in Swift.stride(from: 0, to: level.columns, by: count) {
                parts.append(
                    Part(
                        windows: PixelRect(
                            x0: column, y0: row, x1: min(level.columns, column + count),
                            y1: min(level.rows, row + count))))
            }
        }
        let columnCount = (level.columns + count - 1) / count
        /// The columns or rows of canvases with a window whose centre is near a place; one more at each end does no harm.
        func near(_ place: Double, _ windowCount: Int) -> ClosedRange<Int>? {
            let half = Double(plan.windowSize) / 2
            let first = ((place - plan.labelRadius - half) / Double(stride)).rounded(.down)
            let last = ((place + plan.labelRadius - half) / Double(stride)).rounded(.up)
            guard last >= 0, first < Double(windowCount) else { return nil }
            return Int(max(0, first)) / count...Int(min(Double(windowCount - 1), last)) / count
        }
        var point = CancellationPoint(cancellation)
        for mark in level.marks {
            try point.pass()
            guard let columns = near(mark.x, level.columns), let rows = near(mark.y, level.rows) else {
                continue
            }
            for row in rows {
                for column in columns { parts[row * columnCount + column].marks.append(mark) }
            }
        }
        return parts
    }

    /// The pixels of a canvas, as they are seen.
    private func rect(of part: Part, _ stride: Int) -> PixelRect {
        PixelRect(
            x: part.windows.x0 * stride, y: part.windows.y0 * stride,
            width: (part.windows.width - 1) * stride + plan.windowSize,
            height: (part.windows.height - 1) * stride + plan.windowSize)
    }

    /// Reads one canvas and writes it with its windows, where there are some.
    private mutating func write(
        _ part: Part, of level: Level, _ stride: Int, _ repeats: Int, _ reader: inout SceneReader,
        to writer: TilePackWriter, _ cancellation: Cancellation
    ) throws {
        let windows = part.windows
        let scene = scenes[level.number]
        let side = plan.windowSize
        let rect = rect(of: part, stride)
        let (x0, y0) = (rect.x0, rect.y0)
        var labels = self.labels(of: part, stride)
        let read = try reader.read(rect, cancellation: cancellation)
        for row in 0..<windows.height {
            for column in 0..<windows.width {
                let (place, corner) = (row * windows.width + column, (x: column * stride, y: row * stride))
                guard labels.labels[place] != nil else { continue }
                let window = PixelRect(x: x0 + corner.x, y: y0 + corner.y, width: side, height: side)
                let half = Double(side) / 2
                let isInside =
                    scene.area?.contains(
                        x: (Double(window.x0) + half) / level.scale.x,
                        y: (Double(window.y0) + half) / level.scale.y) ?? true
                if !isInside {
                    labels.leaveOut(place)
                } else if read.lost.contains(where: { $0.bounds.intersection(window) != nil }) {
                    labels.leaveOut(place)
                    counts[level.number].lostCount += 1
                } else if let skipped = SkippedTile(
                    read.pixels, at: corner, side: side, seen: window, of: window,
                    leastValid: scene.leastValid, plainDeviation: plan.plainDeviation)
                {
                    labels.leaveOut(place)
                    switch skipped {
                    case .empty: counts[level.number].emptyCount += 1
                    case .plain: counts[level.number].plainCount += 1
                    }
                }
            }
        }
        let grids = labels.grids(stride: stride, repeats: repeats)
        guard !grids.isEmpty else { return }
        for (place, label) in labels.labels.enumerated() {
            guard let label else { continue }
            counts[level.number].tileCounts[label] += labels.isMarked[place] ? repeats : 1
            if label == background, labels.isMarked[place] { counts[level.number].falseAlarmCount += repeats }
        }
        try writer.append(read.pixels.image, windows: grids)
    }
}
