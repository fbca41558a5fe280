import Annotations
import Evaluation
import Files
import Pixels
import Rasters
import Scanning

/// What really is in a scene, for the classes that a scan looks for: read from annotations of any format.
struct SceneTruth {
    /// As it was typed.
    let path: String
    /// Empty where the scene has no object of the classes looked for: then all that is found is a false alarm.
    private(set) var truths: [Truth] = []
    /// Places that somebody has marked as wrong: no objects.
    private(set) var hardNegatives: [Truth] = []
    /// Objects of classes that are not looked for; labels are places in `unsoughtNames`. A point without a size is not among them.
    private(set) var unsought: [Truth] = []
    /// Ascending.
    private(set) var unsoughtNames: [String] = []
    /// In pixels; `nil` where no truth is a point.
    private(set) var objectSize: Double?
    /// What people should know of how it was read; each is a sentence without its end.
    private(set) var notes: [String]
    /// Objects of classes that are not looked for.
    private(set) var otherCount = 0
    /// Objects of classes that nobody knows, by name: perhaps a mistyped one.
    private var unknownCounts: [String: Int] = [:]

    /// - Parameter labels: those that are looked for.
    /// - Parameter classes: names of all labels.
    /// - Parameter background: the class that says that there is no object. What the truth has of it is left out, unless it is looked for.
    /// - Parameter area: that was scanned; `nil` for the whole scene.
    /// - Throws: also where all objects are of classes that are not among these.
    init(
        reading source: TruthSource, of scene: AnnotatedScene, labels: [Int], classes: [String],
        background: String?, area: ScanArea? = nil, cancellation: Cancellation
    ) throws {
        try self.init(
            reading: source, of: scene, classes: labels.map { (name: classes[$0], label: $0) },
            known: classes, background: background, area: area, cancellation: cancellation)
    }

    /// - Parameter classes: those that are looked for.
    /// - Parameter area: that was scanned; `nil` for the whole scene.
    init(
        reading source: TruthSource, of scene: AnnotatedScene, classes: [(name: String, label: Int)],
        area: ScanArea?, cancellation: Cancellation
    ) throws {
        try self.init(
            reading: source, of: scene, classes: classes, known: nil, background: nil, area: area,
            cancellation: cancellation)
    }

    /// - Parameter known: names of all classes; `nil` where nobody can say.
    private init(
        reading source: TruthSource, of scene: AnnotatedScene, classes: [(name: String, label: Int)],
        known: [String]?, background: String?, area: ScanArea?, cancellation: Cancellation
    ) throws {
        path = source.path
        let file = try AnnotationFile(
            opening: Address(source.path), format: source.format, cancellation: cancellation)
        var found = try file.annotations(of: scene)
        notes = found.notes
        let annotationCount = found.annotations.count
        if let background, !classes.contains(where: { $0.name == background }) {
            found.annotations.removeAll { $0.className == background }
        }
        let hasBackground = found.annotations.count < annotationCount
        if found.annotations.isEmpty {
            notes.append("it has no objects in this scene, so that all that is found counts as a false alarm")
        }
        let tinyCount = found.annotations.count { annotation in
            guard case .box(let box) = annotation.shape else { return false }
            return box.width < 1 && box.height < 1
        }
        tell(
            tinyCount, "is smaller than a pixel; are its places degrees or parts of the image?",
            "are smaller than a pixel; are their places degrees or parts of the image?")
        let others = try sort(
            found.annotations, source, of: scene, classes: classes, area: area, cancellation)
        otherCount = others.values.reduce(0, +)
        guard let known else { return }
        unknownCounts = others.filter { !known.contains($0.key) }
        let unsought = others.filter { known.contains($0.key) }
        if !unsought.isEmpty {
            notes.append(
                "it has objects of classes that the scan did not look for; a box on one is a false alarm: "
                    + Self.words(unsought))
        }
        let isKnown = !truths.isEmpty || !unsought.isEmpty || hasBackground
        guard unknownCounts.isEmpty || isKnown else {
            throw EvaluationError(
                code: .empty, operation: "measure against the truth", path: path,
                cause: "\(unknownWords ?? ""); it knows \(shortList(known))")
        }
    }

