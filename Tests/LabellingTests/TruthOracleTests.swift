import Annotations
import Files
import Labelling
import Labels
import Pixels
import TestSupport
import Testing

@Suite struct TruthOracleTests {
    private func object(_ name: String, _ x: Double, _ y: Double, side: Double = 10) -> Annotation {
        Annotation(
            className: name, shape: .box(AnnotationBox(x0: x, y0: y, x1: x + side, y1: y + side)))
    }

    private func oracle(_ truth: [Annotation]) -> TruthOracle {
        TruthOracle(truth, classes: ["car", "boat"], background: "other", pointSide: 8)
    }

    @Test func tellsObjectsWithTheirCentreInTheWindow() {
        var hidden = object("car", 12, 12)
        hidden.visibleFraction = 0.2
        var wrong = object("car", 14, 14)
        wrong.verdict = .wrong
        let oracle = oracle([
            object("car", 0, 0), object("boat", 14, 14), object("car", 40, 40), object("tree", 10, 10),
            hidden, wrong,
        ])
        let window = PixelRect(x0: 0, y0: 0, x1: 32, y1: 32)
        let answers = oracle.answers(about: window)
        #expect(
            answers.map(\.place) == [
                .box(x0: 0, y0: 0, x1: 10, y1: 10), .box(x0: 14, y0: 14, x1: 24, y1: 24),
                .window(x0: 0, y0: 0, x1: 32, y1: 32),
            ])
        // The boat is nearer to the middle.
        #expect(answers.map(\.label) == [.class("car"), .class("boat"), .class("boat")])
    }

    @Test func anEmptyWindowIsBackground() {
        let oracle = oracle([object("car", 100, 100), object("tree", 4, 4)])
        let answers = oracle.answers(about: PixelRect(x0: 0, y0: 0, x1: 32, y1: 32))
        #expect(answers.count == 1 && answers.first?.label == .class("other"))
    }

    @Test func aPointIsASquare() {
        let oracle = oracle([Annotation(className: "car", shape: .point(x: 16, y: 16))])
        let answers = oracle.answers(about: PixelRect(x0: 0, y0: 0, x1: 32, y1: 32))
        #expect(answers.first?.place == .box(x0: 12, y0: 12, x1: 20, y1: 20))
    }
}

@Suite struct SceneLabelsTests {
    private func labels(_ events: [(LabelPlace, Label?)]) throws -> SceneLabels {
        let folder = try TemporaryFolder()
        let store = try LabelStore(opening: folder.file("labels.sqlite"))
        _ = try store.append(
            events.enumerated().map { number, event in
                LabelEvent(id: "\(number)", who: "ann", source: "s", action: .set(event.0, to: event.1))
            })
        return SceneLabels(try store.labels(of: "s"))
    }

    @Test func windowsWithoutADrawnObjectAreExamplesThemselves() throws {
        let labels = try labels([
            (.window(x0: 0, y0: 0, x1: 32, y1: 32), .class("car")),
            (.box(x0: 8, y0: 8, x1: 20, y1: 20), .class("car")),
            (.window(x0: 64, y0: 0, x1: 96, y1: 32), .class("car")),
            (.window(x0: 128, y0: 0, x1: 160, y1: 32), .class("other")),
            (.window(x0: 192, y0: 0, x1: 224, y1: 32), .unsure), (.whole, .class("ok")),
            (.box(x0: 300, y0: 0, x1: 310, y1: 10), .class("car")),
            (.box(x0: 300, y0: 0, x1: 310, y1: 10), nil),
        ])
        let examples = labels.examples.map { "\($0.className) \($0.box(pointSide: 0).pixels.x0)" }
        #expect(Set(examples) == ["car 8", "car 64", "other 128"] && examples.count == 3)
        #expect(labels.clearExamples(background: "other").count == 3)
        // What nobody can tell is not asked again, and not learnt from.
        #expect(labels.unsure.map(\.x0) == [192])
        #expect(labels.seen.count == 5)
    }

    /// A window beside an object, without its middle, shows half of it.
    @Test func halfAnObjectIsNoBackground() throws {
        func window(_ x: Int, _ y: Int, _ name: String) -> (LabelPlace, Label?) {
            (.window(x0: x, y0: y, x1: x + 32, y1: y + 32), .class(name))
        }
        let labels = try self.labels([
            (.box(x0: 32, y0: 32, x1: 64, y1: 64), .class("car")),
            window(16, 32, "other"), window(16, 16, "other"), window(15, 16, "other"), window(0, 32, "other"),
            // Another object that is near.
            window(48, 49, "ship"),
        ])
        #expect(labels.examples.count == 6)
        let clear = labels.clearExamples(background: "other")
        #expect(clear.map { $0.box(pointSide: 0).pixels.x0 }.sorted() == [0, 15, 32, 48])
    }

    /// An oracle stores windows with their objects; an import stores objects as boxes, and windows of the background.
    @Test func howOftenAnObjectWasSeen() throws {
        let labels = try self.labels([
            (.box(x0: 8, y0: 8, x1: 20, y1: 20), .class("car")),
            (.window(x0: 32, y0: 0, x1: 64, y1: 32), .class("other")),
            (.window(x0: 64, y0: 0, x1: 96, y1: 32), .class("car")),
            (.box(x0: 70, y0: 4, x1: 90, y1: 20), .class("car")),
            (.box(x0: 300, y0: 0, x1: 310, y1: 10), .class("car")),
        ])
        func first(_ x: Int) -> PixelRect { PixelRect(x: x, y: 0, width: 32, height: 32) }
        let all = labels.lookedAt(among: nil, background: "other")
        #expect(all.looks == 4 && all.hits == 3)
        // The last one is a window of which nothing is said.
        let some = labels.lookedAt(among: [first(0), first(32), first(64), first(128)], background: "other")
        #expect(some.looks == 3 && some.hits == 2)
        let none = labels.lookedAt(among: [], background: "other")
        #expect(none.looks == 0 && none.hits == 0)
    }
}

@Suite struct ProjectFolderTests {
    @Test func keepsItsSettings() throws {
        let folder = try TemporaryFolder()
        let project = ProjectFolder(path: folder.file("p"))
        #expect(!project.exists)
        let settings = Project(
            scenes: ["a.tif", "s3://lake/x"], classes: ["car", "boat, small"], background: "other",
            windowSize: 48,
            test: .init(scene: "t.tif", truth: "t.csv"))
        try project.write(settings)
        #expect(project.exists)
        #expect(try project.readProject() == settings)
        #expect(
            project.roundPath(7).hasSuffix("p/rounds/0007") && project.roundPath(12345).hasSuffix("/12345"))
    }

    @Test(arguments: ["{}", "{", #"{"version":9,"scenes":[],"classes":[],"background":"o","windowSize":3}"#])
    func saysWhatIsWrong(text: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Array(text.utf8), to: "project.json")
        #expect(throws: LabellingError.self) { try ProjectFolder(path: folder.path).readProject() }
    }
}
