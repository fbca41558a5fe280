import Engines
import Foundation
import Networks
import Pixels
import TestSupport
import Testing
import XLAEngine

/// What is said when there is no plugin, or when it will not do.
@Suite struct PluginSearchTests {
    private func words(_ device: String, _ environment: [String: String] = [:]) throws -> String {
        try #require(
            #expect(throws: EngineError.self) { try Accelerator(device, environment: environment) }
        ).description
    }

    @Test func namesTheDevicesThatThereAre() throws {
        #expect(try words("gpu").contains("must be cpu, cuda, tpu"))
    }

    @Test func saysWhatToInstall() throws {
        let folder = try TemporaryFolder()
        let words = try words("cuda", ["PATH": folder.path])
        #expect(words.contains("jax[cuda13]") && words.contains("TILESCOPE_PJRT_PLUGIN"))
    }

    @Test func saysWhatNamedAFileThatIsNotThere() throws {
        #expect(try words("/nowhere/plugin.so").contains("--device names it"))
        let variable = try words("cuda", ["TILESCOPE_PJRT_PLUGIN": "/nowhere/plugin.so"])
        #expect(
            variable.contains("/nowhere/plugin.so") && variable.contains("TILESCOPE_PJRT_PLUGIN names it"))
    }

    @Test func refusesWhatIsNoLibrary() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("not a library".utf8), to: "plugin.so")
        #expect(try words(path).contains(path))
    }

    @Test func refusesALibraryThatIsNoPlugin() throws {
        let words = try words("/lib/x86_64-linux-gnu/libm.so.6")
        #expect(words.contains("GetPjrtApi") || words.contains("no such file"))
    }

    @Test func refusesOptionsThatAreNone() throws {
        let words = try words("/nowhere/plugin.so", ["TILESCOPE_PJRT_OPTIONS": "memory_fraction"])
        #expect(words.contains("memory_fraction is not name=value"))
    }

    /// A library with a table of our making: no XLA is needed to see that another ABI is refused.
    @Test(arguments: [(0, 56), (1, 200)]) func refusesAnotherABI(major: Int, minor: Int) throws {
        let folder = try TemporaryFolder()
        let source = """
            #include "CPJRT.h"
            const PJRT_Api *GetPjrtApi(void) {
                static PJRT_Api api;
                api.struct_size = 2000;
                api.pjrt_api_version.major_version = \(major);
                api.pjrt_api_version.minor_version = \(minor);
                return &api;
            }
            """
        let path = try folder.write(Array(source.utf8), to: "plugin.c")
        let library = folder.file("plugin.so")
        try Compiler.run(["-shared", "-fPIC", "-I", Compiler.ourHeaders, path, "-o", library])
        let words = try words(library)
        #expect(words.contains("\(major).\(minor)") && words.contains("0.57"))
    }
}

/// The C compiler that every machine has which builds Swift.
enum Compiler {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static var ourHeaders: String {
        root.appending(path: "Sources/CPJRT/include").path(percentEncoded: false)
    }

    /// - Returns: standard output.
    @discardableResult
    static func run(_ arguments: [String], program: String = "/usr/bin/env") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = (program == "/usr/bin/env" ? ["gcc"] : []) + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitForEnd()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}

/// The real header of the API, which comes with TensorFlow's package.
private enum RealHeader {
    static let path = ProcessInfo.processInfo.environment["TILESCOPE_TEST_PJRT_HEADER"]
}

/// Our declarations beside the real ones.
@Suite(.enabled(if: RealHeader.path != nil)) struct LayoutTests {
    private func layout(_ arguments: [String]) throws -> String {
        let folder = try TemporaryFolder()
        let program = folder.file("layout")
        let source = Compiler.root.appending(path: "Tests/XLAEngineTests/Plugin/layout.c").path(
            percentEncoded: false)
        try Compiler.run(arguments + [source, "-o", program])
        return try Compiler.run([], program: program)
    }

    @Test func sizesAndPlacesAreThoseOfTheRealHeader() throws {
        let ours = try layout(["-I", Compiler.ourHeaders])
        let real = try layout(["-DPJRT_HEADER=\"\(RealHeader.path ?? "")\""])
        #expect(ours == real)
        #expect(ours.contains("PJRT_Client_Create_Args"))
    }
}

