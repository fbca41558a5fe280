public import ArgumentParser
import Files
import Pixels
import Rasters
import Records
public import Scenes

extension MosaicPlan.Mode: ExpressibleByArgument {}

/// Makes a scene of which everything is known.
struct MakeMosaic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mosaic", abstract: "Make a photomosaic of an image, with the truth about its tiles.")

    @Argument(help: "The image to imitate.")
    var guide: String
    @Option(help: ArgumentHelp("The tiles.", valueName: "pack.tiles"))
    var tiles: String
    @Option(help: ArgumentHelp("The scene to write, a tiled TIFF.", valueName: "scene.tif"))
    var output: String
    @Option(help: ArgumentHelp("Where every tile lies, as JSON lines.", valueName: "truth.jsonl"))
    var truth: String?
    @Option(help: "Tiles side by side (grid), or as many again at random places above them (collage).")
    var mode = MosaicPlan.Mode.grid
    @OptionGroup var grouping: GroupOptions
    @Option(
        help: ArgumentHelp(
            "Tiles from left to right; by default one per pixel of the guide.", valueName: "count"))
    var tilesAcross: Int?
    @Option(
        help: ArgumentHelp(
            "From one tile to the next, at most a tile's side, which is the default.", valueName: "pixels"))
    var tileSpacing: Int?
    @Option(help: ArgumentHelp("How often a tile may be used; by default without limit.", valueName: "count"))
    var maxRepeats: Int?
    @Option(help: ArgumentHelp("No tile is used again within this many places.", valueName: "places"))
    var repeatDistance = 6
    @Option(help: "The same seed gives the same scene.")
    var seed: UInt64 = 1
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard output.hasSuffix(".tif") || output.hasSuffix(".tiff") else {
            throw ValidationError("--output must end in .tif, because the scene is a tiled TIFF: \(output)")
        }
        guard (0...50).contains(repeatDistance) else {
            throw ValidationError("--repeat-distance must be between 0 and 50: \(repeatDistance)")
        }
        for (name, value) in [
            ("tiles-across", tilesAcross), ("tile-spacing", tileSpacing), ("max-repeats", maxRepeats),
        ] {
            guard value ?? 1 > 0 else { throw ValidationError("--\(name) must be positive: \(value ?? 0)") }
        }
    }

    func run() throws {
        let line = ProgressLine()
        let job = Job<MosaicProgress>(on: line) { progress in
            switch progress {
            case .choosing(let filledCount, let placeCount):
                "chosen \(filledCount) of \(counted(placeCount, "tile"))"
            case .painting(let rowCount, let height):
                rowCount < height ? "row \(rowCount) of \(height)" : "writing truth and overviews"
            }
        }
        var outputs = overwriting.outputs(reading: [guide, tiles])
        let sceneFile = try outputs.file(output)
        let truthFile = try truth.map { try outputs.file($0) }
        let pack = try TilePack(opening: tiles)
        let plan = MosaicPlan(
            mode: mode, tilesAcross: tilesAcross, tileSpacing: tileSpacing, maxRepeats: maxRepeats,
            repeatDistance: repeatDistance, seed: seed)
        let mosaic = try Mosaic(
            guide: Image(pictureAt: Address(guide), cancellation: job.cancellation), pack: pack,
            groups: grouping.groups(of: pack), plan: plan, job: job)
        try mosaic.write(scene: sceneFile, truth: truthFile, job: job)
        line.finish("painted \(mosaic.width)x\(mosaic.height) pixels")
        say("\(output): \(mosaic.width)x\(mosaic.height) pixels, \(counted(mosaic.tileCount, "tile"))")
        if let truth { say("\(truth): box, class and visible part of each") }
    }
}
