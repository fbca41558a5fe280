import Foundation
import ModelFiles
import TestSupport
import Testing

/// A training whose terminal or reader goes away.
@Suite struct SignalTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let run = try ToolRun(["sample", "drawn.tiles", "--per-class", "4"], folder: folder.path)
        try #require(run.exitCode == 0, "\(run.errors)")
    }

    /// - Parameter whileRunning: called when the tool has first shown how far it is.
    private func run(
        _ words: String, whileRunning: (Process, Pipe) throws -> Void
    ) throws -> (exitCode: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: ToolRun.path)
        process.arguments = words.split(separator: " ").map { String($0) }
        process.currentDirectoryURL = URL(filePath: folder.path)
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (Pipe(), errors)
        ToolRun.letSignalsThrough()
        try process.run()
        var shown = errors.fileHandleForReading.availableData
        try whileRunning(process, errors)
        shown += (try? errors.fileHandleForReading.readToEnd()) ?? Data()
        process.waitForEnd()
        let exitCode = process.terminationReason == .exit ? process.terminationStatus : -1
        return (exitCode, String(decoding: shown, as: UTF8.self))
    }

    private func train(epochs: Int, whileRunning: (Process, Pipe) throws -> Void) throws -> Int32 {
        try run(
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs \(epochs) --batch-size 4",
            whileRunning: whileRunning
        ).exitCode
    }

    @Test func everyLongCommandEndsWithWordsOnWhatIsKept() throws {
        for words in [
            "sample guide.png --guide",
            "scatter drawn.tiles many.tiles --group car=car --group other=* --windows 40000",
            "scatter drawn.tiles few.tiles --group car=car --group other=* --windows 200",
            "train few.tiles --output first --architecture cifar-resnet8-v2 --epochs 1 --batch-size 32",
        ] {
            let run = try ToolRun(words.split(separator: " ").map { String($0) }, folder: folder.path)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        _ = try folder.write(
            (0..<100_000).flatMap { Array("\($0)\t0\tguide.png\n".utf8) }, to: "pictures.lst")
        let ends = [
            ("sample out.tiles --per-class 10000", SIGINT, "nothing was kept"),
            (
                "mosaic guide.png --tiles drawn.tiles --output out.tif --tiles-across 400", SIGTERM,
                "nothing was kept"
            ),
            ("pack pictures.lst --output out.rec", SIGHUP, "the same command resumes"),
            (
                "train many.tiles --output out --architecture cifar-resnet8-v2 --epochs 1000", SIGTERM,
                "--resume out goes on"
            ),
            ("evaluate first/model.safetensors many.tiles", SIGINT, "this is of the first"),
            (
                "calibrate first/model.safetensors --data many.tiles --count 40000 --output c.safetensors",
                SIGHUP,
                "nothing was written"
            ),
            (
                "scan guide.png --model first/model.safetensors --labels car --stride 1 --output found",
                SIGTERM,
                "interrupted"
            ),
        ]
        for (words, number, kept) in ends {
            let end = try run(words) { process, _ in kill(process.processIdentifier, number) }
            #expect(end.exitCode == 1 && end.errors.contains(kept), "\(words): \(end)")
        }
        #expect(try !folder.names.contains { $0.contains(".partial-") })
    }

    @Test func theEndOfTheTerminalKeepsWhatTheTrainingHasLearnt() throws {
        let exitCode = try train(epochs: 1000) { process, _ in kill(process.processIdentifier, SIGHUP) }
        #expect(exitCode == 1)
        _ = try Model(reading: folder.path + "/run/model.safetensors")
    }

    @Test func aReaderWhoGoesAwayEndsNoTraining() throws {
        let exitCode = try train(epochs: 2) { _, errors in try errors.fileHandleForReading.close() }
        #expect(exitCode == 0)
        _ = try Model(reading: folder.path + "/run/model.safetensors")
    }

    @Test func aReaderWhoGoesAwayFailsNoCommand() throws {
        let process = Process()
        process.executableURL = URL(filePath: ToolRun.path)
        process.arguments = ["runs", folder.path]
        let output = Pipe()
        try output.fileHandleForReading.close()
        process.standardOutput = output
        try process.run()
        process.waitForEnd()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }
}
