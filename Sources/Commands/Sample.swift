import ArgumentParser
import Files
import Pixels
import Rasters
import Scenes

/// Draws labelled images, for machines without data.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw labelled images of ten classes of things as a tile pack.",
        discussion: "With --guide it paints an image for mosaic to imitate instead, always the same.")

    @Argument(help: ArgumentHelp("The pack to write; with --guide a PNG file.", valueName: "output.tiles"))
    var output: String
    @Option(help: ArgumentHelp("Images of each class.", valueName: "count"))
    var perClass = 500
    @Option(help: "The same seed draws the same images.")
    var seed: UInt64 = 1
    @Flag(help: "Paint the demo's guide, a portrait before a landscape.")
    var guide = false
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard !guide || output.hasSuffix(".png") else {
            throw ValidationError("with --guide the file must end in .png: \(output)")
        }
        guard (1...1_000_000).contains(perClass) else {
            throw ValidationError("--per-class must be between 1 and 1000000: \(perClass)")
        }
    }

    func run() throws {
        Cancellation.catchSignals()
        var outputs = overwriting.outputs(reading: [])
        let file = try outputs.file(output)
        guard !guide else { return try paintGuide(to: file) }
        let line = ProgressLine()
        let count = perClass * DrawnObjects.classNames.count
        try writeDrawnObjects(
            to: file, countPerClass: perClass, seed: seed,
            job: Job(on: line) { "drawn \($0) of \(count)" })
        line.finish("drawn \(count) of \(count)")
        say(
            "\(output): \(counted(count, "tile")) of 32x32, \(DrawnObjects.classNames.joined(separator: ", "))"
        )
    }

    private func paintGuide(to file: OutputFile) throws {
        let image = DemoGuide.image()
        try image.writePNG(to: file)
        say("\(output): \(image.width)x\(image.height) pixels")
    }
}
