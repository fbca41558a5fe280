import Foundation
import Networks
import TestSupport
import Testing

/// jax on four virtual CPU devices, as a process that checks and runs programs' texts.
struct JaxHarness {
    /// A Python that has jax; `make test-peers` makes one and names it.
    private static let python = ProcessInfo.processInfo.environment["TILESCOPE_TEST_JAX"]

    static var isThere: Bool { python != nil }

    private static let shared = Result {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Harness/stablehlo.py").path(percentEncoded: false)
        return try AnsweringProcess(try #require(python), [script])
    }

    private let process: AnsweringProcess

    /// The one process of all tests.
    init() throws { process = try Self.shared.get() }

    /// A tensor on its way to or from a program.
    struct Array: Hashable {
        /// As StableHLO names it.
        var type: String
        var shape: [Int]
        /// Row-major, little-endian.
        var bytes: Data

        init(type: String, shape: [Int], bytes: Data) {
            (self.type, self.shape, self.bytes) = (type, shape, bytes)
        }

        init(_ tensor: Tensor) {
            self.init(
                type: "f32", shape: tensor.shape, bytes: tensor.values.withUnsafeBytes { Data($0) })
        }

        var floats: [Float] {
            bytes.withUnsafeBytes { bytes in
                (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
    }

    private struct Answer: Decodable {
        struct Output: Decodable {
            var type: String
            var shape: [Int]
        }
        var error: String?
        var outputs: [Output]?
        var donated: [Int]?
    }

    /// Parses and verifies a module.
    ///
    /// - Returns: what is wrong with it; `nil` for nothing.
    func objection(to text: String) throws -> String? {
        let folder = try TemporaryFolder()
        let path = folder.path + "/module.mlir"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try ask(["verify": path]).error
    }

    /// Runs a program once.
    ///
    /// - Parameter arguments: for each replica.
    /// - Returns: for each replica, the results; and the arguments that the program has taken over.
    func run(_ text: String, _ arguments: [[Array]]) throws -> (results: [[Array]], donated: [Int]) {
        let folder = try TemporaryFolder()
        let url = URL(filePath: folder.path)
        try Data(text.utf8).write(to: url.appending(path: "module.mlir"))
        var lists: [[[String: Any]]] = []
        for (replica, list) in arguments.enumerated() {
            var entries: [[String: Any]] = []
            for (index, array) in list.enumerated() {
                let file = "in_\(replica)_\(index).bin"
                try array.bytes.write(to: url.appending(path: file))
                entries.append(["type": array.type, "shape": array.shape, "file": file])
            }
            lists.append(entries)
        }
        let manifest: [String: Any] = ["replicas": arguments.count, "arguments": lists]
        try JSONSerialization.data(withJSONObject: manifest).write(to: url.appending(path: "manifest.json"))
        let answer = try ask(["run": folder.path])
        let outputs = try #require(answer.outputs, "\(answer.error ?? "no answer")")
        let results = try arguments.indices.map { replica in
            try outputs.enumerated().map { index, output in
                let data = try Data(contentsOf: url.appending(path: "out_\(replica)_\(index).bin"))
                return Array(type: output.type, shape: output.shape, bytes: data)
            }
        }
        return (results, answer.donated ?? [])
    }

    private func ask(_ question: [String: String]) throws -> Answer { try process.answer(to: question) }
}
