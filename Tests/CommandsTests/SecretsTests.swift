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
}
