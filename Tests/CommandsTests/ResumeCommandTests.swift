import Bytes
import Files
import Foundation
import ModelFiles
import Records
import TestSupport
import Testing

/// `train --resume` and `train --models`, as a user starts them.
@Suite struct ResumeCommandTests {
    let folder: TemporaryFolder
    /// 250 steps in 10 epochs, with all that has a state, and a checkpoint every few steps.
    private static let options =
        "train noise.tiles --validation noise.tiles --architecture cifar-resnet8-v2 --epochs 10 --batch-size 8 "
        + "--checkpoint-minutes 0.0003 --average-decay 0.99 --mixup 0.2 --label-smoothing 0.1 --clip-norm 1 "
        + "--nesterov --schedule one-cycle --padding 1 --workers 2"

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeNoise) }

    /// A pack of 200 tiles of noise of 8 pixels, in three classes.
    private static func makeNoise(in folder: TemporaryFolder) throws {
        let writer = try TilePackWriter(
            .replacing(folder.file("noise.tiles")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b", "c"])
        var random = SplitMix64(seed: 1)
        for index in 0..<200 {
            let pixels = (0..<8 * 8 * 3).map { _ in
                UInt8.random(in: UInt8(index % 3 * 20)...200, using: &random)
            }
            try writer.append(pixels.span, label: index % 3)
        }
        try writer.commit()
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    /// The lines of the metrics without times and speeds.
    private func metrics(of run: String) throws -> [NSDictionary] {
        try String(contentsOfFile: folder.file(run + "/metrics.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                var members = object as? [String: Any] ?? [:]
                for key in ["seconds", "imagesPerSecond", "loaderWaitFraction"] { members[key] = nil }
                return members as NSDictionary
            }
    }

    private func expectSame(_ run: String, _ other: String) throws {
        #expect(try folder.bytes(run + "/model.safetensors") == folder.bytes(other + "/model.safetensors"))
        #expect(try metrics(of: run) == metrics(of: other))
        let checkpoints = try [run, other].map {
            try SafetensorsFile(reading: folder.file($0 + "/checkpoints/epoch-000010.safetensors")).tensors
        }
        #expect(checkpoints[0] == checkpoints[1])
        let best = try [run, other].map {
            try Model(reading: folder.file($0 + "/checkpoints/best.safetensors"))
        }
        #expect(best[0] == best[1])
    }

    @Test(arguments: [UInt64(1)]) func twentyKillsChangeNoBit(seed: UInt64) throws {
        let whole = try run(Self.options + " --output whole")
        try #require(whole.exitCode == 0, "\(whole.errors)")
        var random = SplitMix64(seed: seed)
        // Most are killed at a step, some while they begin.
        let steps = (0..<20).map { $0 % 5 == 0 ? nil : Int.random(in: 1..<160, using: &random) }
        let inOrder = steps.compactMap(\.self).sorted()
        var next = inOrder.makeIterator()
        for step in steps {
            let process = try start(
                hasPlan ? "train --resume killed --workers 1" : Self.options + " --output killed")
            if step == nil {
                usleep(UInt32.random(in: 0..<60_000, using: &random))
            } else if let step = next.next() {
                while process.isRunning, try lineCount < step { usleep(1000) }
                usleep(UInt32.random(in: 0..<5_000, using: &random))
            }
            #expect(process.isRunning, "it ended before it was killed")
            kill(process.processIdentifier, SIGKILL)
            process.waitForEnd()
        }
        let last = try run("train --resume killed")
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(last.output == "killed/model.safetensors\n")
        try expectSame("killed", "whole")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("killed/checkpoints"))
        #expect(names.count == 4 && !names.contains { $0.contains("partial") }, "\(names)")
    }

    private var hasPlan: Bool { FileManager.default.fileExists(atPath: folder.file("killed/plan.json")) }

    private var lineCount: Int {
        get throws {
            guard let data = FileManager.default.contents(atPath: folder.file("killed/metrics.jsonl")) else {
                return 0
            }
            return data.count { $0 == UInt8(ascii: "\n") }
        }
    }

    private func start(_ line: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "tilescope")
        process.arguments = line.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder.path)
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        return process
    }

    @Test func aSecondRunInAFolderIsRefused() throws {
        let first = try start(
            "train noise.tiles --output killed --architecture cifar-resnet8-v2 --epochs 10000")
        while try first.isRunning && lineCount == 0 { usleep(1000) }
        for line in ["train noise.tiles --output killed --overwrite", "train --resume killed"] {
            let second = try run(line)
            #expect(second.exitCode == 1)
            #expect(
                second.errors.contains("process \(first.processIdentifier) is writing into it"),
                "\(second.errors)")
        }
        kill(first.processIdentifier, SIGKILL)
        first.waitForEnd()
    }

    @Test func trainsSeveralModelsFromOneStream() throws {
        let common = "train noise.tiles --validation noise.tiles --batch-size 8 --epochs 2 --architecture "
        for (name, rest) in [
            ("a", "cifar-resnet8-v2"), ("b", "cifar-resnet14-v2 --learning-rate 0.05"),
            ("c", "cifar-resnet8-v1a --nesterov --schedule constant"),
        ] {
            let alone = try run(common + rest + " --output alone-\(name)")
            try #require(alone.exitCode == 0, "\(alone.errors)")
            let plan = try String(contentsOfFile: folder.file("alone-\(name)/plan.json"), encoding: .utf8)
            try Data(plan.replacing("\"alone-", with: "\"together-").utf8)
                .write(to: URL(filePath: folder.file("plan-\(name).json")))
        }
        let together = try run("train --models plan-a.json,plan-b.json,plan-c.json")
        #expect(together.exitCode == 0, "\(together.errors)")
        let paths = ["a", "b", "c"].map { "together-\($0)/model.safetensors" }
        #expect(together.output == paths.joined(separator: "\n") + "\n")
        for name in ["a", "b", "c"] {
            let models = try ["alone-", "together-"].map {
                try folder.bytes($0 + name + "/model.safetensors")
            }
            #expect(models[0] == models[1])
            #expect(try metrics(of: "together-" + name) == metrics(of: "alone-" + name))
        }
    }

    private static let small = "train noise.tiles --architecture cifar-resnet8-v2 --batch-size 8 --epochs 1 "

    @Test func aRunIsResumedFromAnywhere() throws {
        let first = try run(Self.small + "--validation noise.tiles --output run")
        try #require(first.exitCode == 0, "\(first.errors)")
        let other = try TemporaryFolder()
        let resumed = try ToolRun(["train", "--resume", folder.file("run")], folder: other.path)
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(resumed.errors.hasSuffix("all epochs were trained already: there is nothing to do\n"))
        #expect(!first.errors.contains("there is nothing to do"))
        #expect(try other.names.isEmpty)
    }

    @Test func aPlanThatWasPrintedCanBeTrained() throws {
        let made = try run(Self.small + "--validation noise.tiles --output made --plan-only")
        #expect(made.exitCode == 0, "\(made.errors)")
        #expect(try folder.names == ["noise.tiles"])
        // As another program wrote it, long ago.
        let old = made.output.replacing(/"tilescope" : "[^"]*"/, with: "\"tilescope\" : \"0.0.1\"")
        #expect(old != made.output)
        _ = try folder.write(Array(old.utf8), to: "plan.json")
        let trained = try run("train --models plan.json")
        #expect(trained.exitCode == 0, "\(trained.errors)")
        #expect(trained.output == "made/model.safetensors\n")
        #expect(try String(decoding: folder.bytes("made/plan.json"), as: UTF8.self) == made.output)
    }

    @Test func oneThatDivergesKeepsNothingFromTheOthers() throws {
        for (name, rate) in [("good", "0.05"), ("bad", "1e30")] {
            let made = try run(Self.small + "--output \(name) --learning-rate \(rate) --plan-only")
            _ = try folder.write(Array(made.output.utf8), to: name + ".json")
        }
        let trained = try run("train --models bad.json,good.json")
        #expect(trained.exitCode == 1)
        #expect(trained.output == "good/model.safetensors\n")
        #expect(trained.errors.contains("bad has no model: cannot train step"), "\(trained.errors)")
        #expect(FileManager.default.fileExists(atPath: folder.file("good/curves.svg")))
    }

    @Test(arguments: [
        ("train --resume none", "none/plan.json"), ("train --models none.json", "none.json"),
        ("train --models plan.json", "it lacks"),
    ])
    func saysWhatIsWrongWithAPlan(line: String, words: String) throws {
        try Data("{}".utf8).write(to: URL(filePath: folder.file("plan.json")))
        let run = try run(line)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        "train", "train noise.tiles", "train noise.tiles --resume run", "train --models ,",
        "train --resume run --epochs 3", "train --models a.json --output run",
        "train --resume run --nesterov", "train --resume run --precision fp32",
        "train --models a.json --kernels avx2", "train --resume run --plan-only",
        "train noise.tiles --plan-only", "train --models a.json --padding 3",
        "train noise.tiles --output run --clip-value 1 --clip-norm 1",
        "train noise.tiles --output run --curve linear", "train noise.tiles --output run --replicas 3",
        "train noise.tiles --output run --momentum 0 --nesterov", "train noise.tiles --output run --keep 0",
        "train noise.tiles --output run --warm-up-steps 1 --warm-up-epochs 1",
        "train noise.tiles --output run --crop-scale 0.5", "train noise.tiles --output run --frozen-stages 5",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(try folder.names == ["noise.tiles"])
    }
}
