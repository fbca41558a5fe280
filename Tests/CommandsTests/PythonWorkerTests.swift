import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

/// The other side of the worker protocol, which runs in Spark's Python.
@Suite struct PythonWorkerTests {
    @Test(.enabled(if: PythonServer.isPossible, "there is no Python"))
    func theOtherSideOfTheProtocolWorks() throws {
        let folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: .new(folder.file("model.safetensors")))
        let bytes = (0..<70 * 50 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
        try Image(width: 70, height: 50, pixelsHWC: bytes).writePNG(to: .new(folder.file("scene.png")))
        let process = Process()
        process.executableURL = URL(filePath: PythonServer.path)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Cluster/worker_test.py")
        process.arguments = [script.path(percentEncoded: false), ToolRun.path, folder.path]
        let output = Pipe()
        process.standardError = output
        try process.run()
        let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
    }
}
