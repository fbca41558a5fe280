import Annotations
import Files
import ModelFiles
import Pixels
import Rasters
import Records
import Scanning
import Scenes

/// Opens the scenes of a cut and reads what somebody has drawn in them.
struct CutReader {
    /// A scene with its annotations, before classes are known.
    struct Read {
        var part = CutRow.Part.train
        /// Its file name.
        var name: String
        var scene: Scene
        var chosen: ChosenScene
        var annotations: [Annotation]
        /// A point is a square of this side; `nil` where it has no size.
        var objectSize: Double?
        var falseAlarms: [PixelRect] = []
    }

    private let truths: [String]
    private let files: [AnnotationFile]
    private let sceneOptions: SceneOptions
    private let windowSize: Int
    private let objectSize: Double?
    private let model: Model?
    private let job: Job<CutProgress>

    init(
        truths: [String], format: AnnotationFormat?, sceneOptions: SceneOptions, windowSize: Int,
        objectSize: Double?, model: Model?, job: Job<CutProgress>
    ) throws {
        self.truths = truths
        files = try truths.map {
            try AnnotationFile(opening: Address($0), format: format, cancellation: job.cancellation)
        }
        self.sceneOptions = sceneOptions
        self.windowSize = windowSize
        self.objectSize = objectSize
        (self.model, self.job) = (model, job)
    }

    /// Holds the number of truths to that of scenes.
    func check(sceneCount: Int) throws {
        guard files.count == 1 || files.count == sceneCount else {
            throw CommandError(
                operation: "match truths and scenes", path: truths.joined(separator: ", "),
                cause:
                    "there are \(counted(files.count, "file")) and \(counted(sceneCount, "scene")): give one for all, or one for each"
            )
        }
        guard sceneCount == 1 || files.count > 1 || files[0].sceneNames != nil else {
            throw CommandError(
                operation: "tell which objects are in which scene", path: truths[0],
                cause:
                    "it names no scene, but there are \(sceneCount) scenes: give --truth once for each scene, in their order"
            )
        }
    }

    /// Reads all scenes; one that fails gets a row, and keeps no other one back.
    ///
    /// - Returns: in the order of their names.
    func read(_ list: SceneList, _ validation: SceneList, _ rows: inout [CutRow]) -> [Read] {
        let validationNames = Set(validation.entries.map(\.name))
        let others = validation.entries.filter { entry in
            !list.entries.contains { $0.name == entry.name }
        }
        var read: [Read] = []
        for (place, entry) in (list.entries + others).enumerated() {
            let part: CutRow.Part = validationNames.contains(entry.name) ? .validation : .train
            guard let address = entry.address else {
                rows.append(
                    CutRow(
                        scene: entry.name, name: entry.name, part: part,
                        error: entry.failure ?? "there is none"))
                continue
            }
            do {
                var scene = try self.read(address, files[files.count == 1 ? 0 : place])
                scene.part = part
                read.append(scene)
            } catch {
                rows.append(
                    CutRow(
                        scene: entry.name, name: address.lastComponent, part: part,
                        error: withoutSecrets("\(error)")))
            }
            if job.isCancelled { break }
        }
        return read.sorted {
            ($0.name, $0.scene.address.description) < ($1.name, $1.scene.address.description)
        }
    }

    private func read(_ address: Address, _ file: AnnotationFile) throws -> Read {
        var request = SceneViewRequest(windowSize: windowSize)
        request.trainedRanges = model?.pixels?.ranges?.map { SampleRange($0[0], $0[1]) }
        let chosen = try sceneOptions.open(address, request, job: job)
        let truth = try file.annotations(of: AnnotatedScene(chosen.scene))
        for note in truth.notes { job.warn("\(address): \(note)") }
        return Read(
            name: address.lastComponent, scene: chosen.scene, chosen: chosen, annotations: truth.annotations,
            objectSize: objectSize)
    }

    // MARK: - False alarms

    /// Adds what earlier scans found; what lies on an object is left out when tiles are cut.
    ///
    /// - Parameter folders: of one scan each, or with folders of several.
    func addFalseAlarms(of folders: [Address], to read: inout [Read]) throws {
        for address in folders {
            var isOfAny = false
            for folder in try Self.scanFolders(in: address) {
                guard let task = folder.tasks.first,
                    let place = read.firstIndex(where: { $0.scene.identity == task.scene })
                else { continue }
                isOfAny = true
                let share = try folder.readSummary().rule.boxShare ?? 1
                read[place].falseAlarms += try folder.readDetections().map { $0.box.grown(by: 1 / share) }
            }
            guard isOfAny else {
                throw CommandError(
                    operation: "use its false alarms", path: address.description,
                    cause: "it does not hold a scan of any of these scenes")
            }
        }
    }

    private static func scanFolders(in address: Address) throws -> [ScanFolder] {
        let mirror = try FolderMirror(address.unhidden, isOnlyRead: true)
        let task = ".scan/task.json"
        let needed = [task, ScanFolder.summaryName, "detections.jsonl"]
        try mirror.fetch { name in needed.contains { name == $0 || name.hasSuffix("/" + $0) } }
        let names = try StoredFolder(listing: Address(mirror.path)).entries.map(\.name)
        if names.contains(task) { return [ScanFolder(path: mirror.path)] }
        return names.filter { $0.hasSuffix("/" + task) }.map {
            ScanFolder(path: mirror.path + "/" + $0.dropLast(task.utf8.count + 1))
        }
    }
}

