import Bytes
import CPUEngine
import EngineCases
import Engines
import Foundation
import Networks
import TestSupport
import Testing
import XLAEngine

@Suite(.enabled(if: TestPlugin.isThere)) struct ScoringProgramTests {
    private func scores(
        _ engine: any Engine, _ name: String, imageCount: Int, batchSize: Int = 4
    ) throws -> [Float] {
        let network = try Network(#require(Architecture(name: name, classCount: 7, inputSize: 32)))
        let program = try engine.scoringProgram(
            for: network, weights: network.initialWeights(seed: 3), batchSize: batchSize)
        var random = SplitMix64(seed: 2)
        let pixels = (0..<imageCount * 32 * 32 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var scores = [Float](repeating: -1, count: imageCount * 7)
        var span = scores.mutableSpan
        try program.score(pixels.span, into: &span)
        return scores
    }

    /// Relative to the largest score.
    private func error(_ found: [Float], _ expected: [Float]) -> Float {
        relativeError(
            Tensor(shape: [found.count], values: found), Tensor(shape: [expected.count], values: expected))
    }

    @Test(arguments: ["cifar-resnet8-v2", "cifar-resnet8-v1a", "cifar-resnet8-pooled"])
    func agreesWithTheReference(name: String) throws {
        let expected = try scores(ReferenceEngine(), name, imageCount: 3)
        #expect(try error(scores(TestPlugin.engine(), name, imageCount: 3), expected) < 1e-4)
    }

    @Test(arguments: ["cifar-resnet20-v2", "resnet18-v1.5", "resnet50-v2"])
    func agreesWithTheCPU(name: String) throws {
        let expected = try scores(CPUEngine(workerCount: 2, cacheFolder: nil), name, imageCount: 10)
        #expect(try error(scores(TestPlugin.engine(), name, imageCount: 10), expected) < 1e-4)
    }

    @Test func doesNotDependOnTheImagesBeside() throws {
        let ten = try scores(TestPlugin.engine(), "cifar-resnet8-v2", imageCount: 10)
        let three = try scores(TestPlugin.engine(), "cifar-resnet8-v2", imageCount: 3)
        #expect(Array(ten.prefix(21)) == three)
        let onThree = try scores(
            TestPlugin.engine(deviceCount: 3), "cifar-resnet8-v2", imageCount: 10, batchSize: 12)
        #expect(onThree == ten)
    }

    @Test func bf16IsNearFP32() throws {
        let wide = try scores(TestPlugin.engine(), "cifar-resnet20-v2", imageCount: 4)
        let narrow = try scores(TestPlugin.engine(precision: .bf16), "cifar-resnet20-v2", imageCount: 4)
        for (a, b) in zip(narrow, wide) { #expect(abs(a - b) < 0.05) }
    }

    @Test func keepsCompiledPrograms() throws {
        let folder = try TemporaryFolder()
        let engine = try TestPlugin.engine(cacheFolder: URL(filePath: folder.path))
        let first = try scores(engine, "cifar-resnet8-v2", imageCount: 2)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == 1)
        let url = URL(filePath: folder.path + "/" + files[0])
        /// Whether it is taken as it is: nothing is compiled and written anew.
        func isTaken() throws -> Bool {
            func date() throws -> Date? {
                try FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            }
            let before = try #require(try date())
            #expect(try scores(engine, "cifar-resnet8-v2", imageCount: 2) == first)
            return try date() == before
        }
        #expect(try isTaken())
        let kept = try Data(contentsOf: url)
        for damage in 0..<3 {
            var damaged = kept
            switch damage {
            case 0: damaged = Data("xla".utf8)
            case 1: damaged[kept.count - 100] ^= 1
            default: damaged.removeLast(50)
            }
            try damaged.write(to: url)
            #expect(try !isTaken())
            // Compiled anew, it is whole again; a compiler may write the same program in other bytes.
            #expect(try isTaken())
        }
    }

    @Test func refusesBytes() throws {
        let error = #expect(throws: EngineError.self) { try TestPlugin.engine(precision: .int8) }
        #expect(error?.code == .unsupportedGraph)
    }

    @Test func refusesDevicesThatAreNotThere() throws {
        let error = #expect(throws: EngineError.self) { try TestPlugin.engine(deviceCount: 5) }
        #expect(error?.description.contains("0 to 3") == true)
    }
}
