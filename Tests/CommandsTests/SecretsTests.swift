import Foundation
import TestSupport
import Testing

/// Addresses with a password, typed wherever a command takes a path.
@Suite struct SecretsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Nobody listens there. The mark after the second slash is a part of the password's host for nobody but Swift.
    private static let addresses = [
        "http://me:Geheim99@127.0.0.1:9/x", "http://127.0.0.1:9/x?sig=Geheim99",
        "http://\u{301}me:Geheim99@127.0.0.1:9/x",
        "/vsicurl?pw=x&url=http%3A%2F%2Fme%3AGeheim99%40127.0.0.1%3A9%2Fx",
    ]

    private static let commands = [
        "train ADDRESS --output r", "train --show --weights ADDRESS", "train --show --recipe ADDRESS",
        "train x --output ADDRESS", "train --resume ADDRESS", "train --models ADDRESS",
        "evaluate ADDRESS ADDRESS",
        "evaluate --checkpoints ADDRESS ADDRESS", "predict ADDRESS ADDRESS", "pack ADDRESS --output a.rec",
        "pack ADDRESS --format list --output a.rec", "pack ADDRESS --format tar --output a.rec",
        "pack ADDRESS --format records --output a.tar", "scan ADDRESS --model ADDRESS --output o",
        "merge ADDRESS",
        "report --run ADDRESS --scan ADDRESS", "export ADDRESS --output o.onnx",
        "import weights ADDRESS --architecture cifar-resnet20-v2 --classes a --output o",
        "import onnx ADDRESS --output o",
        "import cifar10 ADDRESS --output o", "calibrate ADDRESS --data ADDRESS --output o",
        "mosaic ADDRESS --tiles ADDRESS --output o.tif", "scatter ADDRESS o.tiles --windows 5",
        "runs ADDRESS",
        "runs ADDRESS --compare ADDRESS", "runs ADDRESS --json", "demo --data ADDRESS --output d",
    ]

    @Test(arguments: commands, addresses) func noCommandTellsAPassword(line: String, address: String) throws {
        let arguments = line.split(separator: " ").map { $0 == "ADDRESS" ? address : String($0) }
        let run = try ToolRun(arguments, folder: folder.path)
        #expect(run.exitCode != 0)
        #expect(
            !run.errors.contains("Geheim99") && !run.output.contains("Geheim99"), "\(run.errors)\(run.output)"
        )
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            #expect(!file.contains("Geheim99"))
            let text = FileManager.default.contents(atPath: folder.file(file)).map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(text?.contains("Geheim99") != true, "\(file)")
        }
    }

    // MARK: A server that wants a password

    /// - Parameter body: takes the name and port of one that serves the folder.
    private func withServer(_ body: (String) throws -> Void) throws {
        let server = try PythonServer("protected.py", [folder.path, "--password", "me:Geheim99"])
        defer { server.end() }
        try body("127.0.0.1:\(server.line)")
    }

    private func runWithCache(_ line: String) throws -> ToolRun {
        try ToolRun(
            line.split(separator: " ").map(String.init), folder: folder.path,
            environment: ["TILESCOPE_CACHE": folder.file("cache"), "GDAL_HTTP_PROXY": ""])
    }

    /// Nothing that commands make of protected inputs, or say about them, has the password: not the plan of a scan nor its
    /// candidates, no page, no number, no cache.
    @Test(.enabled(if: PythonServer.isPossible, "needs python3")) func noResultKeepsAPassword() throws {
        try folder.runTool(
            "sample drawn.tiles --per-class 12", "sample guide.png --guide",
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 16",
            "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth truth.jsonl --tiles-across 8 --group car=car --group other=*"
        )
        try withServer { server in
            let place = "http://me:Geheim99@\(server)/"
            for line in [
                "evaluate @run/model.safetensors @drawn.tiles --output numbers --predictions rows.csv",
                "predict @run/model.safetensors @guide.png",
                "scan @scene.tif --model @run/model.safetensors --truth @truth.jsonl --output found --labels car",
                "merge found --threshold 0.5",
                "report --run run --scan found --scene @scene.tif --truth @truth.jsonl --pack @drawn.tiles --output page.html",
                "calibrate @run/model.safetensors --data @drawn.tiles --count 8 --output bytes.safetensors",
                "export @run/model.safetensors --format onnx --output model.onnx",
                "import onnx @model.onnx --output back.safetensors",
                "scatter @drawn.tiles mixed.tiles --mixed --group car=car --group other=* --windows 300",
            ] {
                let run = try runWithCache(line.replacing("@", with: place))
                #expect(run.exitCode == 0, "\(line): \(run.errors)")
                #expect(!(run.output + run.errors).contains("Geheim99"), "\(line)")
            }
            let refused = try runWithCache("scan \(place)scene.tif --model \(place)none --output other")
            #expect(
                refused.exitCode == 1
                    && refused.errors == "Error: http://…@\(server)/none: cannot open: it is not there\n",
                "\(refused.errors)")
            let wrong = try runWithCache(
                "predict run/model.safetensors http://me:Geheim98@\(server)/guide.png")
            #expect(
                wrong.exitCode == 1 && wrong.output.contains("http://…@\(server)/guide.png: cannot open: "))
            #expect(wrong.output.contains("is missing or wrong (401)"), "\(wrong.output)")
            #expect(!(wrong.output + wrong.errors).contains("Geheim98"))
            let planned = try runWithCache(
                "train mixed.tiles --weights \(place)run/model.safetensors --output second")
            #expect(planned.exitCode == 64 && planned.errors.contains("a plan cannot store secrets"))
            #expect(!planned.errors.contains("Geheim99"))
            let text = String(decoding: try folder.bytes("run/plan.json"), as: UTF8.self)
            let secret = text.replacing(
                /"dataPath" *: *"[^"]*"/, with: "\"dataPath\": \"\(place)drawn.tiles\"")
            _ = try folder.write(Array(secret.utf8), to: "plan.json")
            let several = try runWithCache("train --models plan.json")
            #expect(several.exitCode == 64 && several.errors.contains("a plan cannot store secrets"))
            #expect(!several.errors.contains("Geheim99"))
            unlink(folder.file("plan.json"))
        }
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let bytes = FileManager.default.contents(atPath: folder.file(file)) ?? Data()
            #expect(!file.contains("Geheim99") && bytes.range(of: Data("Geheim99".utf8)) == nil, "\(file)")
        }
    }
}
