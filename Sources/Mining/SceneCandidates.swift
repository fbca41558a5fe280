package import Annotations
package import Pixels
package import Scanning

/// Windows of scenes that a person could label, with what is known of them.
package struct SceneCandidates: Sendable {
    private var places: [Candidates.Place] = []
    private var scores: [Float] = []
    private var features: [Float] = []
    private var labels: [Int32] = []
    private let classes: [String]
    private let background: String?
    private var sceneCount: Int32 = 0

    /// - Parameter classes: the model's; empty without one.
    /// - Parameter background: the one among them that means no object.
    package init(classes: [String], background: String?) {
        (self.classes, self.background) = (classes, background)
    }

    /// Adds the windows of one more scene that a scan has collected.
    ///
    /// - Parameter labelled: what somebody has drawn in the scene already. A window has the label of an object with its centre in it.
    package mutating func add(_ windows: CollectedWindows, labelled: [Annotation]) {
        let labelled = LabelledBoxes(labelled, classes)
        for (index, place) in windows.places.enumerated() where windows.isCollected[index] {
            scores += windows.scores[index * windows.classCount..<(index + 1) * windows.classCount]
            features += windows.features[index * windows.featureCount..<(index + 1) * windows.featureCount]
            add(place, labelled)
        }
        sceneCount += 1
    }

    /// Adds windows of one more scene that no model has seen.
    ///
    /// - Parameter features: of each window; `nil` where the strategy needs none. The same for all scenes.
    package mutating func add(places: [PixelRect], features: ArraySlice<Float>?, labelled: [Annotation]) {
        let labelled = LabelledBoxes(labelled, classes)
        self.features += features ?? []
        for place in places { add(place, labelled) }
        sceneCount += 1
    }

    private mutating func add(_ place: PixelRect, _ labelled: LabelledBoxes) {
        places.append(
            Candidates.Place(
                scene: sceneCount, x0: Int32(place.x0), y0: Int32(place.y0), x1: Int32(place.x1),
                y1: Int32(place.y1)))
        labels.append(labelled.label(in: place) ?? -1)
    }

    package var candidates: Candidates {
        func rows(_ values: [Float]) -> FloatRows? {
            values.isEmpty ? nil : FloatRows(values, width: values.count / places.count)
        }
        return Candidates(
            count: places.count, features: rows(features), scores: rows(scores), places: places,
            labels: labels,
            background: scores.isEmpty ? nil : background.flatMap { classes.firstIndex(of: $0) })
    }
}

/// Boxes that are labelled already.
private struct LabelledBoxes {
    /// One pixel in the middle of each box.
    private let centres: [PixelRect]
    private let labels: [Int32]
    private let grid: BoxGrid

    init(_ annotations: [Annotation], _ classes: [String]) {
        let numbers = Dictionary(classes.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: min)
        centres = annotations.map { annotation in
            let box = annotation.box(pointSide: 1).pixels
            return PixelRect(x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, width: 1, height: 1)
        }
        // Without a model only whether there is a label counts.
        labels = annotations.map { numbers[$0.className] ?? 0 }
        grid = BoxGrid(centres)
    }

    /// The class of the first object with its centre in a window.
    func label(in window: PixelRect) -> Int32? {
        grid.indices(near: window).filter { centres[$0].intersection(window) != nil }.min().map { labels[$0] }
    }
}

/// What a scan finds in each window of a scene: scores, and features where the scan gives them.
package struct CollectedWindows: ScoreCollector, Sendable {
    /// In pixels of the whole upright scene, row by row of the grid.
    package let places: [PixelRect]
    let classCount: Int
    private(set) var featureCount = 0
    private(set) var scores: [Float]
    private(set) var features: [Float] = []
    /// Whether a window was scored; others lie outside the area, or are empty.
    private(set) var isCollected: [Bool]
    private let columnCount: Int

    package init(_ task: ScanTask, classCount: Int) {
        let range = task.grid.range
        columnCount = task.grid.columnCount
        places = range.rows.flatMap { row in
            range.columns.map { column in
                task.place(of: WindowRange(rows: row..<row + 1, columns: column..<column + 1))
            }
        }
        self.classCount = classCount
        scores = [Float](repeating: 0, count: places.count * classCount)
        isCollected = [Bool](repeating: false, count: places.count)
    }

    /// Windows come in any order; where they stand here does not depend on it.
    package mutating func collect(_ found: WindowScores) {
        if features.isEmpty, !found.features.isEmpty {
            featureCount = found.features.count / found.windows.windowCount
            features = [Float](repeating: 0, count: places.count * featureCount)
        }
        var source = 0
        for row in found.windows.rows {
            for column in found.windows.columns {
                let index = row * columnCount + column
                isCollected[index] = true
                for label in 0..<classCount {
                    scores[index * classCount + label] = found.scores[source * classCount + label]
                }
                for number in 0..<featureCount {
                    features[index * featureCount + number] =
                        found.features[source * featureCount + number]
                }
                source += 1
            }
        }
    }

    package mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
}