    /// Makes truths and hard negatives of annotations.
    ///
    /// - Returns: how many objects other classes have.
    private mutating func sort(
        _ annotations: [Annotation], _ source: TruthSource, of scene: AnnotatedScene,
        classes: [(name: String, label: Int)], area: ScanArea?, _ cancellation: Cancellation
    ) throws -> [String: Int] {
        let labels = Dictionary(classes.map { ($0.name, $0.label) }) { first, _ in first }
        let bounds = PixelRect(x0: 0, y0: 0, x1: scene.width, y1: scene.height)
        let areScored = annotations.contains { $0.score != nil }
        unsoughtNames = Set(annotations.lazy.map(\.className)).filter { labels[$0] == nil }.sorted()
        let unsoughtLabels = Dictionary(
            uniqueKeysWithValues: unsoughtNames.enumerated().map { ($1, $0) })
        var others: [String: Int] = [:]
        let places = area.map { PolygonIndex($0.polygons) }
        var point = CancellationPoint(cancellation)
        var pointCount = 0
        var outsideCount = 0
        var besideCount = 0
        var addedCount = 0
        for annotation in annotations {
            try point.pass()
            guard let label = labels[annotation.className] else {
                guard annotation.verdict != .wrong else { continue }
                others[annotation.className, default: 0] += 1
                if let label = unsoughtLabels[annotation.className],
                    !annotation.isPoint || source.objectSize != nil
                {
                    unsought.append(Truth(annotation, label: label, objectSize: source.objectSize))
                }
                continue
            }
            if annotation.isPoint { pointCount += 1 }
            let placed = PlacedTruth(
                annotation, label: label, objectSize: source.objectSize, in: bounds, area: places)
            let truth: Truth
            switch placed {
            case .outside:
                outsideCount += 1
                continue
            case .hardNegative(let place):
                hardNegatives.append(place)
                continue
            case .object(let object): truth = object
            }
            if truth.isBeside { besideCount += 1 }
            if areScored, annotation.score == nil { addedCount += 1 }
            truths.append(truth)
        }
        guard pointCount == 0 || source.objectSize != nil else {
            throw EvaluationError(
                code: .missingObjectSize, operation: "measure against the truth", path: path,
                cause:
                    "\(pointCount == 1 ? "1 object is a point" : "\(pointCount) objects are points"); give their size in pixels with --object-size"
            )
        }
        if pointCount > 0 { objectSize = source.objectSize }
        tell(
            outsideCount, "lies outside the scene and does not count",
            "lie outside the scene and do not count")
        tell(
            besideCount, "lies outside the area that was scanned and does not count",
            "lie outside the area that was scanned and do not count")
        tell(
            hardNegatives.count, "is marked as wrong: it is a hard negative, not an object",
            "are marked as wrong: they are hard negatives, not objects")
        tell(
            addedCount, "has no score, where others have one: somebody has added it",
            "have no score, where others have one: somebody has added them")
        return others
    }

    private mutating func tell(_ count: Int, _ one: String, _ several: String) {
        if count > 0 { notes.append(count == 1 ? "1 annotation \(one)" : "\(count) annotations \(several)") }
    }

    /// Whether no truth has a box.
    var isByDistance: Bool { objectSize != nil && truths.allSatisfy { $0.point != nil } }

    /// By what a detection is told to be right, for programs and people.
    var matching: SceneMetrics.Matching {
        objectSize == nil ? .overlap : isByDistance ? .distance : .overlapAndDistance
    }

    /// What is wrong with the names of its classes; `nil` for nothing.
    var unknownWords: String? {
        guard !unknownCounts.isEmpty else { return nil }
        return "it has objects of classes that the model does not know: \(Self.words(unknownCounts))"
    }

    private static func words(_ counts: [String: Int]) -> String {
        shortList(counts.sorted { $0.key < $1.key }.map { "\(shortName($0.key)) (\($0.value))" })
    }

    /// Says once what people should know of it.
    func tellNotes() {
        if let unknownWords { ProgressLine.warn("\(path): \(unknownWords)") }
        for note in notes { ProgressLine.tell("\(path): \(note)") }
    }

    /// What it says about each detection, for pictures.
    ///
    /// - Throws: `Cancelled`.
    func judgement(of detections: [Detection], cancellation: Cancellation) throws -> Judgement {
        let judged = try JudgedDetections(
            detections, truths: truths, rule: .forPictures, cancellation: cancellation)
        return Judgement(
            verdicts: judged.outcomes.map { outcome in
                switch outcome {
                case .right: .hit
                case .wrong: .falseAlarm
                case .ignored: .neither
                }
            },
            misses: judged.missed.map { Judgement.Miss(box: $0.box, label: $0.label) })
    }
}

/// Measures the detections of a scan against the truth: `metrics.json`, and a table for the terminal.
final class MetricsSink: ScanSink {
    let fileName = ScanFolder.metricsName
    /// Average precision needs the weak detections too: all that were kept.
    let lowestScore: Float? = 0
    /// Empty before the detections are there.
    private(set) var text: TerminalText = ""
    private let truth: SceneTruth
    private var heading: ScanHeading?
    private var path = ""

    init(_ truth: SceneTruth) { self.truth = truth }

    func begin(_ heading: ScanHeading, in folder: String) {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    func write(_ detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let measured = try ScanMeasurement(
            of: Array(detections), truth: truth, task: heading.task, context: heading.context,
            rule: heading.rule, scoredFraction: heading.scoredFraction, cancellation: heading.cancellation)
        try writeJSON(measured.metrics, to: .replacing(path))
        text = measured.metrics.text
    }
}
