import CPUEngine
import EngineCases
import Engines
import Foundation
import Networks
import TestSupport
import Testing

/// Of a convolution whose best algorithm depends on the machine.
struct ConvolutionChoiceTests {
    private static let op = OpCase("a wide convolution", tolerance: 5e-5) { g throws(GraphError) in
        [
            try g.add(
                .conv2d(stride: 1, padding: 1), g.input("x", 2, 160, 5, 5), g.parameter("w", 160, 160, 3, 3))
        ]
    }

    private func result(_ folder: URL?) throws -> [Tensor] {
        try CPUEngine(workerCount: 1, cacheFolder: folder).evaluate(
            Self.op.graph, inputs: Self.op.inputs(seed: 1))
    }

    /// Lends the place of a folder that the engine is to make.
    private func withMissingFolder(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { try body(URL(filePath: $0 + "/choices")) }
    }

    private func file(in folder: URL) throws -> URL {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
        return try #require(files.count == 1 ? files.first : nil)
    }

    @Test func aMeasuredChoiceIsKept() throws {
        try withMissingFolder { folder in
            let first = try result(folder)
            let choices = try JSONDecoder().decode(
                [String: String].self, from: Data(contentsOf: file(in: folder)))
            #expect(choices.keys.map { $0 } == ["float convolution 3x3/1 160→160 of 5x5"])
            for _ in 0..<3 { #expect(try result(folder) == first) }
        }
    }

    @Test func theFileDecides() throws {
        try withMissingFolder { folder in
            _ = try result(folder)
            let file = try file(in: folder)
            let results = try ["direct", "winograd"].map { algorithm in
                try Data(#"{"float convolution 3x3/1 160→160 of 5x5": "\#(algorithm)"}"#.utf8).write(to: file)
                return try result(folder)
            }
            #expect(results[0] != results[1])
            #expect(relativeError(results[0][0], results[1][0]) < Self.op.tolerance)
        }
    }

    @Test(arguments: ["", "{", "[1]", #"{"float convolution 3x3/1 160→160 of 5x5": "blocked"}"#])
    func aDamagedFileIsWrittenAnew(text: String) throws {
        try withMissingFolder { folder in
            _ = try result(folder)
            let file = try file(in: folder)
            try Data(text.utf8).write(to: file)
            let found = try result(folder)
            #expect(try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file)).count == 1)
            #expect(try result(folder) == found)
        }
    }

    @Test func whatALaterVersionWroteStays() throws {
        try withMissingFolder { folder in
            _ = try result(folder)
            let file = try file(in: folder)
            try Data(#"{"float convolution 9x9": "another"}"#.utf8).write(to: file)
            _ = try result(folder)
            let choices = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
            #expect(choices.count == 2 && choices["float convolution 9x9"] == "another")
        }
    }

    @Test func withoutAFolderTheChoiceIsTheSameEachTime() throws {
        let first = try result(nil)
        #expect(try result(nil) == first)
        #expect(try result(URL(filePath: "/proc/no-such-folder")) == first)
    }
}

@Test func aProfileNamesEveryConvolution() throws {
    let architecture = try #require(Architecture(name: "cifar-resnet8-v2", classCount: 3))
    let network = try Network(architecture)
    let weights = network.initialWeights(seed: 1)
    func profile(isProfiling: Bool) throws -> [OpProfile] {
        let engine = CPUEngine(workerCount: 2, isProfiling: isProfiling)
        let program = try engine.scoringProgram(for: network, weights: weights, batchSize: 16)
        var scores = [Float](repeating: 0, count: 16 * 3)
        var target = scores.mutableSpan
        try program.score([UInt8](repeating: 7, count: 16 * 32 * 32 * 3).span, into: &target)
        return try #require(program as? any ProfiledProgram).profile
    }
    let found = try profile(isProfiling: true)
    let convolutions = found.filter { $0.operationCount > 0 }
    // 1 + 3 units of 2, and 2 projections.
    #expect(convolutions.reduce(0) { $0 + $1.stepCount } == 9)
    let stem = try #require(
        convolutions.first { $0.name.hasPrefix("convolution 3x3/1 3→16 of 32x32: direct") })
    #expect(stem.operationCount == Double(16 * 2 * 32 * 32 * 27 * 16))
    #expect(found.allSatisfy { $0.seconds > 0 })
    #expect(try profile(isProfiling: false).isEmpty)
}
