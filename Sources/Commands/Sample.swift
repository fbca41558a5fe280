import ArgumentParser
import Scenes

/// Draws labelled pictures, for machines without data.
struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw labelled pictures of ten classes of things as a tile pack.")

    @Argument(help: ArgumentHelp("The pack to write.", valueName: "output.tiles"))
    var output: String
    @Option(help: ArgumentHelp("Pictures of each class.", valueName: "count"))
    var perClass = 500
    @Option(help: "The same seed draws the same pictures.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...1_000_000).contains(perClass) else {
            throw ValidationError("--per-class must be between 1 and 1000000: \(perClass)")
        }
    }

    func run() throws {
        Interruption.catchSignals()
        var line = ProgressLine()
        let count = perClass * DrawnObjects.classNames.count
        try writeDrawnObjects(
            to: output, countPerClass: perClass, seed: seed,
            progress: { line.show("drawn \($0) of \(count)") }, shouldStop: { Interruption.isRequested })
        line.finish("drawn \(count) of \(count)")
        print("\(output): \(count) tiles of 32x32, \(DrawnObjects.classNames.joined(separator: ", "))")
    }
}
