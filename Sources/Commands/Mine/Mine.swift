import ArgumentParser
import Devices
import Engines
import Evaluation
import Files
import Foundation
import Mining
import ModelFiles
import Pixels
import Rasters
import Records
import Scanning

/// Chooses what to label next.
struct Mine: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Choose windows of scenes, whole photographs, or samples of a pack, to label next.",
        discussion: """
            Writes a row for each choice, the most useful first. With a model every window or sample is scored, and those are \
            chosen on which the model hesitates most. Without one, what stands for many others comes first, by features that are \
            learnt from the pictures themselves. Two windows of a scene never overlap, so that no object is chosen twice, and \
            classes that the model sees take turns. The same data, options and seed give the same choice. The column "predicted" has \
            the model's guess. Fill in "class", and labels import brings the rows into a project. See docs/labelling.md.
            """)

    @Argument(
        help: ArgumentHelp(
            "Scenes: images, folders with images, patterns; or one pack of tiles or file of records.",
            valueName: "data"))
    var data: [String]
    @Option(help: ArgumentHelp("A model that tilescope has trained or imported.", valueName: "file"))
    var model: String?
    @Option(help: ArgumentHelp("Windows or samples to choose.", valueName: "count")) var count = 200
    @Option(
        help: """
            typical (one of each cluster of alike windows, the most typical first: for the first labels); margin (the best two \
            scores are nearest to each other); entropy; random; label-errors (of a pack: samples whose label is probably wrong). \
            Default: margin with a model, else typical.
            """)
    var strategy: PickStrategy?
    @Option(help: ArgumentHelp("Seed of all that is drawn.", valueName: "number")) var seed: UInt64 = 1
    @Flag(
        inversion: .prefixedNo,
        help: "Whether classes take turns; by default where a model says them, but for random."
    )
    var balance: Bool?
    @Option(
        help: ArgumentHelp("Write the choice as CSV or JSON Lines.", valueName: "file.csv|file.jsonl"))
    var output: String
    @Option(help: ArgumentHelp("Draw the first 96 on one picture.", valueName: "file.png")) var sheet: String?
    @Option(
        help: ArgumentHelp(
            """
            What is labelled already, and not chosen: boxes of the scenes, in any format that scan --truth reads; for a pack a table \
            (.csv, .jsonl) with "sample" and "class".
            """,
            valueName: "file"))
    var labelled: String?
    @Option(
        help: ArgumentHelp(
            "Side of a window of scenes, without a model. Default: \(Self.usualWindow).", valueName: "pixels")
    )
    var window: Int?
    @Option(
        help: ArgumentHelp(
            "From one window of scenes to the next. Default: half a window.", valueName: "pixels"))
    var stride: Int?
    static let usualWindow = 64
    @Flag(
        help: """
            Choose scenes as wholes: which photographs to label next, without a model. Scenes that cannot be read are left out.
            """)
    var whole = false
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions
    @OptionGroup(title: "Scenes") var sceneOptions: SceneOptions
    @OptionGroup(title: "Scenes") var fillOption: FillOption
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    func validate() throws {
        try require("--count", count, in: 1...1_000_000)
        if let stride { try require("--stride", stride, in: 1...1 << 20) }
        if let window { try require("--window", window, in: 8...1 << 14) }
        guard !data.isEmpty else { throw ValidationError("give scenes or a pack") }
        guard output.hasSuffix(".csv") || output.hasSuffix(".jsonl") else {
            throw ValidationError("--output must end in .csv or .jsonl: \(output)")
        }
        guard sheet?.hasSuffix(".png") ?? true else {
            throw ValidationError("--sheet must end in .png: \(sheet ?? "")")
        }
        try validateWhole()
        guard model == nil || window == nil else {
            throw ValidationError("--window is for choices without a model, which has its own")
        }
        guard model != nil || !chosen.needsScores else {
            throw ValidationError("--strategy \(chosen.rawValue) needs a model: give --model")
        }
        guard model != nil || balance != true else {
            throw ValidationError("--balance needs a model, which says the classes: give --model")
        }
        guard !sceneOptions.hasSeveralScales else {
            throw ValidationError("mine takes one scale: name one with --scales")
        }
    }

    /// A whole scene has no windows, and all of it counts.
    private func validateWhole() throws {
        guard whole else { return }
        guard model == nil else {
            throw ValidationError("--whole chooses without a model: leave out --model")
        }
        let scene = sceneOptions
        let others: [(name: String, isGiven: Bool)] = [
            ("--window", window != nil), ("--stride", stride != nil), ("--scales", scene.scales != nil),
            ("--resolution", scene.resolution != nil), ("--region", scene.region != nil),
            ("--map-region", scene.mapRegion != nil), ("--area", scene.area != nil),
            ("--min-valid", scene.minValid != nil), ("--keep-empty", scene.keepEmpty),
            ("--skip-plain", scene.skipPlain), ("--plain-below", scene.plainBelow != nil),
        ]
        if let other = others.first(where: \.isGiven) {
            throw ValidationError("--whole takes each scene as a whole: leave out \(other.name)")
        }
    }

    private var chosen: PickStrategy { strategy ?? (model == nil ? .typicalFirst : .margin) }

    func run() throws {
        Cancellation.catchSignals()
        let model = try self.model.map { try ScannedModel(reading: $0) }
        if let model { try checkKnowsClasses(model.model) }
        let engine = try model.map { try engineOptions.engine(scoring: $0.model) }
        let pack = try MinedPack.isPack(data)
        guard chosen != .labelErrors || labelled == nil else {
            throw CommandError(
                operation: "look for wrong labels", path: data[0],
                cause: "it looks at what a pack says of its samples: leave out --labelled")
        }
        guard !whole || !pack else {
            throw CommandError(
                operation: "choose scenes as wholes", path: data[0], cause: "it is a pack: leave out --whole")
        }
        var outputs = overwriting.outputs(reading: (pack ? sampleInputs : data) + [self.model, labelled])
        let target = try outputs.file(output)
        let sheetTarget = try sheet.map { try outputs.file($0) }
        let line = ProgressLine()
        let mined: any MinedData =
            pack
            ? try MinedPack(self, model, engine, strategy: chosen, line: line)
            : try MinedScenes(self, model, engine, strategy: chosen, line: line)
        var plan = PickPlan(chosen, count: count, threads: ProcessInfo.processInfo.activeProcessorCount)
        plan.seed = seed
        plan.balancesClasses = balance
        // A labelled window is no choice itself; those beside it may show other objects. Where a model has a background, those that look
        // less like an object than a labelled one which they overlap are none, either.
        plan.skipsLabelledObjects = false
        guard mined.candidates.count > 0 else {
            throw CommandError(
                operation: "choose anything", path: data[0],
                cause: "there are no \(mined.noun) that can be read"
                    + (pack || whole ? "" : " and have enough valid pixels in the area"))
        }
        var candidates = mined.candidates
        if let model, !Self.knowsClasses(model.model) {
            (candidates.scores, candidates.background) = (nil, nil)
        }
        let picks = candidates.picks(plan)
        guard !picks.picks.isEmpty else { throw nothing(picks, mined) }
        let classes = model?.model.classes ?? []
        let rows = try picks.picks.enumerated().map { place, pick in
            try MinedRow(place + 1, pick, mined, classes: classes, strategy: chosen)
        }
        try MinedRow.write(rows, to: target)
        if let sheetTarget { try write(rows, picks.picks, of: mined, to: sheetTarget) }
        line.finish(text(of: rows, picks, mined))
    }

    /// Whether a model says what pictures show, and not only how they are turned.
    private static func knowsClasses(_ model: Model) -> Bool { model.classes != TurnedSamples.names }

    private func checkKnowsClasses(_ model: Model) throws {
        guard !Self.knowsClasses(model), chosen.needsScores || balance == true else { return }
        throw CommandError(
            operation: "choose by its scores", path: self.model ?? "",
            cause:
                "it has learnt without labels and knows no classes; give --strategy typical, which takes its features"
        )
    }

    /// Why there is no choice although there are candidates.
    private func nothing(_ picks: Picks, _ mined: any MinedData) -> any Error {
        guard picks.leftOutCount == 0, labelled != nil else {
            return CommandError(
                operation: "choose anything", path: data[0],
                cause:
                    "the scores or features of \(grouped(picks.leftOutCount)) \(mined.noun) are not numbers")
        }
        return NothingToChoose(path: data[0], noun: mined.noun)
    }

    private var sampleInputs: [String] { data.flatMap { sampleFiles(of: $0) } }

    private func text(of rows: [MinedRow], _ picks: Picks, _ mined: any MinedData) -> TerminalText {
        var text: TerminalText =
            "\(grouped(rows.count)) of \(grouped(mined.candidates.count)) \(mined.noun) chosen: \(chosen.rawValue), seed \(seed)"
        if rows.count < count { text = text + "; there are no more to choose" }
        if picks.leftOutCount > 0 {
            text = text + "; \(grouped(picks.leftOutCount)) have scores that are not numbers and are left out"
        }
        return text
    }

    /// Choices on a sheet, at most.
    private static let sheetLimit = 96

    private func write(
        _ rows: [MinedRow], _ picks: [Pick], of mined: any MinedData, to target: OutputFile
    ) throws {
        let shown = picks.prefix(Self.sheetLimit)
        let pictures = try mined.pictures(of: shown.map(\.item), cancellation: .ofSignals)
        let entries = zip(pictures, rows).map { picture, row in
            ContactSheet.Entry(
                picture: picture,
                lines: row.lines(namesScene: mined.sceneCount > 1 || whole, isWhole: whole))
        }
        let title = Self.sheetTitle(rows.count, chosen)
        try ContactSheet(title: title, entries: entries).figure.write(to: target)
    }
}

extension Mine {
    /// What a sheet of so many choices is.
    static func sheetTitle(_ count: Int, _ strategy: PickStrategy) -> String {
        switch strategy {
        case .labelErrors: "Labels that are probably wrong: \(grouped(count)), the likeliest first"
        case .random: "To label next: \(grouped(count)), drawn at random"
        case .typicalFirst, .margin, .entropy: "To label next: \(grouped(count)), the most useful first"
        }
    }
}

extension PickStrategy: ExpressibleByArgument {}

/// What choices are made of.
protocol MinedData {
    var candidates: Candidates { get }
    /// What several items are called: `"windows"`.
    var noun: String { get }
    /// How many scenes there are; 0 for a pack.
    var sceneCount: Int { get }
    /// Where an item is.
    func place(of item: Int) throws -> MinedRow.Place
    /// As a person should see items, all of one size.
    func pictures(of items: [Int], cancellation: Cancellation) throws -> [Image]
}
