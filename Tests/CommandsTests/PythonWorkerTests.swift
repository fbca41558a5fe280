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
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Cluster/worker_test.py")
        let run = try PythonServer.run([script.path(percentEncoded: false), ToolRun.path, folder.path])
        #expect(run.exitCode == 0, "\(run.errors)")
    }
}
