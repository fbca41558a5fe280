import Annotations
import Bytes
import Files
import Labelling
import Labels
import Pixels
import TestSupport
import Testing

extension SceneLabels {
    /// As a store gives them.
    static func said(_ events: [(LabelPlace, Label?)]) throws -> SceneLabels {
        let folder = try TemporaryFolder()
        let store = try LabelStore(opening: folder.file("labels.sqlite"))
        _ = try store.append(
            events.enumerated().map { number, event in
                LabelEvent(id: "\(number)", who: "ann", source: "s", action: .set(event.0, to: event.1))
            })
        return SceneLabels(try store.labels(of: "s"))
    }
}

@Suite struct RoundFindsTests {
    private func find(_ x: Int, _ y: Int, side: Int = 20, _ score: Float, _ name: String = "car")
        -> RoundFinds
        .Find
    {
        .init(className: name, box: PixelRect(x: x, y: y, width: side, height: side), score: score)
    }

    private func box(_ x: Int, _ y: Int, _ width: Int = 20, _ height: Int = 20) -> LabelPlace {
        .box(x0: x, y0: y, x1: x + width, y1: y + height)
    }

    @Test func anObjectIsFoundWhereTheCentreOfOneLiesInTheOther() throws {
        let labels = try SceneLabels.said([
            (box(0, 0), .class("car")),
            // A scratch: long and thin. A find's square has its centre beside it.
            (box(100, 100, 80, 4), .class("car")),
            (box(300, 300), .class("boat")),
            (box(400, 0), .unsure), (.whole, SceneLabels.completeLabel),
        ])
        let check = HeldOutCheck([
            (
                .init(
                    scene: "a",
                    finds: [
                        find(4, 4, 0.9), find(0, 0, 0.6), find(108, 70, side: 64, 0.5),
                        // Another class than the object's, and a place that nobody could tell.
                        find(300, 300, 0.8), find(400, 0, 0.7),
                    ]), labels
            ),
            (.init(scene: "b", finds: [find(0, 0, 0.4)]), try .said([(.whole, SceneLabels.completeLabel)])),
        ])
        #expect(check.objects.map(\.score) == [0.9, 0.5, nil])
        #expect(check.falseAlarms == [0.8, 0.4])
        #expect(check.photographs.map(\.hasObjects) == [true, false])
        #expect(check.photographs.map(\.score) == [0.9, 0.4])
        // Right 0.9, wrong 0.8, right 0.5; the second find of the first car and the unsure place count neither way.
        let expected = (1.0 + 2.0 / 3) / 3
        #expect(abs((check.averagePrecision ?? 0) - expected) < 1e-12, "\(check)")
        // 1 of 3 without a false alarm: F1 1/2; 2 of 3 with one: 2/3.
        #expect(check.bestThreshold == 0.5)
    }

    @Test func withoutObjectsNothingIsMeasured() throws {
        let check = HeldOutCheck([
            (.init(scene: "a", finds: [find(0, 0, 0.4)]), try .said([(.whole, SceneLabels.completeLabel)]))
        ])
        #expect(check.averagePrecision == nil && check.bestThreshold == nil)
        #expect(RoundFinds(scenes: [], check: check).threshold == 0.5)
    }

    @Test func oneFindFindsOneObject() throws {
        let labels = try SceneLabels.said([
            (box(0, 0), .class("car")), (box(30, 0), .class("car")), (.whole, SceneLabels.completeLabel),
        ])
        // A find over both is nearer to the second one; the first one has a find of its own.
        let check = HeldOutCheck([
            (.init(scene: "a", finds: [find(10, 0, side: 40, 0.9), find(0, 0, 0.5)]), labels)
        ])
        #expect(check.objects.map(\.score) == [0.5, 0.9] && check.falseAlarms.isEmpty)
        #expect(check.averagePrecision == 1)
        let alone = HeldOutCheck([(.init(scene: "a", finds: [find(10, 0, side: 40, 0.9)]), labels)])
        #expect(alone.objects.map(\.score) == [nil, 0.9] && alone.averagePrecision == 0.5)
    }

    @Test func equalScoresFlatterNobody() throws {
        let labels = try SceneLabels.said([(box(0, 0), .class("car"))])
        for finds in [[find(0, 0, 0.5), find(90, 90, 0.5)], [find(90, 90, 0.5), find(0, 0, 0.5)]] {
            let check = HeldOutCheck([(.init(scene: "a", finds: finds), labels)])
            #expect(check.averagePrecision == 0.5)
        }
    }

    @Test func doubtsTakeTurnsBetweenScenes() {
        let finds = RoundFinds(
            scenes: [
                .init(scene: "a", finds: [find(0, 0, 0.5), find(50, 0, 0.52), find(90, 0, 0.99)]),
                .init(scene: "b", finds: [find(0, 0, 0.3)]), .init(scene: "c", finds: []),
                .init(scene: "d", finds: [find(0, 0, 0.51)]),
            ], check: nil)
        let doubts = finds.doubts(limit: 4) { $0 != "d" }
        #expect(doubts.map(\.scene) == ["a", "b", "a", "a"])
        #expect(doubts.map(\.find.score) == [0.5, 0.3, 0.52, 0.99])
        // Nearest to the threshold first; without finds last.
        #expect(finds.scenesByDoubt == ["a", "d", "b", "c"])
    }

