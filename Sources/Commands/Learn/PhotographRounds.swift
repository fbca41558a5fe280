import Annotations
import Bytes
import Files
import Foundation
import Labelling
import Labels
import ModelFiles
import Pixels
import Rasters
import Scanning

/// Rounds of learning where objects have any size and photographs are labelled as wholes.
///
/// A round trains a model on two thirds of what is labelled and looks at the rest, three times, so that each labelled photograph
/// is judged by a model that has not seen it. Then one model learns from all in the same way, so that its scores mean the same, and looks
/// at all photographs.
///
/// What the first models take for objects and is none is not learnt by the last one: it would know more of the background than they, and
/// give lower scores (measured: the threshold that was right for them found 7 % of the objects instead of 90 %).
struct PhotographRounds {
    private let steps: LearningSteps
    private let oracle: String?
    private let progress: LearningProgress

    private var project: Project { steps.project }
    private var folder: ProjectFolder { steps.folder }

    init(_ steps: LearningSteps, oracle: String?, progress: LearningProgress) {
        self.steps = steps
        self.oracle = oracle
        self.progress = progress
    }

    /// Only chooses which photographs to label first, if that was not done yet.
    func chooseFirst() throws {
        guard FileGuard(path: folder.picksPath(ofRound: 0)) == nil else { return }
        try chooseFirst(try ProjectScene.all(of: project, in: folder))
    }

    /// Goes on after the last complete round.
    ///
    /// - Returns: all rounds that are complete now.
    func run(roundCount: Int) throws -> [RoundResult] {
        let store = try folder.openLabels()
        let scenes = try ProjectScene.all(of: project, in: folder)
        var results = try folder.results
        let wanted = oracle == nil ? results.count + 1 : roundCount
        while results.count < wanted {
            let number = results.count + 1
            if FileGuard(path: folder.picksPath(ofRound: 0)) == nil { try chooseFirst(scenes) }
            if oracle != nil, try !answer(scenes, store, round: number) { return results }
            let labels = try scenes.map { SceneLabels(try store.labels(of: $0.source)) }
            guard labels.contains(where: { !$0.objects.isEmpty }) else {
                guard oracle != nil else {
                    say(
                        "Nothing is labelled as \(shortList(project.classes)) yet. Draw all objects in the first photographs of \(folder.picksPath(ofRound: 0)), bring the boxes in by tilescope labels import --complete, and learn again."
                    )
                    return results
                }
                results.append(
                    try steps.finish(
                        RoundResult(
                            number: number, labelCount: labels.count(where: \.isComplete), objectCount: 0,
                            averagePrecision: nil, trainingSeconds: 0, seconds: 0), what: "photograph"))
                continue
            }
            results.append(try learn(number, scenes, labels))
        }
        return results
    }

    // MARK: Choosing

    /// Before there is a model: photographs that stand for many others come first.
    private func chooseFirst(_ scenes: [ProjectScene]) throws {
        progress.begin("choose the first photographs", seconds: Double(scenes.count) / 20)
        try makeFolder(folder.roundPath(0))
        try steps.call(
            ["mine"] + scenes.map(\.path) + [
                "--whole", "--strategy", "typical", "--count", "\(scenes.count)", "--seed",
                "\(steps.plan.seed)",
                "--output", folder.picksPath(ofRound: 0), "--overwrite",
            ])
    }

    /// Addresses of photographs in the order in which they should be labelled after some round.
    private func order(after number: Int) throws -> [String] {
        if number > 0, FileGuard(path: folder.findsPath(ofRound: number)) != nil {
            return try RoundFinds.read(folder.findsPath(ofRound: number)).scenesByDoubt
        }
        return try PickedPlace.read(folder.picksPath(ofRound: 0)).map(\.scene)
    }

    // MARK: Learning

    /// An object's longer side, as a share of the side of its window.
    private static let fill = 0.6
    /// From one window of a scan to the next, in pixels of windows.
    private static let stride = 16
    /// Finds below this are forgotten.
    private static let floor = 0.1
    /// How many examples of objects there are for each of the background. A network that sees objects more rarely hardly learns them.
    private static let objectShare = 0.5
    /// Empty places of a photograph that are learnt from.
    private static let emptyCount = 100
    private static let foldCount = 3
    /// So many finds of each photograph are kept, the best ones.
    private static let findLimit = 100

