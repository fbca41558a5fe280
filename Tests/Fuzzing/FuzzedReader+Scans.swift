import Bytes
import Evaluation
import Foundation
import ModelFiles
import Rasters
import Scanning

extension FuzzedReader {
    static let scans = [
        FuzzedReader(
            name: "scans", corpus: { [try scan(in: $0)] }, damages: isOfScan, repair: sealCandidates,
            read: { folder in
                let scan = ScanFolder(path: folder + "/found")
                _ = try scan.openToRead()
                _ = try (scan.readSummary(), scan.readRecord(), scan.readDetections())
                try runCommand(
                    "merge", folder + "/found", "--threshold", "0.2", "--truth", folder + "/truth.jsonl")
            }),
        FuzzedReader(
            name: "reports",
            corpus: { folder in
                let names = ["run/plan.json", "run/metrics.jsonl", "run/model.safetensors", "drawn.tiles"]
                let run = try Input(names, in: train(in: folder))
                return [
                    run.merging(try scan(in: folder, model: "run/model.safetensors", className: "car")) { $1 }
                ]
            }, damages: { isOfScan($0) || $0.hasPrefix("run/") },
            read: { folder in
                try runCommand(
                    "report", "--run", folder + "/run", "--scan", folder + "/found", "--output",
                    folder + "/r.html")
            }),
    ]

    private static func isOfScan(_ name: String) -> Bool {
        name.hasPrefix("found/") && !name.hasSuffix(".png") || name == "truth.jsonl"
    }

    /// Scans a picture into `found`, with the truth about it in `truth.jsonl`.
    ///
    /// - Parameter model: by default one that is written for it.
    private static func scan(
        in folder: String, model: String = "m.safetensors", className: String = "a"
    ) throws -> Input {
        let truth = #"{"box":[0,0,16,16],"class":"\#(className)","visibleFraction":1}"# + "\n"
        try Data(truth.utf8).write(to: URL(filePath: folder + "/truth.jsonl"))
        try writeModel(to: folder)
        try writeDrawnPicture(1, side: 40, to: folder + "/scene.png")
        try runCommand(
            "scan", folder + "/scene.png", "--model", folder + "/" + model, "--output",
            folder + "/found",
            "--threshold", "0.1", "--truth", folder + "/truth.jsonl", "--workers", "1")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/found")
            .filter { !$0.hasPrefix(".") }.map { "found/" + $0 }
        let state = ["task.json", "context.json", "candidates"].map { "found/.scan/" + $0 }
        return try Input(names + state + ["scene.png", "truth.jsonl"], in: folder)
    }

    /// Makes the checksum of each segment of candidates right, as `CandidateFormat` says.
    private static func sealCandidates(_ bytes: inout [UInt8], sound: [UInt8]) {
        guard bytes.starts(with: "tilecand".utf8) else { return }
        var start = 12
        while start + 24 <= bytes.count {
            let count = (0..<4).reduce(0) { $0 | Int(bytes[start + 16 + $1]) << (8 * $1) }
            let end = start + 24 + 12 * count
            guard end <= bytes.count else { return }
            let numbers = CRC32C.checksum(bytes.span.bytes.extracting(start..<start + 20))
            let checksum = CRC32C.checksum(bytes.span.bytes.extracting(start + 24..<end), after: numbers)
            put(checksum, at: start + 20, in: &bytes)
            start = end
        }
    }
}
