import ArgumentParser
import Files
import Records
import Scenes

/// Makes training windows that hold parts of several things, as a scene's do.
struct Scatter: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scatter a pack's tiles on canvases and cut overlapping windows.",
        discussion: """
            With --mixed, all groups lie on each canvas, and a window has the class of the tile at its centre: what a scan meets. \
            Models that learn from such a pack find far more, and their contract tells scan how to read them. Without it each \
            group has a canvas of its own, as in the post that this follows. See docs/training.md.
            """)

    @Argument(help: ArgumentHelp("The tiles.", valueName: "pack.tiles"))
    var pack: String
    @Argument(help: ArgumentHelp("The pack to write.", valueName: "output.tiles"))
    var output: String
    @OptionGroup var grouping: GroupOptions
    @Option(help: ArgumentHelp("From one window to the next.", valueName: "pixels"))
    var stride = 8
    @Option(help: ArgumentHelp("About how many windows, over all canvases.", valueName: "count"))
    var windows = 300_000
    @Option(
        help: ArgumentHelp(
            "Share of the result that is unchanged tiles, equally many of each group.", valueName: "0..<1"))
    var originals = 0.4
    @Option(help: "The same seed gives the same pack.")
    var seed: UInt64 = 1
    @OptionGroup(title: "Mixed canvases") var mixing: MixingOptions
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard (1...10_000).contains(stride) else {
            throw ValidationError("--stride must be between 1 and 10000: \(stride)")
        }
        guard (1...1_000_000_000).contains(windows) else {
            throw ValidationError("--windows must be between 1 and 1000000000: \(windows)")
        }
        guard (0..<1).contains(originals) else {
            throw ValidationError("--originals must be at least 0 and less than 1: \(originals)")
        }
    }

    func run() throws {
        Cancellation.catchSignals()
        var outputs = overwriting.outputs(reading: [pack])
        let file = try outputs.file(output)
        let tiles = try TilePack(opening: pack)
        let groups = try grouping.groups(of: tiles)
        let plan = ScatterPlan(
            groups: groups, canvases: try mixing.canvases(of: groups), stride: stride, windowCount: windows,
            originalShare: originals, seed: seed)
        let line = ProgressLine()
        let canvasCount = plan.canvasCount
        let scattered = try scatter(
            tiles, to: file, plan: plan,
            job: Job(on: line) { "scattered \($0.fixed(1)) of \(counted(canvasCount, "canvas", "canvases"))" }
        )
        line.finish("scattered \(canvasCount) of \(counted(canvasCount, "canvas", "canvases"))")
        for (number, canvas) in scattered.canvases.enumerated() {
            let name = mixing.mixed ? "\(number + 1)" : plan.groups.names[number]
            say("canvas \(name): \(canvas.width)x\(canvas.height)")
        }
        for row in scattered.classes {
            say(
                "\(row.name): \(counted(row.windowCount, "window")), \(counted(row.originalCount, "tile")) as they are"
            )
        }
        say("\(output): \(counted(scattered.tileCount, "tile")) of \(tiles.tileWidth)x\(tiles.tileHeight)")
    }
}

/// How groups are mixed on canvases.
struct MixingOptions: ParsableArguments {
    @Flag(help: "Scatter all groups on each canvas; a window has the class of the tile at its centre.")
    var mixed = false
    @Option(
        help: ArgumentHelp(
            "How often a tile is of each group. Default: half of all where a group is the background, and equal shares of the others.",
            valueName: "name=share,…"))
    var shares: String?
    @Option(
        help: ArgumentHelp(
            """
            How many times over each canvas is covered by tiles at random places, above a layer without gaps. Default: 0,1,1, so \
            three canvases.
            """, valueName: "count,…"))
    var layers: String?
    @Option(
        help: ArgumentHelp(
            "The stride of the later scan. A window takes the class of a tile whose centre is at most three quarters of it away. Default: 16.",
            valueName: "pixels"))
    var scanStride: Int?
    @Option(
        help: ArgumentHelp(
            "The part of a tile that must be visible to give a window its class. Default: 0.5.",
            valueName: "0...1"))
    var leastVisible: Double?
    @Option(
        help: ArgumentHelp(
            """
            The class of windows with no such tile; scans leave it out. Default: the group that takes *, or a new class named \
            background.
            """, valueName: "name"))
    var background: String?

    private static let layerLimit = 20

    func validate() throws {
        let isGiven =
            shares != nil || layers != nil || scanStride != nil || leastVisible != nil || background != nil
        guard mixed || !isGiven else {
            throw ValidationError(
                "--shares, --layers, --scan-stride, --least-visible and --background need --mixed"
            )
        }
        guard (1...10_000).contains(scanStride ?? 1) else {
            throw ValidationError("--scan-stride must be between 1 and 10000: \(scanStride ?? 0)")
        }
        guard (0...1).contains(leastVisible ?? 0) else {
            throw ValidationError("--least-visible must lie in 0...1: \(leastVisible ?? 0)")
        }
        guard background != "" else { throw ValidationError("--background must name a class") }
        _ = try layerCounts()
    }

    private func layerCounts() throws(ValidationError) -> [Int]? {
        guard let layers else { return nil }
        let counts = layers.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = counts.compactMap { $0 }.filter { (0...Self.layerLimit).contains($0) }
        guard numbers.count == counts.count, numbers.count <= Self.layerLimit else {
            throw ValidationError(
                "--layers must be numbers in 0...\(Self.layerLimit), one for each canvas, as in 0,1,1: \(layers)"
            )
        }
        return numbers
    }

    /// - Parameter groups: that are mixed.
    func canvases(of groups: ClassGroups) throws -> ScatterPlan.Canvases {
        guard mixed else { return .single }
        let usual = MixedCanvases()
        return .mixed(
            MixedCanvases(
                layers: try layerCounts() ?? usual.layers, shares: try shares(of: groups),
                scanStride: scanStride ?? usual.scanStride, leastVisible: leastVisible ?? usual.leastVisible,
                background: background))
    }

    /// - Throws: as wrong usage, for what does not name each group once.
    private func shares(of groups: ClassGroups) throws(ValidationError) -> [Double]? {
        guard let text = shares else { return nil }
        var shares: [String: Double] = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            // A name may have a = in it, a number has none.
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false)
            let name = sides.dropLast().joined(separator: "=")
            guard sides.count > 1, let share = Double(sides[sides.count - 1]), share >= 0, share.isFinite
            else {
                throw ValidationError("--shares must be name=number,…: \(text)")
            }
            guard groups.names.contains(name) else {
                throw ValidationError(
                    "--shares names \(name), which is not a group; the groups are \(groups.names.joined(separator: ", "))"
                )
            }
            guard shares.updateValue(share, forKey: name) == nil else {
                throw ValidationError("--shares names \(name) twice: \(text)")
            }
        }
        guard shares.count == groups.names.count, shares.values.contains(where: { $0 > 0 }) else {
            throw ValidationError(
                "--shares must name every group, \(groups.names.joined(separator: ", ")), and at least one of them above 0: \(text)"
            )
        }
        return groups.names.map { shares[$0] ?? 0 }
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
