import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing

/// Debian's browser, where it is installed.
private let chromium = ["/usr/bin/chromium"].first(where: FileManager.default.isExecutableFile)

/// Plays a person: looks at a cell, moves the slider, zooms, clicks, and writes down what the page did.
private let visitor = """
    <script>
    addEventListener('load', () => setTimeout(() => {
      const canvas = document.getElementById('matrix'), box = canvas.getBoundingClientRect();
      const tip = document.getElementById('cell'), slider = document.getElementById('epoch');
      const send = (Kind, type, more) => canvas.dispatchEvent(new Kind(type, {
        clientX: box.left + box.width * 0.2, clientY: box.top + box.height * 0.05, bubbles: true, cancelable: true, ...more }));
      const picture = () => canvas.toDataURL();
      const seen = { hiddenAtFirst: tip.hidden };
      send(PointerEvent, 'pointermove');
      seen.tip = tip.hidden ? '' : tip.textContent;
      const last = picture();
      slider.value = 0;
      slider.dispatchEvent(new Event('input'));
      seen.epoch = document.getElementById('epochName').value;
      const first = picture();
      seen.sliderChanges = first !== last;
      send(WheelEvent, 'wheel', { deltaY: -300 });
      seen.zoomChanges = picture() !== first;
      send(MouseEvent, 'dblclick');
      seen.allIsBack = picture() === first;
      slider.value = 1;
      slider.dispatchEvent(new Event('input'));
      seen.lastIsBack = picture() === last;
      const data = JSON.parse(document.getElementById('matrixData').textContent);
      const [row, column] = Object.keys(data.examples).find(key => data.examples[key].length > 0).split(',');
      send(MouseEvent, 'click', {
        clientX: box.left + box.width * (120 + 800 * (+column + 0.5) / data.side) / 920,
        clientY: box.top + box.height * 800 * (+row + 0.5) / data.side / 920 });
      seen.exampleCount = document.querySelectorAll('#examples canvas').length;
      document.body.dataset.seen = JSON.stringify(seen);
    }, 300));
    </script>
    </body>
    """

private struct Seen: Decodable {
    var hiddenAtFirst: Bool
    var tip: String
    var epoch: String
    var sliderChanges: Bool
    var zoomChanges: Bool
    var allIsBack: Bool
    var lastIsBack: Bool
    var exampleCount: Int
}

/// The page that `evaluate --output` writes.
@Suite struct ReportPageTests {
    let folder: TemporaryFolder
    private let html: String

    /// The report of a run with two checkpoints on drawn tiles.
    init() throws {
        folder = try TemporaryFolder()
        for line in [
            "sample drawn.tiles --per-class 8",
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 2 --batch-size 20 --keep 2 --learning-rate 0.2",
            "evaluate --checkpoints run drawn.tiles --output seen",
        ] {
            let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        html = try String(contentsOfFile: folder.file("seen/report.html"), encoding: .utf8)
    }

    @Test func isSelfContained() {
        let elsewhere = html.replacing("http://www.w3.org/", with: "")
        #expect(!elsewhere.contains("http://") && !elsewhere.contains("https://"))
        for attribute in html.matches(of: /(?:src|href)="([^"]{0,10})/).map(\.1) {
            #expect(attribute.hasPrefix("data:"))
        }
        for words in [
            "Confusion matrix", "How it learned", "Where the time went", "Worst cases",
            "evaluate --checkpoints run",
            "Plan of the training",
        ] { #expect(html.contains(words), "\(words)") }
    }

    @Test(.enabled(if: chromium != nil, "needs Debian's chromium"))
    func worksInABrowser() throws {
        let page = html.replacing("</body>", with: visitor)
        _ = try folder.write(Array(page.utf8), to: "page.html")
        let process = Process()
        process.executableURL = URL(filePath: try #require(chromium))
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1100,1600",
            "--virtual-time-budget=5000",
            "--user-data-dir=" + folder.file("profile"), "--enable-logging=stderr", "--dump-dom",
            "file://" + folder.file("page.html"),
        ]
        // Files, as the page is larger than a pipe.
        for name in ["dom", "errors"] { _ = try folder.write([], to: name) }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.file("dom")))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.file("errors")))
        try process.run()
        process.waitUntilExit()
        let errors = String(decoding: try folder.bytes("errors"), as: UTF8.self)
        #expect(!errors.contains("CONSOLE"), "\(errors.suffix(2000))")
        let dom = String(decoding: try folder.bytes("dom"), as: UTF8.self)
        let text = try #require(dom.firstMatch(of: /data-seen="([^"]*)"/)?.1).replacing("&quot;", with: "\"")
        let seen = try JSONDecoder().decode(Seen.self, from: Data(text.utf8))
        #expect(seen.hiddenAtFirst)
        #expect(seen.sliderChanges && seen.lastIsBack)
        #expect(seen.zoomChanges && seen.allIsBack)
        #expect(seen.tip.contains("airplane"), "\(seen.tip)")
        #expect(seen.epoch.hasPrefix("epoch 1"), "\(seen.epoch)")
        #expect(seen.exampleCount > 0)
    }
}
