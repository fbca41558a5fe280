import Foundation
import TestSupport
import Testing

/// Trainings as the service shows them.
struct RunsTests {
    @Test func listsTrainingsWithCurvesAndConfusion() throws {
        let folder = try TemporaryFolder()
        for arguments in [
            ["sample", "objects.tiles", "--per-class", "4", "--seed", "1"],
            [
                "train", "objects.tiles", "--validation", "objects.tiles", "--output", "models/small",
                "--epochs", "1",
                "--batch-size", "8", "--architecture", "cifar-resnet8-v2",
            ],
            [
                "evaluate", "models/small/model.safetensors", "objects.tiles", "--output",
                "models/small/evaluation",
            ],
        ] {
            try run(arguments, in: folder)
        }
        let tool = try ServedTool(["--models", "models"], folder: folder.path)
        let runs = try #require(try tool.request("GET", "/v1/runs").json()["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        #expect(runs.first?["name"] as? String == "small")
        #expect(runs.first?["finishedEpochCount"] as? Int == 1)
        #expect(runs.first?["isFinished"] as? Bool == true)
        let curves = try tool.request("GET", "/v1/runs/small/curves").json()
        #expect((curves["steps"] as? [Any])?.count == 5)
        #expect((curves["epochs"] as? [[String: Any]])?.first?["top1"] is Double)
        let confusion = try tool.request("GET", "/v1/runs/small/confusion").json()
        let counts = try #require(confusion["counts"] as? [[Int]])
        #expect(counts.count == 10 && counts.flatMap { $0 }.reduce(0, +) == 40)
        #expect(try tool.request("GET", "/v1/runs/none/curves").status == 404)
        // The training's model has its name.
        #expect(try tool.request("GET", "/v1/models/small").status == 200)
    }

    private func run(_ arguments: [String], in folder: TemporaryFolder) throws {
        let process = Process()
        process.executableURL = URL(filePath: ServedTool.path(of: "tilescope"))
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitForEnd()
        try #require(
            process.terminationStatus == 0,
            "\(arguments): \(String(decoding: words, as: UTF8.self))")
    }
}
