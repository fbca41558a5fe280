import Annotations
import ArgumentParser
import Bytes
import Files
import Foundation
import ModelFiles
import Rasters
import Records
import Scanning
import Scenes

/// Makes training tiles of scenes in which somebody has drawn what there is.
struct Cut: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cut training tiles from scenes with boxes or points.",
        discussion: """
            Each object gives tiles of its class, and places without objects give tiles of the background. Tiles are read as scan \
            reads windows, so that training sees what scanning sees. The pack knows how large objects and pixels are; train writes \
            that into the model, and scan chooses its scales by it. See docs/cutting.md.
            Writes OUTPUT, with a part for validation also OUTPUT-validation.tiles, and OUTPUT.scenes.csv with a row for each scene. \
            Exit codes: 0 done, 1 at least one scene failed; the tiles of the others are kept.
            """)

    @Argument(
        help: ArgumentHelp(
            "Scenes: any images that GDAL reads, folders, patterns, or - for a list on standard input.",
            valueName: "scene"))
    var scenes: [String] = []
    @Option(
        name: .customLong("list"),
        help: ArgumentHelp(
            "A file with a scene, a folder or a pattern on each line; may be given several times.",
            valueName: "file"))
    var lists: [String] = []
    @Option(
        help: ArgumentHelp(
            """
            Where the objects are: a file or a folder of files, in any format that docs/annotations.md lists. May be given several \
            times, once for each scene in their order; one alone must name its scenes where there are several.
            """, valueName: "file"))
    var truth: [String]
    @Option(
        help: ArgumentHelp(
            "The format of --truth. Default: found by its name and contents.", valueName: "name"))
    var truthFormat: String?
    @Option(help: ArgumentHelp("The pack to write.", valueName: "output.tiles")) var output: String
    @OptionGroup(title: "Tiles") var tileOptions: CutOptions
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Scenes whose tiles go into OUTPUT-validation.tiles; they need not be named again.",
            valueName: "scene"))
    var validation: [String] = []
    @Option(
        help: ArgumentHelp(
            "Put this share of the scenes into OUTPUT-validation.tiles: whole scenes, chosen by --seed and their names.",
            valueName: "0...1"))
    var validationShare: Double?
    @OptionGroup(title: "What is seen") var sceneOptions: SceneOptions
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard output.hasSuffix(".tiles"), output.utf8.count > 6 else {
            throw ValidationError("--output must end in .tiles: \(output)")
        }
        guard !scenes.isEmpty || !lists.isEmpty || !validation.isEmpty else {
            throw ValidationError("name at least one scene")
        }
        guard !truth.isEmpty else { throw ValidationError("--truth must name a file or a folder") }
        if let truthFormat, AnnotationFormat(name: truthFormat) == nil {
            throw ValidationError("--truth-format \(truthFormat) is unknown")
        }
        guard (0..<1).contains(validationShare ?? 0) else {
            throw ValidationError(
                "--validation-share must be at least 0 and less than 1: \(validationShare ?? 0)")
        }
        guard validation.isEmpty || validationShare == nil else {
            throw ValidationError("--validation and --validation-share exclude each other: give one")
        }
        guard sceneOptions.scales?.numbers.count ?? 1 == 1 else {
            throw ValidationError("--scale is one number here: a tile shows one scale")
        }
        let isFixed = sceneOptions.scales != nil || sceneOptions.resolution != nil
        guard !isFixed || tileOptions.fill == nil else {
            throw ValidationError(
                "--fill gives each object a scale of its own: leave out --scale and --resolution")
        }
        guard !isFixed || tileOptions.zoom == 1 else {
            throw ValidationError(
                "--zoom changes the scale of each object: leave out --scale and --resolution")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let line = ProgressLine()
        let model = try tileOptions.like.map { try Model(reading: $0) }
        let plan = try tileOptions.plan(sceneOptions, like: model)
        let list = SceneList(scenes, lists: lists, output: output)
        let validationList = SceneList(validation, lists: [], output: output)
        let reader = try CutReader(
            truths: truth, format: truthFormat.flatMap { AnnotationFormat(name: $0) },
            sceneOptions: sceneOptions,
            windowSize: plan.windowSize, objectSize: tileOptions.objectSize, model: model,
            job: Job<CutProgress>(on: line) { "cut \($0.doneCount) of \($0.count)" })
        try reader.check(sceneCount: Set((list.entries + validationList.entries).map(\.name)).count)
        let inputs = truth + [tileOptions.like].compactMap(\.self)
        let sceneInputs = (list.entries + validationList.entries).compactMap(\.address)
        var outputs = OutputFiles(
            inputs: inputs.map { Address($0) } + sceneInputs, replaces: overwriting.isGiven)
        let stem = String(output.dropLast(6))
        let file = try outputs.file(output)
        let table = try outputs.file(stem + ".scenes.csv")
        let hasValidation = !validation.isEmpty || validationShare ?? 0 > 0
        let validationFile = hasValidation ? try outputs.file(stem + "-validation.tiles") : nil

        var rows: [CutRow] = []
        var read = reader.read(list, validationList, &rows)
        try cancellation.check()
        if read.isEmpty, let first = rows.first {
            for row in rows.dropFirst() { ProgressLine.warn("\(row.error ?? row.scene)") }
            throw NoSceneError(description: first.error ?? first.scene)
        }
        if let validationShare { Self.split(&read, share: validationShare, seed: plan.seed) }
        let classes = try CutClasses(
            of: read, asked: tileOptions.classes, background: tileOptions.background, model: model)
        try reader.addFalseAlarms(of: tileOptions.hard.map { Address($0) }, to: &read)
        let ranges = Self.ranges(of: read)
        var packs: [(name: String, pack: CutPack)] = []
        let targets: [(CutRow.Part, OutputFile?)] = [(.train, file), (.validation, validationFile)]
        for (part, target) in targets {
            let members = read.filter { $0.part == part }
            guard let target, !members.isEmpty else { continue }
            let inputs = try members.map {
                try $0.input(classes, leastVisible: plan.leastVisible, fill: plan.scale, cancellation)
            }
            let pack = try Scenes.cut(
                inputs.map(\.scene), to: target, classes: classes.names, background: classes.background,
                ranges: ranges, plan: plan,
                job: Job<CutProgress>(on: line) { "cut \($0.doneCount) of \($0.count)" })
            packs.append((target.path, pack))
            rows += CutRow.rows(part, members, inputs, pack)
        }
        rows.sort { ($0.name, $0.scene) < ($1.name, $1.scene) }
        try writeFile(CutRow.table(rows, classes: classes.names), to: table)
        line.finish(
            "cut \(counted(packs.reduce(0) { $0 + $1.pack.tileCount }, "tile")) of \(rows.count { $0.error == nil }) of \(counted(rows.count, "scene"))"
        )
        for row in rows {
            if row.error == nil {
                say(row.text(classes))
            } else {
                ProgressLine.warn(row.text(classes))
            }
        }
        for (name, pack) in packs { for text in pack.texts(name, classes, plan) { say(text) } }
        let failedCount = rows.count { $0.error != nil }
        guard failedCount == 0 else {
            throw CommandError(
                operation: rows.count == 1 ? "cut the scene" : "cut all \(rows.count) scenes", path: output,
                cause: "\(failedCount) failed, for the reasons above"
                    + (packs.isEmpty ? "" : "; the tiles of the others are in the pack"))
        }
    }

    /// Chooses scenes for the validation by the seed and their names alone.
    private static func split(_ read: inout [CutReader.Read], share: Double, seed: UInt64) {
        guard share > 0 else { return }
        guard read.count > 1 else {
            ProgressLine.warn(
                "there is only one scene, and a scene is never split: all its tiles are for training")
            return
        }
        let order = read.indices.map { place -> (hash: UInt64, name: String, place: Int) in
            let name = read[place].name
            var random = SplitMix64(seed: seed, stream: Int(CRC32C.checksum(Array(name.utf8).span.bytes)))
            return (random.next(), read[place].scene.address.description, place)
        }.sorted { ($0.hash, $0.name) < ($1.hash, $1.name) }
        let count = min(read.count - 1, max(1, Int((share * Double(read.count)).rounded())))
        for chosen in order.prefix(count) { read[chosen.place].part = .validation }
    }

    /// Which samples are black and white; `nil` where all scenes are seen as they are, and where they differ.
    private static func ranges(of read: [CutReader.Read]) -> [SampleRange]? {
        let ranges = Set(read.map { $0.scene.view?.ranges })
        if ranges.count > 1 {
            ProgressLine.warn(
                "the scenes have different ranges of values, so the model will not store a range: give --range MIN,MAX"
            )
        }
        return ranges.count == 1 ? ranges.first ?? nil : nil
    }
}