    @Test func filesComeBackAndDamageIsNamed() throws {
        let folder = try TemporaryFolder()
        let finds = RoundFinds(scenes: [.init(scene: "a", finds: [find(1, 2, 0.25)])], check: nil)
        _ = try folder.write(Array(try JSONText(finds).text.utf8), to: "finds.json")
        #expect(try RoundFinds.read(folder.file("finds.json")) == finds)
        for damaged in [
            "{", #"{"scenes":[{"scene":"a","finds":[{"className":"c","box":[1],"score":1}]}]}"#,
            #"{"scenes":[{"scene":"a","finds":[{"className":"c","box":[9,0,1,4],"score":1}]}]}"#,
            #"{"scenes":[{"scene":"a","finds":[{"className":"c","box":[0,0,1,4],"score":7}]}]}"#,
        ] {
            _ = try folder.write(Array(damaged.utf8), to: "bad.json")
            #expect(throws: LabellingError.self) { try RoundFinds.read(folder.file("bad.json")) }
        }
    }

    @Test func linesOfAChoiceAreChecked() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            Array("{\"scene\":\"a\",\"box\":[0,1,4,5]}\r\n\n{\"scene\":\"b\",\"box\":[0,0,2,2]}\n".utf8),
            to: "picks.jsonl")
        let picks = try PickedPlace.read(folder.file("picks.jsonl"))
        #expect(picks.map(\.scene) == ["a", "b"])
        #expect(picks.first?.rect == PixelRect(x0: 0, y0: 1, x1: 4, y1: 5))
        for (line, number) in [(#"{"scene":"a","box":[4,0,0,4]}"#, 2), ("nonsense", 2), ("{}", 2)] {
            _ = try folder.write(
                Array("{\"scene\":\"a\",\"box\":[0,1,4,5]}\n\(line)\n".utf8), to: "bad.jsonl")
            let error = #expect(throws: LabellingError.self) {
                try PickedPlace.read(folder.file("bad.jsonl"))
            }
            #expect(error?.cause.contains("line \(number)") == true, "\(String(describing: error))")
        }
    }
}

@Suite struct EmptyBoxesTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func emptyBoxesTouchNoObject(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (width, height) = (
            Int.random(in: 60...400, using: &random), Int.random(in: 60...400, using: &random)
        )
        var events: [(LabelPlace, Label?)] = [(.whole, SceneLabels.completeLabel)]
        for _ in 0..<5 {
            let (x, y) = (Int.random(in: 0...40, using: &random), Int.random(in: 0...40, using: &random))
            events.append((.box(x0: x, y0: y, x1: x + 15, y1: y + 9), .class("car")))
        }
        let labels = try SceneLabels.said(events)
        let boxes = labels.emptyBoxes(
            40, sides: 8...32, fill: 0.6, background: "other", width: width, height: height, seed: seed)
        #expect(!boxes.isEmpty)
        for box in boxes {
            #expect((8...32).contains(box.width) && box.width == box.height)
            #expect(!labels.objects.contains { $0.box.intersection(box) != nil })
            // The window around it lies inside the scene.
            let margin = Int((Double(box.width) * (1 / 0.6 - 1) / 2).rounded(.up))
            #expect(box.x0 >= margin && box.y0 >= margin)
            #expect(box.x1 <= width - margin && box.y1 <= height - margin)
        }
        let again = labels.emptyBoxes(
            40, sides: 8...32, fill: 0.6, background: "other", width: width, height: height, seed: seed)
        #expect(boxes == again)
    }

    @Test func elsewhereOnlyWindowsOfTheBackgroundAreEmpty() throws {
        let window = LabelPlace.window(x0: 100, y0: 100, x1: 200, y1: 200)
        let labels = try SceneLabels.said([
            (window, .class("other")), (.window(x0: 0, y0: 0, x1: 90, y1: 90), .class("car")),
        ])
        let boxes = labels.emptyBoxes(
            10, sides: 10...20, fill: 0.6, background: "other", width: 400, height: 400, seed: 1)
        #expect(!boxes.isEmpty)
        #expect(boxes.allSatisfy { $0.x0 >= 100 && $0.y0 >= 100 && $0.x1 <= 200 && $0.y1 <= 200 })
        #expect(
            try SceneLabels.said([]).emptyBoxes(
                10, sides: 10...20, fill: 0.6, background: "other", width: 400, height: 400, seed: 1
            ).isEmpty)
    }

    @Test func looksAreWindowsAndBoxesElsewhere() throws {
        let labels = try SceneLabels.said([
            (.window(x0: 0, y0: 0, x1: 32, y1: 32), .class("car")),
            (.box(x0: 4, y0: 4, x1: 20, y1: 20), .class("car")),
            (.box(x0: 104, y0: 4, x1: 120, y1: 20), .class("car")),
            (.window(x0: 64, y0: 0, x1: 96, y1: 32), .unsure),
        ])
        #expect(labels.lookCount == 3)
    }
}

@Suite struct ProjectTests {
    @Test func settingsOfOlderVersionsAreRead() throws {
        let folder = try TemporaryFolder()
        let old =
            #"{"version":1,"scenes":["a.tif"],"classes":["car"],"background":"other","windowSize":32}"#
        _ = try folder.write(Array(old.utf8), to: "project.json")
        let project = try ProjectFolder(path: folder.path).readProject()
        #expect(!project.isAnySize && project.test == nil && project.classes == ["car"])
        var new = project
        new.isAnySize = true
        try ProjectFolder(path: folder.path).write(new)
        #expect(try ProjectFolder(path: folder.path).readProject() == new)
    }

    @Test func namesOfClassesAreChecked() {
        #expect(Project.objection(classes: ["car", "boat"], background: "nothing") == nil)
        for (classes, words) in [
            ([], "at least one"), (["a,b"], "comma"), ([""], "1 to"), (["a", "a"], "once"),
            (["nothing"], "another name"), (["unsure"], "could not tell"), ([" a"], "space"),
            (["a\nb"], "one line"),
        ] as [([String], String)] {
            let objection = Project.objection(classes: classes, background: "nothing")
            #expect(objection?.contains(words) == true, "\(classes): \(objection ?? "none")")
        }
    }
}
