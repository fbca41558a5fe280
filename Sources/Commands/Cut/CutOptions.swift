import ArgumentParser
import ModelFiles
import Networks
import Scanning
import Scenes

/// Which tiles are cut.
struct CutOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The classes, in the order of their labels. Default: all that --truth names, by name.",
            valueName: "name,…"))
    var classes: String?
    @Option(
        help: ArgumentHelp("The class of tiles without an object. Default: background.", valueName: "name"))
    var background: String?
    @Option(help: ArgumentHelp("Side of a tile. Default: 32.", valueName: "pixels"))
    var size: Int?
    @Option(
        help: ArgumentHelp(
            "Take size, classes, background, stride and pixel size from a model, to train it further.",
            valueName: "model"))
    var like: String?
    @Option(
        help: ArgumentHelp(
            """
            An object's longer side is this share of its tile's side: each object is seen at a scale of its own. Default: 0.6, where \
            neither --scale nor --resolution says one scale for all.
            """, valueName: "0...2"))
    var fill: Double?
    @Option(
        help: ArgumentHelp(
            "The size of an object that --truth has as a point, in pixels of the scene.", valueName: "pixels")
    )
    var objectSize: Double?
    @Option(
        help: ArgumentHelp(
            """
            The stride of the later scan, in pixels of tiles. An object makes tiles whose centre is at most three quarters of it away: \
            the label radius. Default: half of the size.
            """, valueName: "pixels"))
    var scanStride: Int?
    @Option(help: ArgumentHelp("Tiles of each object; all but the first are shifted.", valueName: "count"))
    var copies = 8
    @Option(
        help: ArgumentHelp(
            "Shift tiles by so many pixels at most, in both directions. Default, and most: the label radius.",
            valueName: "pixels"))
    var jitter: Double?
    @Option(
        help: ArgumentHelp(
            """
            The same for boxes without an object. Where nobody has looked beside them, a tile that is shifted further may show one. \
            Default: as --jitter.
            """, valueName: "pixels"))
    var backgroundJitter: Double?
    @Option(
        help: ArgumentHelp(
            "Shifted tiles show an object up to so many times smaller or larger. Default: 1, for none.",
            valueName: "factor"))
    var zoom = 1.0
    @Option(
        help: ArgumentHelp(
            "About this share of the tiles is background, false alarms among them.", valueName: "0..<1"))
    var negatives = 0.5
    @Option(
        help: ArgumentHelp(
            """
            The centre of a background tile is at least so many pixels of the tile outside every box. Default: half of the scan's \
            stride.
            """, valueName: "pixels"))
    var distance: Double?
    @Option(
        help: ArgumentHelp(
            "Objects that are less visible make no tiles, neither of their class nor of the background.",
            valueName: "0...1"))
    var leastVisible: Float = 0.5
    @Option(
        help: ArgumentHelp(
            """
            The folder of an earlier scan of these scenes, or of several: what it found where there is no object is cut as \
            background. May be given several times.
            """, valueName: "folder"))
    var hard: [String] = []
    @Flag(
        help: """
            Keep whole parts of the scenes, with a window at every --stride that has the class of the object at its centre, instead of \
            single tiles.
            """)
    var canvas = false
    @Option(
        help: ArgumentHelp("From one window of a --canvas to the next. Default: 8.", valueName: "pixels"))
    var stride: Int?
    @Option(help: "The same seed gives the same tiles.") var seed: UInt64 = 1

    func validate() throws {
        guard (4...4096).contains(size ?? 32) else {
            throw ValidationError("--size must be between 4 and 4096: \(size ?? 0)")
        }
        guard size == nil || like == nil else {
            throw ValidationError("--like sets the size: leave out --size")
        }
        guard classes == nil || like == nil, background == nil || like == nil else {
            throw ValidationError("--like sets the classes: leave out --classes and --background")
        }
        guard background != "" else { throw ValidationError("--background must name a class") }
        guard !(classes?.split(separator: ",", omittingEmptySubsequences: false).contains("") ?? false) else {
            throw ValidationError("--classes has an empty name: \(classes ?? "")")
        }
        guard fill.map({ $0 > 0 && $0 <= 2 }) ?? true else {
            throw ValidationError("--fill must be more than 0 and at most 2: \(fill ?? 0)")
        }
        guard objectSize.map({ (1e-3...1e6).contains($0) }) ?? true else {
            throw ValidationError("--object-size must lie in 0.001...1000000: \(objectSize ?? 0)")
        }
        guard (1...10_000).contains(scanStride ?? 1), (1...10_000).contains(stride ?? 1) else {
            throw ValidationError("--scan-stride and --stride must be between 1 and 10000")
        }
        guard (1...10_000).contains(copies) else {
            throw ValidationError("--copies must be between 1 and 10000: \(copies)")
        }
        guard (1...4).contains(zoom) else { throw ValidationError("--zoom must lie in 1...4: \(zoom)") }
        guard (0..<1).contains(negatives) else {
            throw ValidationError("--negatives must be at least 0 and less than 1: \(negatives)")
        }
        for (name, value) in [
            ("--jitter", jitter), ("--background-jitter", backgroundJitter), ("--distance", distance),
        ] {
            guard (0...10_000).contains(value ?? 0) else {
                throw ValidationError("\(name) must lie in 0...10000: \(value ?? 0)")
            }
        }
        guard (0...1).contains(leastVisible) else {
            throw ValidationError("--least-visible must lie in 0...1: \(leastVisible)")
        }
        guard canvas || stride == nil else { throw ValidationError("--stride needs --canvas") }
        guard !canvas || zoom == 1 else {
            throw ValidationError("--zoom is for single tiles, not for --canvas")
        }
    }

    /// - Parameter model: that is to be trained further.
    /// - Throws: as wrong usage, for lengths that do not go together.
    func plan(_ sceneOptions: SceneOptions, like model: Model?) throws -> CutPlan {
        let windowSize = model?.architecture.inputSize ?? size ?? 32
        let scanStride = scanStride ?? model?.reading?.stride ?? max(1, windowSize / 2)
        var plan = CutPlan(
            windowSize: windowSize, form: canvas ? .canvases(stride: stride ?? 8) : .tiles(copies: copies),
            scanStride: scanStride, seed: seed)
        if let fill { plan.scale = .fill(fill) }
        if fill == nil, let pixelSize = model?.pixels?.pixelSize { plan.scale = .pixelSize(pixelSize) }
        if let factor = sceneOptions.scales?.numbers.first { plan.scale = .factor(factor) }
        if let resolution = sceneOptions.resolution { plan.scale = .pixelSize(resolution.metres) }
        if let radius = model?.reading?.labelRadius, self.scanStride == nil {
            (plan.labelRadius, plan.jitter) = (radius, radius)
        }
        if let jitter {
            guard jitter <= plan.labelRadius else {
                throw ValidationError(
                    "--jitter must be at most the label radius, three quarters of --scan-stride: \(jitter) > \(plan.labelRadius)"
                )
            }
            plan.jitter = jitter
        }
        plan.backgroundJitter = backgroundJitter
        if let distance { plan.distance = distance }
        plan.zoom = zoom
        plan.negativeShare = negatives
        plan.leastVisible = leastVisible
        if sceneOptions.skipPlain || sceneOptions.plainBelow != nil {
            plan.plainDeviation = sceneOptions.plainBelow ?? WindowSelection.usualPlainDeviation
        }
        return plan
    }
}