/// What becomes of devices that fail or are too small.
@Suite(.enabled(if: TestPlugin.isThere)) struct FailingDeviceTests {
    private static let batchSize = 32

    private func program(_ options: String, batchSize: Int = batchSize) throws -> any TrainingProgram {
        let network = try Network(
            #require(Architecture(name: "cifar-resnet8-v2", classCount: 7, inputSize: 16)))
        return try XLAEngine(TestPlugin.accelerator(options)).trainingProgram(
            for: network, state: TrainingState(weights: network.initialWeights(seed: 1)),
            configuration: TrainingConfiguration(batchSize: batchSize))
    }

    private func step(_ program: any TrainingProgram, batchSize: Int = batchSize) throws -> StepResult {
        let pixels = [UInt8](repeating: 100, count: batchSize * 16 * 16 * 3)
        let targets = try Targets(labels: [Int32](repeating: 1, count: batchSize), classCount: 7)
        return try program.step(pixels.span, targets: targets, learningRate: 0.1)
    }

    @Test func aLostDeviceIsAnErrorWithItsWords() throws {
        let program = try program("fail_after=1")
        _ = try step(program)
        for _ in 0..<2 {
            let error = #expect(throws: EngineError.self) { try step(program) }
            #expect(error?.code == .deviceFailed && error?.cause.contains("device lost") == true)
        }
        // What the last good step has left can still be read.
        #expect(try program.state().weights.count > 10)
    }

    /// The plugin's own words, on what no engine writes.
    @Test func aProgramThatIsNoneIsAnError() throws {
        let accelerator = try TestPlugin.accelerator()
        let error = #expect(throws: EngineError.self) {
            try accelerator.run("module { func.func @main() { nonsense } }", [], resultShapes: [[]])
        }
        #expect(error?.code == .deviceFailed && error?.operation.contains("compile") == true)
    }

    @Test func argumentsOfAnotherShapeAreAnError() throws {
        var graph = Graph()
        graph.outputs = [try graph.add(.relu, graph.add(.input(name: "x", shape: [2, 3])))]
        let error = #expect(throws: EngineError.self) {
            try TestPlugin.accelerator().run(
                StableHLO.evaluating(graph), [Tensor(shape: [5], repeating: 1)], resultShapes: [[2, 3]])
        }
        #expect(error?.code == .deviceFailed && error?.cause.isEmpty == false)
    }

    @Test func anAllocationThatFailsNamesASmallerBatch() throws {
        let error = #expect(throws: EngineError.self) { try step(program("fail_memory_after=0")) }
        #expect(error?.code == .outOfMemory && error?.cause.contains("a batch of 16") == true)
    }

    /// What would not fit is refused before it runs, with a batch that does fit.
    @Test func namesTheBatchThatFits() throws {
        let error = try #require(
            #expect(throws: EngineError.self) { try step(program("memory_limit=4000000")) })
        #expect(error.code == .outOfMemory)
        let words = try #require(error.cause.firstMatch(of: /a batch of (\d+) would fit/))
        let fitting = try #require(Int(words.1))
        #expect((1..<Self.batchSize).contains(fitting))
        let smaller = try program("memory_limit=4000000", batchSize: fitting)
        _ = try step(smaller, batchSize: fitting)
    }

    @Test func saysThatNotEvenOneFits() throws {
        let error = #expect(throws: EngineError.self) { try step(program("memory_limit=700000")) }
        #expect(error?.cause.contains("not even a batch of 1 would fit") == true)
    }

    /// Tiles that do not fit are sent batch by batch instead.
    @Test func holdsNoTilesThatDoNotFit() throws {
        let program = try program("memory_limit=100000000")
        let tiles = HeldTiles(count: 200_000, side: 16, border: .black, padding: 2) { _, _ in }
        #expect(try !program.hold(tiles))
        _ = try step(program)
        // Nor are they kept where the others of a group do not hold them.
        let few = HeldTiles(count: 100, side: 16, border: .black, padding: 2) { _, _ in }
        #expect(try program.hold(few))
        try program.prepare(holdsTiles: false)
        _ = try step(program)
    }

    /// Before an old run is touched.
    @Test func preparingFindsWhatWouldNotFit() throws {
        let program = try program("memory_limit=4000000")
        #expect(throws: EngineError.self) { try program.prepare(holdsTiles: false) }
    }

    @Test func aPluginOfAnotherDeviceIsRefused() throws {
        let error = #expect(throws: EngineError.self) {
            try Accelerator("cuda", environment: ["TILESCOPE_PJRT_PLUGIN": TestPlugin.path ?? ""])
        }
        #expect(error?.cause.contains("is for cpu") == true)
    }

    @Test func tellsTheMemory() throws {
        let devices = try TestPlugin.accelerator("memory_limit=5000000").devices
        #expect(devices.map(\.memoryLimit) == [5_000_000])
        #expect(try TestPlugin.accelerator().devices.map(\.memoryLimit) == [nil, nil, nil, nil])
    }

    @Test func refusesOptionsThatThePluginDoesNotKnow() throws {
        let error = #expect(throws: EngineError.self) { try TestPlugin.accelerator("nonsense=1") }
        #expect(error?.cause.contains("nonsense") == true)
    }

    @Test func aTensorOfAnotherShapeIsNamed() throws {
        var graph = Graph()
        graph.outputs = [try graph.add(.relu, graph.add(.input(name: "x", shape: [2, 3])))]
        let error = #expect(throws: EngineError.self) {
            try TestPlugin.engine().evaluate(
                graph, inputs: ["x": Tensor(shape: [3, 2], repeating: 0)])
        }
        #expect(error?.code == .wrongInput && error?.description.contains("bind x") == true)
    }
}
