import Bytes
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing

/// Plays a person: looks at a cell, moves the slider, zooms, clicks, and writes down what the page did.
private let visitor = """
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
      const examples = () => document.querySelectorAll('#examples canvas').length;
      // Wherever the matrix is on the canvas, some cell has examples.
      for (let y = 0.01; y < 0.95 && !examples(); y += 0.03) {
        for (let x = 0.05; x < 0.95 && !examples(); x += 0.03) {
          send(MouseEvent, 'click', { clientX: box.left + box.width * x, clientY: box.top + box.height * y });
        }
      }
      seen.exampleCount = examples();
      document.body.dataset.seen = JSON.stringify(seen);
    }, 300));
    """

/// The page with the visitor, whom the page's policy lets in beside its own script.
private func visited(_ html: String) -> String {
    var hash = SHA256()
    hash.update(Array(visitor.utf8).span.bytes)
    let digest = Data(hash.finalize()).base64EncodedString()
    return html.replacing("script-src ", with: "script-src 'sha256-\(digest)' ")
        .replacing("</body>", with: "<script>\(visitor)</script></body>")
}

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

    init() throws {
        folder = try TemporaryFolder()
        html = try Self.html.get()
    }

    /// The report of a run with two checkpoints on drawn tiles.
    private static let html = Result {
        let folder = try TemporaryFolder()
        try folder.runTool(
            "sample drawn.tiles --per-class 8",
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 2 --batch-size 20 --keep 2 --learning-rate 0.2",
            "evaluate --checkpoints run drawn.tiles --output seen")
        return try String(contentsOfFile: folder.file("seen/report.html"), encoding: .utf8)
    }

    @Test func isSelfContained() {
        let elsewhere = html.replacing("http://www.w3.org/", with: "")
        #expect(!elsewhere.contains("http://") && !elsewhere.contains("https://"))
        for attribute in html.matches(of: /(?:src|href)="([^"]{0,10})/).map(\.1) {
            #expect(attribute.hasPrefix("data:"))
        }
        // What the policy would block, and what would take data for markup.
        #expect(html.matches(of: #/ style=| on[a-z]+=|innerHTML|insertAdjacentHTML|document\.write/#).isEmpty)
        for words in [
            "Confusion matrix", "How it learned", "Where the time went", "Worst cases",
            "evaluate --checkpoints run",
            "Plan of the training",
        ] { #expect(html.contains(words), "\(words)") }
    }

    @Test(.enabled(if: BrowserRun.path != nil, "needs Debian's chromium"))
    func aBrowserTakesNothingThatIsNotThePagesOwn() throws {
        let attacks = [
            "<script>document.body.dataset.attacked = 1</script>",
            "<img src=x onerror='document.body.dataset.attacked = 1'>",
            "<p style='color: red'>", "<style>p { color: red }</style>", "<img src='file:///x.png'>",
        ]
        // As if an encoder had been forgotten.
        let run = try BrowserRun(
            html.replacing("</header>", with: attacks.joined() + "</header>"), in: folder)
        let refusals = run.complaints.split(separator: "\n").filter { $0.contains("Content Security Policy") }
        // The second is two: of its address and of its script.
        #expect(refusals.count == attacks.count + 1, "\(run.complaints)")
        #expect(!run.document.contains("data-attacked"))
    }

    @Test(.enabled(if: BrowserRun.path != nil, "needs Debian's chromium"))
    func worksInABrowser() throws {
        let run = try BrowserRun(visited(html), in: folder)
        #expect(run.complaints.isEmpty, "\(run.complaints)")
        let dom = run.document
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
