import ArgumentParser
import Evaluation
import Figures
import Files
import Foundation
import Labelling
import Mining

/// One round of learning from labels, or several with a truth in the place of a person.
struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn from what is labelled in a project, and choose what to label next.",
        discussion: """
            A round cuts tiles of all that is labelled, trains a network, measures it on the project's test scene, and chooses the \
            windows to label next. The first call makes the project: give it --scenes and --classes. With --oracle the true objects \
            answer in the place of a person, round after round; with --compare the same is done with random choices, for several seeds, and \
            the report says whether choosing was worth it. All steps are commands that you can call yourself; each is shown. See \
            docs/labelling.md.
            """)

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("New project: images, folders with images, patterns.", valueName: "scene"))
    var scenes: [String] = []
    @Option(help: ArgumentHelp("New project: what is to be found, separated by commas.", valueName: "names"))
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
    @Option(help: ArgumentHelp("New project: a scene that nobody labels, to measure on.", valueName: "scene"))
    var testScene: String?
    @Option(help: ArgumentHelp("The objects of --test-scene.", valueName: "file")) var testTruth: String?
    @Option(
        help: ArgumentHelp(
            "The true objects of the scenes, in any format of docs/annotations.md, answer in the place of a person.",
            valueName: "file"))
    var oracle: String?
    @Option(help: ArgumentHelp("Rounds; more than one needs --oracle.", valueName: "count")) var rounds = 1
    @Option(help: ArgumentHelp("Windows to label in each round.", valueName: "count")) var count = 100
    @Option(
        help:
            "How windows are chosen once there is a model: margin, entropy, typical or random. Default: margin."
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
    @OptionGroup var logOptions: LogOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    func validate() throws {
        try require("--rounds", rounds, in: 1...1000)
        try require("--count", count, in: 1...100_000)
        try require("--seeds", seeds, in: 1...100)
        if let window { try require("--window", window, in: 8...512) }
        guard (1...100_000).contains(seconds) else {
            throw ValidationError("--seconds must be between 1 and 100000: \(seconds)")
        }
        guard rounds == 1 || oracle != nil else {
            throw ValidationError("between two rounds somebody has to label: --rounds needs --oracle")
        }
        guard !compare || oracle != nil else { throw ValidationError("--compare needs --oracle") }
        guard strategy != .labelErrors else {
            throw ValidationError("label-errors looks at what is labelled: use tilescope mine")
        }
        guard (testScene == nil) == (testTruth == nil) else {
            throw ValidationError("--test-scene and --test-truth belong together: give both")
        }
        try engineOptions.checkTraining()
    }

    func run() throws {
        Cancellation.catchSignals()
        let folder = ProjectFolder(path: project)
        let settings = try self.settings(in: folder)
        let lock = try FolderLock(folder.path, name: ".project-lock")
        defer { withExtendedLifetime(lock) {} }
        guard compare else {
            let rounds = LearningRounds(
                settings, folder, plan: plan(strategy ?? .margin, seed), oracle: oracle, line: ProgressLine())
            let results = try rounds.run(roundCount: self.rounds)
            guard !results.isEmpty else { return }
            let curve = LearningCurve(
                measure: RoundResult.measure,
                arms: [.init(name: (strategy ?? .margin).rawValue, trials: [results.compactMap(\.point)])])
            return try write(curve, in: folder)
        }
        var arms = [(strategy ?? .margin), .random].map { LearningCurve.Arm(name: $0.rawValue, trials: []) }
        for number in 1...seeds {
            for (index, strategy) in [(strategy ?? .margin), .random].enumerated() {
                let trial = ProjectFolder(path: "\(folder.trialsPath)/\(arms[index].name)-\(number)")
                if !trial.exists { try trial.write(settings) }
                let rounds = LearningRounds(
                    settings, trial, plan: plan(strategy, seed &+ UInt64(number) &- 1), oracle: oracle,
                    line: ProgressLine())
                arms[index].trials.append(try rounds.run(roundCount: self.rounds).compactMap(\.point))
            }
            try write(LearningCurve(measure: RoundResult.measure, arms: arms), in: folder)
        }
    }

    private func plan(_ strategy: PickStrategy, _ seed: UInt64) -> LearningRounds.Plan {
        LearningRounds.Plan(
            strategy: strategy, count: count, seed: seed, seconds: seconds,
            engineArguments: engineOptions.arguments)
    }

    /// The project's settings; those of a new one are written.
    private func settings(in folder: ProjectFolder) throws -> Project {
        let given =
            !scenes.isEmpty || classes != nil || background != nil || window != nil || testScene != nil
        guard folder.exists else {
            guard !scenes.isEmpty, let classes else {
                throw CommandError(
                    operation: "open the project", path: project,
                    cause: "there is none yet; give --scenes and --classes to make it")
            }
            let names = classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let other = background ?? "other"
            guard !names.isEmpty, Set(names).count == names.count, !names.contains(other) else {
                throw CommandError(
                    operation: "make the project", path: project,
                    cause:
                        "--classes must name classes, each once and not the background (\(other)): \(classes)"
                )
            }
            let new = Project(
                scenes: scenes, classes: names, background: other, windowSize: window ?? 32,
                test: testScene.flatMap { scene in testTruth.map { .init(scene: scene, truth: $0) } })
            try folder.write(new)
            return new
        }
        guard !given else {
            throw CommandError(
                operation: "change the project", path: folder.settingsPath,
                cause: "it has its settings; leave out --scenes and the like, or edit the file")
        }
        return try folder.readProject()
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