    private func learn(
        _ number: Int, _ scenes: [ProjectScene], _ labels: [SceneLabels]
    ) throws -> RoundResult {
        let start = ContinuousClock.now
        let path = folder.roundPath(number)
        try makeFolder(path)
        let folds = self.folds(scenes, labels)
        let pixelCounts = scenes.map { Double($0.scene.width) * Double($0.scene.height) }
        let checkedPixelCount = folds.joined().reduce(0) { $0 + pixelCounts[$1] }
        progress.plan(
            trainings: folds.count + 1, trainingSeconds: steps.plan.seconds,
            scannedPixelCount: checkedPixelCount + pixelCounts.reduce(0, +))
        var checked: [(finds: RoundFinds.SceneFinds, labels: SceneLabels)] = []
        var trainingSeconds = 0.0
        for (index, fold) in folds.enumerated() {
            let held = Set(fold)
            let others = scenes.indices.filter { !held.contains($0) }
            let part = "\(path)/check-\(index + 1)"
            let model = try train(
                others, scenes, labels, into: part, name: "\(index + 1) of \(folds.count + 1)",
                seconds: &trainingSeconds)
            let finds = try scan(
                fold.map { scenes[$0] }, model, into: part + "/found", step: "check photographs")
            // What could not be looked at says nothing about the model.
            checked += zip(finds, fold).compactMap { finds, index in finds.map { ($0, labels[index]) } }
        }
        let model = try train(
            Array(scenes.indices), scenes, labels, into: path,
            name: folds.isEmpty ? "" : "\(folds.count + 1) of \(folds.count + 1)", seconds: &trainingSeconds)
        let finds = RoundFinds(
            scenes: try scan(scenes, model, into: path + "/found", step: "look at all photographs")
                .compactMap(\.self),
            check: checked.isEmpty ? nil : HeldOutCheck(checked))
        try writeFile(try JSONText(finds).text + "\n", to: .replacing(folder.findsPath(ofRound: number)))
        let result = try steps.finish(
            RoundResult(
                number: number, labelCount: labels.count(where: \.isComplete),
                objectCount: labels.reduce(0) { $0 + $1.objects.count },
                averagePrecision: finds.check?.averagePrecision, trainingSeconds: trainingSeconds,
                seconds: start.secondsUntilNow), what: "photograph")
        // What a scan writes beside its boxes is large, and the next round cuts tiles of its own. The round is complete without this.
        for name in folds.indices.map({ "check-\($0 + 1)" }) + ["found", "train.tiles"] {
            try? remove("\(path)/\(name)")
        }
        return result
    }

