import Files
import Foundation
import NIOCore
import Service
import TestSupport
import Testing

/// Scans of the service beside those of the command line.
struct ScanEqualityTests {
    /// A folder with a model, a scene and what the command line makes of them.
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writeServedModel(to: "models/m.safetensors")
        _ = try folder.write(smallPNG(side: 96), to: "scene.png")
        return folder
    }

    private static func runTool(_ arguments: [String], in folder: TemporaryFolder) throws {
        let process = Process()
        process.executableURL = URL(filePath: ServedTool.path(of: "tilescope"))
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitForEnd()
        try #require(process.terminationStatus == 0)
    }

    private static func runner(_ folder: TemporaryFolder) async throws -> ScanRunner {
        try makeFolder(folder.file("data"))
        var limits = ServiceLimits()
        limits.freeByteCount = 0
        let settings = ScanRunner.Settings(
            program: ServedTool.path(of: "tilescope"), dataFolder: folder.file("data"), limits: limits)
        let (scene, model) = (folder.file("scene.png"), folder.file("models/m.safetensors"))
        return try await ScanRunner(
            settings, scene: { _ in (scene, "scene.png") }, model: { _ in (model, ["boat", "car", "other"]) })
    }

    private static func end(_ runner: ScanRunner, _ id: String) async throws -> StoredScan {
        while true {
            let scan = try await runner.scan(id)
            if scan.phase.isEnded { return scan }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static let truth =
        #"{"box":[8,8,24,24],"class":"car"}"# + "\n" + #"{"box":[1000,8,1024,24],"class":"car"}"# + "\n"

    @Test func hasTheBytesOfTheCommandLine() async throws {
        let folder = try Self.folder()
        _ = try folder.write(Array(Self.truth.utf8), to: "truth.jsonl")
        try Self.runTool(
            [
                "scan", "scene.png", "--model", "models/m.safetensors", "--output", "line", "--stride", "8",
                "--threshold", "0.2", "--truth", "truth.jsonl", "--format", "csv", "--crops", "2",
            ], in: folder)
        let runner = try await Self.runner(folder)
        let text = String(decoding: try JSONEncoder().encode(Self.truth), as: UTF8.self)
        let body = #"""
            {"scene":"s","model":"m","stride":8,"rule":{"threshold":0.2,"crops":2},"forms":["csv"],"truth":\#(text),"truthForm":"jsonl"}
            """#
        let request = try ScanRequest(parsing: Array(body.utf8))
        let scan = try await Self.end(runner, runner.create(request).id)
        #expect(scan.phase == .finished, "\(scan.error ?? "")")
        #expect(scan.advance?.fraction == 1)
        let results = "data/scans/\(scan.id)/results/"
        for name in ["detections.jsonl", "pixels.geojson", "tagged.png", "summary.json"] {
            #expect(try folder.bytes(results + name) == folder.bytes("line/" + name), "\(name)")
        }
        let outcome = try #require(scan.outcome)
        for name in ["detections.jsonl", "metrics.json", "tagged.png"] {
            #expect(outcome.files.contains(name))
        }
        #expect(outcome.counts.values.reduce(0, +) > 0)

        // Merging again, by both.
        try Self.runTool(["merge", "line", "--iou", "0.5", "--truth", "truth.jsonl"], in: folder)
        async let other: StoredScan? = try? runner.merge(scan.id, parsing: Array(#"{"iou":0.5}"#.utf8))
        async let one: StoredScan? = try? runner.merge(scan.id, parsing: Array(#"{"iou":0.5}"#.utf8))
        let merged = await [one, other].compactMap { $0 }
        #expect(!merged.isEmpty)
        #expect(try folder.bytes(results + "detections.jsonl") == folder.bytes("line/detections.jsonl"))
        #expect(try folder.names.contains("data"))
        await #expect(throws: (any Error).self) {
            try await runner.merge(scan.id, parsing: Array(#"{"threshold":0.001}"#.utf8))
        }

        try checkBoxes(folder, scan)
        let files = ScanFiles(ScanPlaces(dataFolder: folder.file("data"), id: scan.id)).list()
        #expect(!files.contains { $0.name.contains(".scan") })
        #expect(files.contains { $0.name.hasPrefix("crops/") && $0.type == "image/png" && $0.byteCount > 0 })
        #expect(files.map(\.name) == files.map(\.name).sorted())
        await runner.stop()
        await runner.waitForChildren()
    }

    private func checkBoxes(_ folder: TemporaryFolder, _ scan: StoredScan) throws {
        let places = ScanPlaces(dataFolder: folder.file("data"), id: scan.id)
        let json = try ScanBoxes(reading: places, options: scan.options).bytes
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        let boxes = try #require(object["boxes"] as? [[Double]])
        let lines = String(decoding: try folder.bytes("line/detections.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        #expect(boxes.count == lines.count)
        #expect(object["classes"] as? [String] == ["boat", "car", "other"])
        for (box, line) in zip(boxes, lines) {
            let detection = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(detection["box"] as? [Double] == Array(box[..<4]))
            #expect(detection["label"] as? Double == box[4])
            #expect([1, 2].contains(box[6]))
        }
        let hitCount = boxes.count { $0[6] == 1 }
        let misses = try #require(object["misses"] as? [[Double]])
        // The one in the scene is found or missed; the other lies outside.
        #expect(hitCount + misses.count == 1)
        #expect((object["metrics"] as? [String: Any])?["classes"] != nil)
    }

    @Test func endsWithItsInputAndTellsItsProgressAsJSON() async throws {
        let folder = try Self.folder()
        _ = try folder.write(smallPNG(side: 1500), to: "scene.png")
        let lines = Collected<String>()
        let child = Collected<ChildProgram>()
        let end = try await withCheckedThrowingContinuation { continuation in
            do {
                child.add(
                    try ChildProgram(
                        starting: ServedTool.path(of: "tilescope"),
                        [
                            "scan", "--supervised", "--model=" + folder.file("models/m.safetensors"),
                            "--output=" + folder.file("out"), "--stride=1", "--", folder.file("scene.png"),
                        ],
                        line: { line in
                            lines.add(line)
                            child.values.first?.cancel()
                        }, end: { continuation.resume(returning: $0) }))
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(end.exitCode == 1)
        #expect(end.errors.contains("interrupted"))
        #expect(!lines.values.isEmpty)
        for line in lines.values {
            let advance = try JSONDecoder().decode(ScanAdvance.self, from: Data(line.utf8))
            #expect(advance.windowCount > advance.finishedWindowCount)
        }
    }

    @Test func goesOnAfterTheServiceWasKilled() async throws {
        let folder = try Self.folder()
        _ = try folder.write(smallPNG(side: 700), to: "scene.png")
        try Self.runTool(
            [
                "scan", "scene.png", "--model", "models/m.safetensors", "--output", "line", "--stride", "4",
                "--threshold", "0.3",
            ],
            in: folder)
        let request = try ScanRequest(
            parsing: Array(#"{"scene":"s","model":"m","stride":4,"rule":{"threshold":0.3}}"#.utf8))
        let id: String
        do {
            let runner = try await Self.runner(folder)
            id = try await runner.create(request).id
            for _ in 0..<500 where try await runner.scan(id).advance == nil {
                try await Task.sleep(for: .milliseconds(10))
            }
            await runner.stop()
            await runner.waitForChildren()
        }
        let runner = try await Self.runner(folder)
        let scan = try await Self.end(runner, id)
        #expect(scan.phase == .finished, "\(scan.error ?? "")")
        #expect(try !folder.bytes("line/detections.jsonl").isEmpty)
        #expect(
            try folder.bytes("data/scans/\(id)/results/detections.jsonl")
                == folder.bytes("line/detections.jsonl"))
    }
}
