import ArgumentParser
import Files
import Records
import Scenes

/// Makes training windows that hold parts of several things, as a scene's do.
struct Scatter: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scatter a pack's tiles on a canvas per group and cut overlapping windows.")

    @Argument(help: ArgumentHelp("The tiles.", valueName: "pack.tiles"))
    var pack: String
    @Argument(help: ArgumentHelp("The pack to write.", valueName: "output.tiles"))
    var output: String
    @OptionGroup var grouping: GroupOptions
    @Option(help: ArgumentHelp("From one window to the next.", valueName: "pixels"))
    var stride = 8
    @Option(help: ArgumentHelp("About how many windows, over all groups.", valueName: "count"))
    var windows = 300_000
    @Option(help: "The same seed gives the same pack.")
    var seed: UInt64 = 1
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard (1...10_000).contains(stride) else {
            throw ValidationError("--stride must be between 1 and 10000: \(stride)")
        }
        guard (1...1_000_000_000).contains(windows) else {
            throw ValidationError("--windows must be between 1 and 1000000000: \(windows)")
        }
    }

    func run() throws {
        Cancellation.catchSignals()
        var outputs = overwriting.outputs(reading: [pack])
        let file = try outputs.file(output)
        let tiles = try TilePack(opening: pack)
        let plan = ScatterPlan(
            groups: try grouping.groups(of: tiles), stride: stride, windowCount: windows, seed: seed)
        let line = ProgressLine()
        let canvasCount = plan.groups.names.count
        let groups = try scatter(
            tiles, to: file, plan: plan,
            job: Job(on: line) { "scattered \($0) of \(canvasCount) canvases" })
        line.finish("scattered \(canvasCount) of \(canvasCount) canvases")
        for group in groups {
            say(
                "\(group.name): \(group.windowCount) windows of a \(group.canvasWidth)x\(group.canvasHeight) "
                    + "canvas, \(group.originalCount) tiles as they are")
        }
        let count = groups.reduce(0) { $0 + $1.windowCount + $1.originalCount }
        say("\(output): \(count) tiles of \(tiles.tileWidth)x\(tiles.tileHeight)")
    }
}

/// Which classes are taken together.
struct GroupOptions: ParsableArguments {
    @Option(
        name: .customLong("group"),
        help: ArgumentHelp(
            "A class of the result and the pack's classes that it takes; * takes those left over. May be given "
                + "often; by default each class stands for itself.",
            valueName: "name=class,…"))
    var rules: [String] = []

    func groups(of pack: TilePack) throws -> ClassGroups {
        try ClassGroups(rules, classNames: pack.classNames)
    }
}
