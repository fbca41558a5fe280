import Annotations
import ArgumentParser
import Evaluation
import Figures
import Files
import Foundation
import Labelling
import Mining
import Rasters
import Records

/// One round of learning from labels, or several with a truth in the place of a person.
struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn from what is labelled in a project, and choose what to label next.",
        discussion: """
            A round cuts tiles of all that is labelled, trains a network, measures it on the project's test scene, and chooses the \
            windows to label next. The first call makes the project: give it --scenes and --classes. With --oracle the true objects \
            answer in the place of a person, round after round; with --compare the same is done with random choices, for several seeds, and \
            the report says whether choosing was worth it. All steps are commands that you can call yourself; each is shown. See \
            docs/labelling.md. With --any-size whole photographs are labelled instead of windows: the first call chooses those to begin with. \
            With --pack tiles get a class, and accuracy is measured on --test-pack.
            """)

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("New project: images, folders with images, patterns.", valueName: "scene"))
    var scenes: [String] = []
    @Option(
        help: ArgumentHelp(
            "New project: a pack of square tiles, each of which gets a class, in the place of --scenes.",
            valueName: "file.tiles"))
    var pack: String?
    @Option(
        help: ArgumentHelp(
            "New project: what is to be found, separated by commas. Default for --pack: the pack's classes.",
            valueName: "names"))
    var classes: String?
    @Option(
        help: ArgumentHelp(
            "New project: the class of windows with nothing of it. Default: other.", valueName: "name"))
    var background: String?
    @Option(
        help: ArgumentHelp(
            "New project: side of a window, about as large as the objects. Default: 32.", valueName: "pixels")
    )
    var window: Int?
    @Flag(
        help: """
            New project: objects may have any size; photographs are labelled as wholes. Models are measured on labelled photographs \
            that they have not learnt from.
            """)
    var anySize = false
    @Option(help: ArgumentHelp("New project: a scene that nobody labels, to measure on.", valueName: "scene"))
    var testScene: String?
    @Option(help: ArgumentHelp("The objects of --test-scene.", valueName: "file")) var testTruth: String?
    @Option(
        help: ArgumentHelp(
            "New project: a pack that nobody labels, to measure accuracy on.", valueName: "file.tiles"))
    var testPack: String?
    @Option(
        help: ArgumentHelp(
            """
            New project: a model whose weights the first training begins with, in the place of chance, such as one of train \
            --without-labels. The first few tiles of --pack are then chosen by its features, typical ones first.
            """, valueName: "file.safetensors"))
    var weights: String?
    @Option(
        help: ArgumentHelp(
            """
            The true objects of the scenes, in any format of docs/annotations.md, or a pack with the classes of the tiles, answer in \
            the place of a person.
            """, valueName: "file"))
    var oracle: String?
    @Option(help: ArgumentHelp("Rounds; more than one needs --oracle.", valueName: "count")) var rounds = 1
    @Option(help: ArgumentHelp("Windows, photographs or tiles to label in each round.", valueName: "count"))
    var count = 100
    @Option(
        help:
            "How to choose what to label: margin or entropy, by the last model, and the first by chance; typical; or random. Default: margin."
    )
    var strategy: PickStrategy?
    @Flag(help: "With --oracle: do all rounds also with random choices, and compare.") var compare = false
    @Option(
        help: ArgumentHelp("With --compare: how many seeds, each for both ways.", valueName: "count"))
    var seeds = 5
    @Option(help: ArgumentHelp("Seed of choices and trainings.", valueName: "number")) var seed: UInt64 = 1
    @Option(
        help: ArgumentHelp("About how long a training takes, on two cores.", valueName: "seconds"))
    var seconds = 40.0
    @Flag(help: "Only choose which photographs to label first.") var chooseOnly = false
    @Option(help: ArgumentHelp("Do nothing where this round is complete.", visibility: .hidden))
    var round: Int?
    @OptionGroup var supervision: Supervision
    @OptionGroup var logOptions: LogOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    /// Sides of windows and tiles that are learnt, in pixels.
    static let windowSides = 8...512

    func validate() throws {
        try require("--rounds", rounds, in: 1...1000)
        try require("--count", count, in: 1...100_000)
        try require("--seeds", seeds, in: 1...100)
        if let window { try require("--window", window, in: Self.windowSides) }
        guard (1...100_000).contains(seconds) else {
            throw ValidationError("--seconds must be between 1 and 100000: \(seconds)")
        }
        guard rounds == 1 || oracle != nil else {
            throw ValidationError("between two rounds somebody has to label: --rounds needs --oracle")
        }
        guard !compare || oracle != nil else { throw ValidationError("--compare needs --oracle") }
        guard !chooseOnly || oracle == nil else {
            throw ValidationError("--choose-only learns nothing that --oracle could answer: leave one out")
        }
        guard strategy != .labelErrors else {
            throw ValidationError("label-errors looks at what is labelled: use tilescope mine")
        }
        guard (testScene == nil) == (testTruth == nil) else {
            throw ValidationError("--test-scene and --test-truth belong together: give both")
        }
        guard !anySize || testScene == nil else {
            throw ValidationError(
                "--any-size measures on photographs that are labelled: leave out --test-scene")
        }
        guard !anySize || !compare && strategy == nil && window == nil else {
            throw ValidationError("--compare, --strategy and --window are for windows: leave out --any-size")
        }
        guard !compare || strategy != .random else {
            throw ValidationError("--compare is with choices by chance: leave out --strategy random")
        }
        try validatePack()
        try engineOptions.checkTraining()
    }

    private func validatePack() throws {
        guard testPack == nil || testScene == nil else {
            throw ValidationError("give --test-pack with --pack, and --test-scene with --scenes")
        }
        guard pack != nil else { return }
        let others = [
            ("--scenes", !scenes.isEmpty), ("--window", window != nil), ("--any-size", anySize),
            ("--background", background != nil), ("--test-scene", testScene != nil),
        ]
        if let other = others.first(where: \.1)?.0 {
            throw ValidationError("--pack is for tiles that get a class: leave out \(other)")
        }
    }

    func run() throws {
        Cancellation.catchSignals()
        supervision.watchInput()
        let folder = ProjectFolder(path: project)
        // A wrong path is told before anything is written.
        let isOfTiles = try pack != nil || folder.exists && folder.readProject().pack != nil
        if let oracle, !isOfTiles {
            _ = try AnnotationFile(opening: Address(oracle), cancellation: .ofSignals)
        }
        if let oracle, isOfTiles { _ = try TilePack(opening: oracle) }
        var settings = try self.settings(in: folder)
        try check(settings)
        try makeFolder(folder.path)
        let lock = try supervision.lock(folder.path, name: ProjectFolder.lockName)
        defer { withExtendedLifetime(lock) {} }
        if folder.exists {
            // Somebody else may have made it meanwhile.
            settings = try self.settings(in: folder)
            try check(settings)
        } else {
            try folder.write(settings)
        }
        if let round, try folder.readResult(ofRound: round) != nil { return }
        if chooseOnly {
            let steps = LearningSteps(project: settings, folder: folder, plan: plan(.typicalFirst, seed))
            let progress = LearningProgress(isShown: supervision.isGiven)
            return try PhotographRounds(steps, oracle: nil, progress: progress).chooseFirst()
        }
        guard compare else {
            let chosen = strategy ?? .margin
            let results = try run(
                LearningSteps(project: settings, folder: folder, plan: plan(chosen, seed)), oracle: oracle)
            guard !results.isEmpty else { return }
            let name = settings.isAnySize ? "the most doubtful first" : chosen.rawValue
            return try write(
                LearningCurve(
                    measure: settings.measure,
                    arms: [
                        .init(
                            name: name, trials: [results.compactMap { $0.point(finds: settings.pack == nil) }]
                        )
                    ]),
                in: folder)
        }
        var arms = [(strategy ?? .margin), .random].map { LearningCurve.Arm(name: $0.rawValue, trials: []) }
        for number in 1...seeds {
            for (index, strategy) in [(strategy ?? .margin), .random].enumerated() {
                let seed = seed &+ UInt64(number) &- 1
                let trial = ProjectFolder(path: "\(folder.trialsPath)/\(arms[index].name)-seed-\(seed)")
                if !trial.exists { try trial.write(settings) }
                let steps = LearningSteps(project: settings, folder: trial, plan: plan(strategy, seed))
                arms[index].trials.append(
                    try run(steps, oracle: oracle).compactMap { $0.point(finds: settings.pack == nil) })
            }
            try write(LearningCurve(measure: settings.measure, arms: arms), in: folder)
        }
    }

    /// Refuses options that mean nothing for a project.
    func check(_ settings: Project) throws {
        if settings.isAnySize {
            let given = [
                ("--compare", compare), ("--strategy", strategy != nil), ("--window", window != nil),
            ]
            guard let option = given.first(where: \.1)?.0 else { return }
            throw CommandError(
                operation: "use \(option)", path: project,
                cause: "it is for projects with windows; in this one objects have any size")
        }
        guard !chooseOnly else {
            throw CommandError(
                operation: "use --choose-only", path: project,
                cause: "it is for projects with objects of any size (--any-size)")
        }
        try checkIsMeasured(settings)
    }

    /// Does the rounds that are not done yet.
    private func run(_ steps: LearningSteps, oracle: String?) throws -> [RoundResult] {
        if let oracle { try checkTrial(of: steps, oracle) }
        if let pack = steps.project.pack {
            return try PackRounds(steps, pack: pack, oracle: oracle).run(roundCount: rounds)
        }
        guard steps.project.isAnySize else {
            return try LearningRounds(steps, oracle: oracle).run(roundCount: rounds)
        }
        let progress = LearningProgress(isShown: supervision.isGiven)
        return try PhotographRounds(steps, oracle: oracle, progress: progress).run(roundCount: rounds)
    }

    /// What decides about the rounds that an oracle answers. Those that are there already belong to the same.
    private struct TrialSettings: Codable, Equatable {
        var oracle: String
        var strategy: String
        var count: Int
        var seed: UInt64
        var seconds: Double

        var words: String {
            "--oracle \(oracle) --strategy \(strategy) --count \(count) --seed \(seed) --seconds \(seconds)"
        }
    }

    private func checkTrial(of steps: LearningSteps, _ oracle: String) throws {
        let own = TrialSettings(
            oracle: Address(oracle).absolute.description, strategy: steps.plan.strategy.rawValue,
            count: steps.plan.count, seed: steps.plan.seed, seconds: steps.plan.seconds)
        let path = steps.folder.path + "/oracle.json"
        if FileGuard(path: path) != nil,
            let known = try? JSONDecoder().decode(
                TrialSettings.self, from: Data(readFile(path, limit: 1 << 20)))
        {
            guard try known == own || steps.folder.results.isEmpty && !hasChosen(steps.folder) else {
                throw CommandError(
                    operation: "go on with the rounds", path: steps.folder.path,
                    cause:
                        "they were made with \(known.words); give the same, or another project folder"
                )
            }
            if known == own { return }
        }
        try writeFile(try JSONText(own).text + "\n", to: .replacing(path))
    }

    /// Whether something was chosen to be labelled first.
    private func hasChosen(_ folder: ProjectFolder) -> Bool {
        FileGuard(path: folder.picksPath(ofRound: 0)) != nil
    }

    private func plan(_ strategy: PickStrategy, _ seed: UInt64) -> LearningSteps.Plan {
        LearningSteps.Plan(
            strategy: strategy, count: count, seed: seed, seconds: seconds,
            engineArguments: engineOptions.arguments)
    }

    private func write(_ curve: LearningCurve, in folder: ProjectFolder) throws {
        try writeFile(
            try JSONText(curve, isIndented: true).text + "\n", to: .replacing(folder.curvePath + ".json"))
        guard curve.arms.contains(where: { !curve.means(of: $0).isEmpty }) else { return }
        try curve.grid.figure.write(to: .replacing(folder.curvePath + ".svg"))
        try curve.grid.figure.write(to: .replacing(folder.curvePath + ".png"))
        for line in curve.words { say("\(line)") }
        say("\(folder.curvePath).png")
    }
}