/// The classes of a cut, by label.
struct CutClasses {
    let names: [String]
    let background: Int

    /// - Parameter asked: names with commas between them; `nil` for all that the truth has.
    /// - Parameter model: that is to be trained further, whose classes these are then.
    init(
        of read: [CutReader.Read], asked: String?, background name: String?, model: Model?
    ) throws {
        let there = Set(read.flatMap { $0.annotations.filter { $0.verdict != .wrong }.map(\.className) })
        if let model {
            guard let name = model.background, let label = model.classes.firstIndex(of: name) else {
                throw CommandError(
                    operation: "cut tiles for the model", path: "--like",
                    cause: "it has no class for the background; give --classes and --size instead")
            }
            (names, background) = (model.classes, label)
            return
        }
        let wanted = name ?? MixedCanvases.usualBackground
        let known = there.subtracting([wanted]).sorted(by: isNaturallyBefore)
        var chosen = known
        if let asked {
            let pieces = asked.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            do throws(UnknownClass) {
                // The background may be named to say which label it gets.
                let all = known + [wanted]
                chosen = try classLabels(ofList: pieces, among: all).map { all[$0] }
            } catch {
                throw CommandError(
                    operation: "cut tiles of \"\(error.name)\"", path: "--classes",
                    cause: known.isEmpty
                        ? "no scene has an object" : "the scenes have only \(shortList(known))")
            }
            guard Set(chosen).count == chosen.count else {
                throw CommandError(operation: "cut tiles", path: "--classes", cause: "a class is named twice")
            }
        }
        if !chosen.contains(wanted) { chosen.append(wanted) }
        guard chosen.count > 1 else {
            throw CommandError(operation: "cut tiles", path: "--truth", cause: "no scene has an object")
        }
        names = chosen
        background = chosen.firstIndex(of: wanted) ?? chosen.count - 1
    }
}

/// What a cut takes of a scene.
struct CutInput {
    var scene: CutScene
    /// Annotations outside the scene, in words.
    var outside: [String] = []
    /// Annotations of classes that are not cut.
    var otherCount = 0
    /// Objects that are too little visible.
    var hiddenCount = 0
    var pointCount = 0
}

extension CutReader.Read {
    /// - Parameter fill: the scale of tiles; points without a size have none of their own.
    func input(
        _ classes: CutClasses, leastVisible: Float, fill scale: CutPlan.Scale, _ cancellation: Cancellation
    ) throws -> CutInput {
        var input = CutInput(
            scene: CutScene(
                scene: scene, name: name, pixelSize: chosen.resolved.pixelSize,
                leastValid: chosen.selection?.leastValid,
                objects: [], falseAlarms: falseAlarms, area: chosen.selection?.area?.polygons))
        let labels = Dictionary(uniqueKeysWithValues: classes.names.enumerated().map { ($1, $0) })
        var point = CancellationPoint(cancellation)
        for annotation in annotations {
            try point.pass()
            let box = annotation.box(pointSide: objectSize ?? 0)
            // A box must share some of the scene, a point lie in it.
            let isInside =
                box.x0 < Double(scene.width) && box.y0 < Double(scene.height) && box.x1 > 0 && box.y1 > 0
            guard isInside else {
                input.outside.append(
                    "\(shortName(annotation.className)) at \(box.x0.significant(6)),\(box.y0.significant(6))")
                continue
            }
            guard let label = labels[annotation.className] else {
                input.otherCount += 1
                continue
            }
            if annotation.verdict == .wrong || label == classes.background {
                // Seen as an object of that size would be.
                var share = 1.0
                if case .fill(let fill) = scale, fill < 1 { share = fill }
                input.scene.falseAlarms.append(box.pixels.grown(by: 1 / share))
                continue
            }
            if annotation.isPoint { input.pointCount += 1 }
            let isVisible = annotation.visibleFraction >= leastVisible && annotation.visibleFraction > 0
            if !isVisible { input.hiddenCount += 1 }
            input.scene.objects.append(
                CutObject(
                    x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1, label: isVisible ? label : nil,
                    hasSize: !annotation.isPoint || objectSize != nil))
        }
        if input.pointCount > 0, objectSize == nil, case .fill = scale {
            throw CommandError(
                operation: "choose the scale of its tiles", path: scene.address.description,
                cause:
                    "it has \(counted(input.pointCount, "point")), which have no size: give --object-size, or --scale for all"
            )
        }
        return input
    }
}

extension PixelRect {
    /// So many times larger, with the same middle.
    fileprivate func grown(by factor: Double) -> PixelRect {
        guard factor > 1 else { return self }
        func border(_ length: Int) -> Int { Int((Double(length) * (factor - 1) / 2).rounded()) }
        return inset(by: -max(border(width), border(height)))
    }
}
