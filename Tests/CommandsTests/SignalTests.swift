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

    /// - Parameter whileRunning: called when the tool has first shown how far it is; its errors are not read after that.
    private func train(epochs: Int, whileRunning: (Process, Pipe) -> Void) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "tilescope")
        process.arguments = [
            "train", "drawn.tiles", "--output", "run", "--architecture", "cifar-resnet8-v2", "--epochs",
            "\(epochs)", "--batch-size", "4",
        ]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (Pipe(), errors)
        ToolRun.letSignalsThrough()
        try process.run()
        _ = errors.fileHandleForReading.availableData
        whileRunning(process, errors)
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }

    @Test func theEndOfTheTerminalKeepsWhatTheTrainingHasLearnt() throws {
        let exitCode = try train(epochs: 1000) { process, _ in kill(process.processIdentifier, SIGHUP) }
        #expect(exitCode == 1)
        _ = try Model(reading: folder.path + "/run/model.safetensors")
    }

    @Test func aReaderWhoGoesAwayEndsNoTraining() throws {
        let exitCode = try train(epochs: 2) { _, errors in try? errors.fileHandleForReading.close() }
        #expect(exitCode == 0)
        _ = try Model(reading: folder.path + "/run/model.safetensors")
    }
}