    private func remove(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// Photographs that are labelled completely, in parts that are alike.
    private func folds(_ scenes: [ProjectScene], _ labels: [SceneLabels]) -> [[Int]] {
        let complete = scenes.indices.filter { labels[$0].isComplete }.map {
            CheckFolds.Photograph(
                index: $0, source: scenes[$0].source, hasObjects: !labels[$0].objects.isEmpty)
        }
        return CheckFolds.folds(complete, count: Self.foldCount)
    }

    /// Trains on what is labelled in some scenes, unless that was done already from the same labels.
    ///
    /// - Returns: the model's path.
    private func train(
        _ chosen: [Int], _ scenes: [ProjectScene], _ labels: [SceneLabels],
        into path: String, name: String, seconds: inout Double
    ) throws -> String {
        let start = ContinuousClock.now
        defer { seconds += start.secondsUntilNow }
        try makeFolder(path)
        let sides = chosen.flatMap { labels[$0].objects.map { max($0.box.width, $0.box.height) } }
        let range = max(4, sides.min() ?? 4)...max(4, sides.max() ?? 4)
        let examples = chosen.map { index in
            let empty = labels[index].emptyBoxes(
                Self.emptyCount, sides: range, fill: Self.fill, background: project.background,
                width: scenes[index].scene.width, height: scenes[index].scene.height,
                seed: steps.plan.seed &+ UInt64(index))
            let objects = labels[index].examples.filter { $0.className != project.background }
            let refused = labels[index].examples.filter { $0.className == project.background }
                .map { $0.box(pointSide: 0).pixels }
            // A box without an object becomes a tile as it is. What a scan sees there is a window around it.
            return objects
                + (refused + empty).map { box in
                    let around = Int((Double(max(box.width, box.height)) * (1 / Self.fill - 1) / 2).rounded())
                    return Annotation(
                        className: project.background, shape: .box(AnnotationBox(box.inset(by: -around))))
                }
        }
        guard examples.contains(where: { $0.contains { $0.className == project.background } }) else {
            throw CommandError(
                operation: "learn", path: folder.path,
                cause:
                    "nothing says yet what shows no object: mark a photograph as done once all objects in it are drawn, or draw boxes of \(project.background)"
            )
        }
        let used = zip(chosen, examples).filter { !$1.isEmpty }
        let usedScenes = used.map { scenes[$0.0] }
        let text = steps.text(
            of: steps.balanced(used.map(\.1), share: Self.objectShare), in: usedScenes)
        let (truth, pack, run) = (path + "/labels.csv", path + "/train.tiles", path + "/run")
        let model = run + "/model.safetensors"
        // A training writes its model after each epoch; this is written when it has ended.
        let mark = path + "/trained.json"
        let plan = steps.plan
        let training = try JSONText(
            Training(
                labels: SHA256.hexDigest(of: Array(text.utf8).span.bytes), seed: plan.seed,
                seconds: plan.seconds, engine: plan.engineArguments)
        ).text
        if FileGuard(path: model) != nil, let known = try? readFile(mark, limit: 1 << 20),
            known == Array(training.utf8)
        {
            progress.skipTraining()
            return model
        }
        progress.beginTraining(name.isEmpty ? "train" : "train \(name)")
        for name in ["run", "found", "trained.json"] { try remove("\(path)/\(name)") }
        try writeFile(text, to: .replacing(truth))
        try remove(pack)
        try steps.callLeniently(
            ["cut"] + usedScenes.map(\.path) + [
                "--truth", truth,
                "--classes=\((steps.classes(in: examples) + [project.background]).joined(separator: ","))",
                "--background=\(project.background)", "--size",
                "\(project.windowSize)", "--fill", "\(Self.fill)", "--scan-stride", "\(Self.stride)",
                "--negatives", "0", "--copies", "8", "--zoom", "1.3", "--distance", "0", "--output", pack,
                "--overwrite",
            ]
        ) { FileGuard(path: pack) != nil }
        _ = try steps.train(.ofWindows, on: pack, into: run, from: project.weights, options: ["--turn"])
        try writeFile(training, to: .replacing(mark))
        return model
    }

    /// What decides about a model.
    private struct Training: Encodable {
        /// SHA-256 of the examples.
        var labels: String
        var seed: UInt64
        var seconds: Double
        var engine: [String]
    }

    /// Looks at scenes.
    ///
    /// - Returns: what was found in each; `nil` where it could not be looked at, which is warned of.
    private func scan(
        _ scenes: [ProjectScene], _ model: String, into output: String, step: String
    ) throws -> [RoundFinds.SceneFinds?] {
        // Of a call that was killed.
        try remove(output)
        try makeFolder(output)
        let pixelCount = scenes.reduce(0) { $0 + Double($1.scene.width) * Double($1.scene.height) }
        let sceneCount = scenes.count
        progress.begin(step, pixelCount: pixelCount) {
            // A scene has a folder from the beginning of its scan on; lists of all scenes are files beside them.
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: output)) ?? []
            let begun = entries.count { !$0.hasPrefix(".") && !$0.hasSuffix(".csv") && !$0.hasSuffix(".txt") }
            return Double(max(0, begun - 1)) / Double(max(1, sceneCount))
        }
        // A list makes a folder of each scene, also of a single one.
        let list = output + "/scenes.txt"
        try writeFile(scenes.map(\.path).joined(separator: "\n") + "\n", to: .replacing(list))
        try steps.callLeniently(
            [
                "scan", "--list", list, "--model", model,
                "--labels=\(try Model(reading: model).classes.filter { $0 != project.background }.joined(separator: ","))",
                "--floor", "\(Self.floor)", "--threshold", "\(Self.floor)", "--output", output,
                "--overwrite",
            ] + steps.plan.engineArguments
        ) { (try? ScannedFolders(output).isEmpty) == false }
        let found = try ScannedFolders(output)
        return try scenes.map { scene in
            guard let path = found.detectionsPath(of: scene) else { return nil }
            let boxes = try AnnotationFile(
                opening: Address(path), format: .jsonLines, cancellation: .ofSignals
            ).annotations(of: AnnotatedScene(scene.scene)).annotations
            return RoundFinds.SceneFinds(
                scene: scene.scene.address.description,
                finds: boxes.map {
                    RoundFinds.Find(
                        className: $0.className, box: $0.box(pointSide: 1).pixels, score: $0.score ?? 0)
                }, limit: Self.findLimit)
        }
    }

    // MARK: The oracle

    /// Labels the next photographs by the truth.
    ///
    /// - Returns: whether there were some.
    private func answer(_ scenes: [ProjectScene], _ store: LabelStore, round: Int) throws -> Bool {
        guard let oracle else { return true }
        let file = try AnnotationFile(opening: Address(oracle), cancellation: .ofSignals)
        let byAddress = Dictionary(
            scenes.map { ($0.scene.address.description, $0) }, uniquingKeysWith: { one, _ in one })
        let all = try order(after: round - 1).compactMap { byAddress[$0] }
        let open = try all.filter { !SceneLabels(try store.labels(of: $0.source)).isComplete }
        // A round that was killed has labelled some already.
        let wanted = max(0, round * steps.plan.count - (all.count - open.count))
        for scene in open.prefix(wanted) {
            let truth = try file.annotationsIfNamed(of: AnnotatedScene(scene.scene))
            let answers = TruthOracle(
                truth, classes: project.classes, background: project.background,
                pointSide: Double(project.windowSize)
            ).answers()
            _ = try store.append(
                answers.enumerated().map { place, answer in
                    LabelEvent(
                        id: "oracle-\(round)-\(scene.source.prefix(16))-\(place)", who: "oracle",
                        source: scene.source, action: .set(answer.place, to: answer.label))
                })
        }
        return !open.isEmpty || all.count > (round - 1) * steps.plan.count
    }
}

/// The folders of a scan of several scenes.
private struct ScannedFolders {
    private var paths: [String: String] = [:]

    var isEmpty: Bool { paths.isEmpty }

    init(_ output: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: output) {
            let scan = ScanFolder(path: output + "/" + name)
            if let scene = scan.sceneAddress { paths[scene] = scan.detectionsPath }
        }
    }

    /// `nil` where nothing was written for a scene.
    func detectionsPath(of scene: ProjectScene) -> String? {
        paths[scene.scene.address.description].flatMap { FileGuard(path: $0) == nil ? nil : $0 }
    }
}
