import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestRasters
import TestSupport
import Testing

/// `learn` and `labels`: from a new project to a model, with a truth in the place of a person.
@Suite struct LearnCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (name, seed) in [("a.tif", UInt64(1)), ("t.tif", 2)] { try writeScene(name, seed: seed) }
    }

    /// Noise with red squares of 24 pixels at random places, and their truth as CSV.
    private func writeScene(_ name: String, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let side = 384
        var objects: [PixelRect] = []
        while objects.count < 14 {
            let box = PixelRect(
                x: .random(in: 0...side - 24, using: &random), y: .random(in: 0...side - 24, using: &random),
                width: 24,
                height: 24)
            if !objects.contains(where: { $0.inset(by: -12).intersection(box) != nil }) {
                objects.append(box)
            }
        }
        var samples: [Double] = []
        for y in 0..<side {
            for x in 0..<side {
                let isObject = objects.contains { ($0.x0..<$0.x1).contains(x) && ($0.y0..<$0.y1).contains(y) }
                let noise = Double(Int.random(in: 0...60, using: &random))
                samples +=
                    isObject ? [180 + noise, 20 + noise / 2, 20] : [60 + noise, 70 + noise, 60 + noise]
            }
        }
        try TestRaster(width: side, height: side, bandCount: 3, samples: samples).write(to: folder.file(name))
        let rows = objects.map { "\(name),car,\($0.x0),\($0.y0),\($0.x1),\($0.y1)\n" }
        _ = try folder.write(
            Array(("image,class,x0,y0,x1,y1\n" + rows.joined()).utf8), to: "\(name.prefix(1)).csv")
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private let making =
        "--scenes a.tif --classes car --window 32 --test-scene t.tif --test-truth t.csv --seconds 3"

    @Test func learnsByItselfFromATruth() throws {
        let first = try run("learn p \(making) --oracle a.csv --rounds 1 --count 40")
        try #require(first.exitCode == 0, "\(first.errors)")
        // The project has its settings; what is complete is not done again.
        let second = try run("learn p --oracle a.csv --rounds 2 --count 40 --seconds 3")
        #expect(second.exitCode == 0, "\(second.errors)")
        #expect(
            !second.output.contains("Round 1:") && second.output.contains("Round 2: 80 labels"),
            "\(second.output)")
        for name in [
            "rounds/0002/picks.jsonl", "rounds/0002/picks.png", "curve.png", "curve.json", "labels.sqlite",
        ] {
            #expect(FileManager.default.fileExists(atPath: folder.file("p/" + name)), "\(name)")
        }
        #expect(second.output.contains("AP at IoU 0.3"))
        let counts = try run("labels count p")
        #expect(counts.output.contains("a.tif"), "\(counts.output)")
        // Labels that are lost are not taken for none.
        for name in ["labels.sqlite", "labels.sqlite-wal", "labels.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.file("p/" + name))
        }
        for line in ["learn p --seconds 2", "labels count p", "labels import p a.csv"] {
            let lost = try run(line)
            #expect(lost.exitCode == 1 && lost.errors.contains("the file is gone"), "\(lost.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("p/labels.sqlite")))
    }

    /// Tiles of noise, red ones and blue ones.
    private func writePack(_ name: String, seed: UInt64, count: Int, side: Int = 32) throws {
        var random = SplitMix64(seed: seed)
        let writer = try TilePackWriter(
            .replacing(folder.file(name)), tileWidth: side, tileHeight: side, classNames: ["red", "blue"])
        for number in 0..<count {
            let pixels = (0..<side * side).flatMap { _ -> [UInt8] in
                let noise = UInt8.random(in: 0...60, using: &random)
                return number % 2 == 0 ? [180 + noise, 40, noise] : [noise, 40, 180 + noise]
            }
            try writer.append(pixels.span, label: number % 2)
        }
        try writer.commit()
    }

    @Test func learnsClassesOfTiles() throws {
        try writePack("a.tiles", seed: 1, count: 240)
        try writePack("t.tiles", seed: 2, count: 20)
        let first = try run(
            "learn p --pack a.tiles --test-pack t.tiles --oracle a.tiles --rounds 1 --count 104 --seconds 1")
        try #require(first.exitCode == 0, "\(first.errors)")
        #expect(first.output.contains(/Round 1: 104 labels, accuracy (1\.000|0\.9)/), "\(first.output)")
        // The second goes on from the first one's weights, and chooses from what is left.
        let second = try run("learn p --oracle a.tiles --rounds 2 --count 104 --seconds 1")
        #expect(second.output.contains("Round 2: 208 labels, accuracy"), "\(second.output + second.errors)")
        #expect(second.output.contains("--weights p/rounds/0001/run/model.safetensors"))
        #expect(try run("labels count p").output.contains("blue"))

        // A person's word goes out and in.
        try #require(try run("labels export p --output out").exitCode == 0)
        try #require(try run("learn q --pack a.tiles --count 4").exitCode == 0)
        // What somebody has filled in stays where it was not brought in yet.
        let chosen = folder.file("q/rounds/0000/picks.jsonl")
        let filled = try String(contentsOfFile: chosen, encoding: .utf8).replacing(
            "\"class\":null", with: "\"class\":\"red\"")
        _ = try folder.write(Array(filled.utf8), to: "q/rounds/0000/picks.jsonl")
        try #require(try run("learn q --count 4").exitCode == 0)
        #expect(try String(contentsOfFile: chosen, encoding: .utf8) == filled)
        let brought = try run("labels import q out/labels.csv --by ann")
        #expect(brought.output.contains("208 labels brought in; 0 were there"), "\(brought.errors)")
        let again = try run("labels import q out/labels.csv")
        #expect(again.output.contains("0 labels brought in; 208 were there"), "\(again.errors)")
        // What is labelled is not chosen again.
        let table = try String(contentsOfFile: folder.file("out/labels.csv"), encoding: .utf8)
        let labelled = Set(
            table.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first })
        let picks = try String(contentsOfFile: folder.file("p/rounds/0002/picks.jsonl"), encoding: .utf8)
            .split(separator: "\n").compactMap { $0.firstMatch(of: /"sample":(\d+)/)?.output.1 }
        #expect(picks.count == 32 && labelled.count == 208 && labelled.isDisjoint(with: picks))

        // Where all that was chosen is of one class, others are chosen.
        try #require(try run("learn s --pack a.tiles --count 4").exitCode == 0)
        let firstRows = try String(contentsOfFile: folder.file("s/rounds/0000/picks.jsonl"), encoding: .utf8)
        #expect(!firstRows.contains("\"label\""), "somebody who labels sees the answers: \(firstRows)")
        _ = try folder.write(
            Array(firstRows.replacing("\"class\":null", with: "\"class\":\"red\"").utf8), to: "s.jsonl")
        let open = try run("learn s --count 4")
        #expect(open.output.contains("where 4 tiles still have none"), "\(open.output)")
        try #require(try run("labels import s s.jsonl").exitCode == 0)
        try #require(try run("learn s --count 4").exitCode == 0)
        let nextRows = try String(contentsOfFile: folder.file("s/rounds/0000/picks.jsonl"), encoding: .utf8)
        let samples = [firstRows, nextRows].map { rows in
            Set(rows.matches(of: /"sample":(\d+)/).map(\.output.1))
        }
        #expect(samples.allSatisfy { $0.count == 4 } && samples[0].isDisjoint(with: samples[1]))

        // A pack that was made again has other tiles at the same places.
        try writePack("again.tiles", seed: 3, count: 240)
        try #require(try run("learn t --pack again.tiles --count 4").exitCode == 0)
        let moved = try run("labels import t s.jsonl")
        #expect(moved.exitCode == 1 && moved.errors.contains("was another tile"), "\(moved.errors)")
        let mined = try run("mine again.tiles --labelled s.jsonl --count 4 --output m.csv")
        #expect(mined.exitCode == 1 && mined.errors.contains("was another tile"), "\(mined.errors)")
        // A wrong truth does not stay with the project.
        #expect(try run("learn u --pack a.tiles --oracle again.tiles --count 4").exitCode == 1)
        let right = try run("learn u --oracle a.tiles --count 4 --rounds 1 --seconds 1")
        #expect(!right.errors.contains("they were made with"), "\(right.errors)")
        let without = try run("labels export p --output other --no-background")
        #expect(without.exitCode == 1 && without.errors.contains("--no-background"), "\(without.errors)")

        // A truth that knows nothing of the tiles, and words that are no classes.
        let strange = try run("learn r --pack a.tiles --oracle t.tiles --rounds 1 --count 4")
        #expect(
            strange.exitCode == 1 && strange.errors.contains("no tile with the pixels"), "\(strange.errors)")
        for (text, words) in [
            ("sample,class\n1,green\n", "none of its rows has a class of the project"),
            ("sample,class\n1,red\n1,blue\n", "in one row and"), ("sample,class\n1,\n", "fill in"),
        ] {
            _ = try folder.write(Array(text.utf8), to: "x.csv")
            let refused = try run("labels import q x.csv")
            #expect(refused.exitCode == 1 && refused.errors.contains(words), "\(refused.errors)")
        }
    }

    /// A network that has learnt from pictures alone chooses the first tiles, and is what the first training begins with.
    @Test func beginsWithWhatNobodyHasLabelled() throws {
        try writePack("a.tiles", seed: 1, count: 60)
        let alone = try run(
            "train a.tiles --without-labels --output alone --architecture cifar-resnet8-v2 --epochs 2 --validation a.tiles"
        )
        try #require(alone.exitCode == 0, "\(alone.errors)")
        let model = "alone/model.safetensors"
        // It tells turns, and no classes.
        let margin = try run("mine a.tiles --model \(model) --count 4 --output m.csv")
        #expect(margin.exitCode == 1 && margin.errors.contains("--strategy typical"), "\(margin.errors)")
        let typical = try run(
            "mine a.tiles --model \(model) --strategy typical --count 4 --output chosen.csv")
        #expect(typical.exitCode == 0, "\(typical.errors)")
        let rows = try String(contentsOfFile: folder.file("chosen.csv"), encoding: .utf8)
        #expect(!rows.contains("turned") && rows.split(separator: "\n").count == 5, "\(rows)")
        // A run that is gone on with still learns turns.
        #expect(try run("train --resume alone").exitCode == 0)
        let turned = try run("train a.tiles --without-labels --turn --output x")
        #expect(turned.exitCode == 64 && turned.errors.contains("turned by chance"), "\(turned.errors)")
        let changed = try run("train a.tiles --without-labels --augment trivial --output x")
        #expect(changed.exitCode == 64 && changed.errors.contains("--augment"), "\(changed.errors)")

        // Typical tiles are few; many are chosen by chance.
        let first = try run(
            "learn p --pack a.tiles --weights \(model) --oracle a.tiles --rounds 1 --count 20 --seconds 1")
        try #require(first.exitCode == 0, "\(first.errors)")
        let typicalChoice = "--model \(folder.path)/\(model) --strategy typical"
        #expect(first.output.contains(typicalChoice), "\(first.output)")
        let many = try run(
            "learn r --pack a.tiles --weights \(model) --oracle a.tiles --rounds 1 --count 50 --seconds 1")
        try #require(many.exitCode == 0, "\(many.errors)")
        let weights = "--architecture cifar-resnet8-v2 --weights \(folder.path)/\(model)"
        #expect(
            many.output.contains(weights) && !many.output.contains(typicalChoice), "\(many.output)")
        let other = try run("learn p --weights none.safetensors")
        #expect(other.exitCode == 1 && other.errors.contains("--weights"), "\(other.errors)")
        // Told before anybody has labelled anything.
        try writePack("large.tiles", seed: 1, count: 4, side: 48)
        let large = try run("learn q --pack large.tiles --weights \(model)")
        #expect(
            large.exitCode == 1 && large.errors.contains("squares of 32 pixels, and the tiles have 48"),
            "\(large.errors)")
        let missing = try run("learn q --pack a.tiles --weights none.safetensors")
        #expect(missing.exitCode == 1 && missing.errors.contains("none.safetensors"), "\(missing.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("q/project.json")))
    }

    @Test(arguments: [
        ("learn p --pack a.tiles --scenes a.tif", 64, "leave out --scenes"),
        ("learn p --pack a.tiles --test-pack b.tiles", 1, "its classes are"),
        ("learn p --pack a.tif", 1, "a.tif"), ("learn p --pack missing.tiles", 1, "missing.tiles"),
        ("learn p --pack a.tiles --oracle a.csv --rounds 2", 1, "a.csv"),
        ("learn p --pack a.tiles --oracle a.tiles --compare", 1, "--test-pack"),
        ("learn p --pack a.tiles --test-pack e.tiles", 1, "it has no tiles"),
        ("learn p --pack a.tiles --test-pack a.tiles", 1, "would be measured on them"),
        ("learn p --pack a.tiles --choose-only", 1, "--any-size"),
        (
            "learn p --pack a.tiles --oracle a.tiles --compare --strategy random", 64,
            "leave out --strategy random"
        ),
        ("learn p --pack a.tiles --weights .", 1, "it is a folder"),
        ("mine a.tiles --labelled x.csv --count 2 --output o.csv", 1, "no sample 60"),
    ]) func saysWhatIsWrongWithTiles(line: String, exitCode: Int32, words: String) throws {
        try writePack("a.tiles", seed: 1, count: 6)
        for (name, classes) in [("b.tiles", ["blue", "red"]), ("e.tiles", ["red", "blue"])] {
            let writer = try TilePackWriter(
                .replacing(folder.file(name)), tileWidth: 32, tileHeight: 32, classNames: classes)
            if name == "b.tiles" {
                try writer.append([UInt8](repeating: 0, count: 3 * 32 * 32).span, label: 0)
            }
            try writer.commit()
        }
        _ = try folder.write(Array("sample,class\n60,red\n".utf8), to: "x.csv")
        let refused = try run(line)
        #expect(refused.exitCode == exitCode && refused.errors.contains(words), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("p/project.json")))
    }

    @Test func labelsOfAnotherProgramAreLearntFrom() throws {
        // Nothing is labelled yet: what to label first is chosen.
        let first = try run("learn p --scenes a.tif --classes car --window 32 --count 6")
        try #require(first.exitCode == 0, "\(first.errors)")
        #expect(first.output.contains("labels import"), "\(first.output)")
        #expect(FileManager.default.fileExists(atPath: folder.file("p/rounds/0000/picks.png")))

        let brought = try run("labels import p a.csv --complete --by ann")
        #expect(
            brought.exitCode == 0 && brought.output.contains("15 labels brought into p"),
            "\(brought.output + brought.errors)")
        let again = try run("labels import p a.csv --complete")
        #expect(
            again.output.contains("0 labels brought into p, of 1 scene; 15 were there already"),
            "\(again.output)")

        let learnt = try run("learn p --seconds 3")
        #expect(learnt.exitCode == 0, "\(learnt.errors)")
        #expect(learnt.output.contains("Round 1: 14 labels, 14 objects"), "\(learnt.output)")
        #expect(learnt.output.contains("nothing to choose"))
        #expect(FileManager.default.fileExists(atPath: folder.file("p/rounds/0001/run/model.safetensors")))
    }

    /// The first two boxes that somebody has drawn.
    @Test func aFewLabelsAreEnough() throws {
        try #require(try run("learn p --scenes a.tif --classes car --window 32 --count 4").exitCode == 0)
        let lines = try String(contentsOfFile: folder.file("a.csv"), encoding: .utf8).split(separator: "\n")
        _ = try folder.write(Array((lines.prefix(3).joined(separator: "\n") + "\n").utf8), to: "two.csv")
        try #require(try run("labels import p two.csv").exitCode == 0)
        let refused = try run("learn p --seconds 2")
        #expect(
            refused.exitCode == 1 && refused.errors.contains("what other looks like"), "\(refused.errors)")
        _ = try folder.write(Array((lines[0] + "\na.tif,other,0,0,32,32\n").utf8), to: "other.csv")
        try #require(try run("labels import p other.csv").exitCode == 0)
        let learnt = try run("learn p --seconds 2")
        #expect(learnt.exitCode == 0, "\(learnt.errors)")
    }

    /// Where objects are rare, all that was chosen first may show none.
    @Test func choosesAgainWhereNothingWasFound() throws {
        try #require(try run("learn p --scenes a.tif --classes car --window 32 --count 3").exitCode == 0)
        let path = folder.file("p/rounds/0000/picks.jsonl")
        let first = try String(contentsOfFile: path, encoding: .utf8)
        let open = try run("learn p --count 3")
        #expect(open.output.contains("some of which are still open"), "\(open.output)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == first)
        let filled = first.replacing("\"class\":null", with: "\"class\":\"other\"")
        _ = try folder.write(Array(filled.utf8), to: "filled.jsonl")
        try #require(try run("labels import p filled.jsonl").exitCode == 0)
        try #require(try run("learn p --count 3").exitCode == 0)
        let boxes = try [first, String(contentsOfFile: path, encoding: .utf8)].map { rows in
            Set(rows.matches(of: /"box":(\[[\d,]+\])/).map(\.output.1))
        }
        #expect(boxes.allSatisfy { $0.count == 3 } && boxes[0].isDisjoint(with: boxes[1]))
    }

    /// Classes that look like options, photographs with nothing on them, and rows that cannot be about what they say.
    @Test func whatIsDoneAndEmptyComesBack() throws {
        try #require(try run("learn p --any-size --scenes a.tif t.tif --classes=-1").exitCode == 0)
        _ = try folder.write(
            Array("image,class,x0,y0,x1,y1\na.tif,-1,5,5,45,45\nt.tif,,,,,\n".utf8), to: "in.csv")
        let brought = try run("labels import p in.csv --complete")
        #expect(brought.exitCode == 0, "\(brought.errors)")
        let counts = try run("labels count p").output
        #expect(counts.matches(of: /yes/).count == 2, "\(counts)")
        try #require(try run("labels export p --output out").exitCode == 0)
        try #require(try run("learn q --any-size --scenes a.tif t.tif --classes=-1").exitCode == 0)
        for name in ["a", "t"] {
            let again = try run("labels import q out/\(name).tif.csv --complete")
            #expect(again.exitCode == 0, "\(again.errors)")
        }
        #expect(try run("labels count q").output == counts)
        let learnt = try run("learn p --seconds 1")
        #expect(learnt.exitCode == 0, "\(learnt.errors)")

        try #require(try run("learn r --any-size --scenes a.tif t.tif --classes car").exitCode == 0)
        for row in ["a.tif,car,-50,-50,-10,-10", "a.tif,Car,3,3,40,40", "a.tif,car,3,3,5,5"] {
            _ = try folder.write(
                Array("image,class,x0,y0,x1,y1\n\(row)\nt.tif,car,3,3,40,40\n".utf8), to: "odd.csv")
            let odd = try run("labels import r odd.csv --complete")
            #expect(odd.errors.contains("not taken for complete"), "\(row): \(odd.errors)")
        }
        #expect(try run("labels count r").output.matches(of: /yes/).count == 1)
    }

    @Test func aSceneWithoutLabelsKeepsNobodyBack() throws {
        try #require(
            try run("learn p --scenes a.tif t.tif --classes car --window 32 --count 4").exitCode == 0)
        try #require(try run("labels import p a.csv --complete").exitCode == 0)
        let learnt = try run("learn p --seconds 2 --count 5")
        #expect(learnt.exitCode == 0, "\(learnt.errors)")
        // What is chosen next lies in the scene that nobody has labelled.
        let picks = try String(contentsOfFile: folder.file("p/rounds/0001/picks.jsonl"), encoding: .utf8)
        #expect(picks.contains("t.tif") && !picks.contains("a.tif"), "\(picks)")
    }

    /// A correction: what was an object is none.
    @Test func aBoxCanBecomeBackground() throws {
        try #require(try run("learn p --scenes a.tif --classes car --window 32 --count 4").exitCode == 0)
        try #require(try run("labels import p a.csv").exitCode == 0)
        let text = try String(contentsOfFile: folder.file("a.csv"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        let other = lines[0] + "\n" + lines[1].replacing(",car,", with: ",other,") + "\n"
        _ = try folder.write(Array(other.utf8), to: "other.csv")
        let brought = try run("labels import p other.csv")
        #expect(brought.output.contains("2 labels brought"), "\(brought.output + brought.errors)")
        #expect(try run("labels count p").output.contains("13"))
    }

    /// `mine` chooses, a person fills in the class of some, `labels import` brings them back.
    @Test(arguments: ["jsonl", "csv"]) func choicesComeBack(format: String) throws {
        try #require(
            try run("learn p --scenes a.tif t.tif --classes car --window 32 --count 4").exitCode == 0)
        let chosen = try run("mine a.tif t.tif --window 32 --count 40 --output picks.\(format)")
        try #require(chosen.exitCode == 0, "\(chosen.errors)")
        let path = folder.file("picks.\(format)")
        let nothing = try run("labels import p \(path) --complete")
        #expect(
            nothing.exitCode == 1 && nothing.errors.contains("none of its rows has a class"),
            "\(nothing.errors)")
        #expect(try run("labels count p").output.contains("yes") == false)

        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        func fill(_ scene: String, _ name: String) throws {
            let index = try #require(
                lines.firstIndex {
                    $0.contains(scene) && !$0.contains("\"class\":\"") && !$0.contains(",car,")
                        && !$0.contains(",other,")
                })
            if format == "jsonl" {
                lines[index] = lines[index].replacing("\"class\":null", with: "\"class\":\"\(name)\"")
            } else {
                var cells = lines[index].split(separator: ",", omittingEmptySubsequences: false).map(
                    String.init)
                cells[10] = name
                lines[index] = cells.joined(separator: ",")
            }
        }
        try fill("a.tif", "car")
        try fill("a.tif", "other")
        try fill("t.tif", "car")
        // As an editor of Windows saves it.
        _ = try folder.write(Array((lines.joined(separator: "\r\n") + "\r\n").utf8), to: "picks.\(format)")
        let brought = try run("labels import p picks.\(format) --complete")
        #expect(
            brought.exitCode == 0 && brought.output.contains("3 labels brought into p, of 2 scenes"),
            "\(brought.output + brought.errors)")
        #expect(brought.errors.contains("37 objects without a class: left out"), "\(brought.errors)")
        #expect(brought.errors.contains("not taken for complete"), "\(brought.errors)")
        let counts = try run("labels count p").output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(counts.contains { $0.starts(with: ["a.tif", "1", "1"]) }, "\(counts)")
        #expect(counts.contains { $0.starts(with: ["t.tif", "1", "0"]) }, "\(counts)")
    }

    @Test func labelsGoToTheSceneOfTheirExactName() throws {
        try writeScene("a.tiff", seed: 3)
        try writeScene("a.tif", seed: 1)
        try #require(
            try run("learn p --scenes a.tif a.tiff --classes car --window 32 --count 4").exitCode == 0)
        let text = try String(contentsOfFile: folder.file("a.csv"), encoding: .utf8)
        let brought = try run("labels import p a.csv")
        #expect(brought.output.contains("14 labels brought into p, of 1 scene"), "\(brought.output)")
        // By hand another one may be named, and a name that fits both must be.
        let byHand = try run("labels import p a.csv --scene a.tiff")
        #expect(byHand.output.contains("14 labels brought into p, of 1 scene"), "\(byHand.output)")
        _ = try folder.write(Array(text.replacing("a.tif,", with: "a.jpg,").utf8), to: "jpg.csv")
        let refused = try run("labels import p jpg.csv")
        #expect(
            refused.exitCode == 1 && refused.errors.contains("a.jpg may be a.tif or a.tiff: give --scene"),
            "\(refused.errors)")
    }

    @Test func whatIsWrongInAFileIsSaid() throws {
        try #require(try run("learn p --scenes a.tif --classes car --window 32 --count 4").exitCode == 0)
        let head = "image,class,x0,y0,x1,y1\r\n"
        _ = try folder.write(
            Array((head + "a.tif,car,3,3,9,9\r\na.tif,car,900,3,990,9\r\na.tif,car,3,-9,9,0\r\n").utf8),
            to: "o.csv")
        let outside = try run("labels import p o.csv")
        #expect(outside.output.contains("1 label brought"), "\(outside.output + outside.errors)")
        #expect(outside.errors.contains("2 boxes outside of the scenes: left out"), "\(outside.errors)")
        _ = try folder.write(Array((head + "a.tif,car,3,3,9,9\r\na.tif,car,9,3,3,9\r\n").utf8), to: "i.csv")
        let inverted = try run("labels import p i.csv")
        #expect(
            inverted.exitCode == 1 && inverted.errors.contains("read line 3")
                && inverted.errors.contains("is empty, inverted"), "\(inverted.errors)")
        _ = try folder.write(
            Array("{\"scene\":\"a.tif\",\"box\":[9,3,3,9],\"class\":\"car\"}\r\n".utf8), to: "i.jsonl")
        let line = try run("labels import p i.jsonl")
        #expect(line.exitCode == 1 && line.errors.contains("read line 1"), "\(line.errors)")
        for name in ["", " "] {
            let nobody = try ToolRun(["labels", "import", "p", "a.csv", "--by", name], folder: folder.path)
            #expect(nobody.exitCode == 64 && nobody.errors.contains("--by is empty"), "\(nobody.errors)")
        }
    }

    /// Labels of the background, too.
    @Test func anExportHasTheBackgroundAndReplacesNothing() throws {
        try #require(try run("learn p --scenes a.tif --classes car --window 32 --count 4").exitCode == 0)
        let text = try String(contentsOfFile: folder.file("a.csv"), encoding: .utf8)
        let empty = "a.tif,other,0,0,32,32\na.tif,other,40,0,72,32\n"
        _ = try folder.write(Array((text + empty).utf8), to: "all.csv")
        try #require(try run("labels import p all.csv").exitCode == 0)
        let out = try run("labels export p --output out")
        #expect(
            out.exitCode == 0 && out.output.contains("14 objects and 2 windows of other in all"),
            "\(out.output + out.errors)")
        let again = try run("labels export p --output out --no-background")
        #expect(again.exitCode == 1 && again.errors.contains("--overwrite"), "\(again.errors)")
        try #require(try run("learn q --scenes a.tif --classes car --window 32 --count 4").exitCode == 0)
        let back = try run("labels import q out/a.tif.csv")
        #expect(back.output.contains("16 labels brought"), "\(back.output + back.errors)")
        #expect(try run("labels count q").output == run("labels count p").output)

        let replaced = try run("labels export p --output out --no-background --overwrite")
        #expect(replaced.output.contains("14 objects in all"), "\(replaced.output + replaced.errors)")
        for format in ["yolo", "coco"] {
            let other = try run("labels export p --output \(format) --format \(format)")
            #expect(other.exitCode == 0, "\(other.errors)")
        }
        #expect(
            try String(contentsOfFile: folder.file("yolo/classes.txt"), encoding: .utf8) == "car\nother\n")
    }

    @Test(arguments: ["csv", "coco", "gpkg", "jsonl"]) func labelsGoOutAndComeBack(format: String) throws {
        try #require(try run("learn p --scenes a.tif --classes car --count 4").exitCode == 0)
        try #require(try run("labels import p a.csv").exitCode == 0)
        let out = try run("labels export p --output out --format \(format)")
        try #require(out.exitCode == 0, "\(out.errors)")
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.file("out")).first {
                $0.hasPrefix("a.tif.") && !$0.contains("results")
            })
        try #require(try run("learn q --scenes a.tif --classes car --count 4").exitCode == 0)
        let back = try run("labels import q out/\(name) --scene a.tif")
        #expect(back.output.contains("14 labels brought"), "\(back.output + back.errors)")
    }

    @Test(arguments: [
        ("learn new", 1, "give --scenes and --classes"),
        ("learn new --scenes a.tif", 1, "give --scenes and --classes"),
        ("learn p --rounds 3", 64, "needs --oracle"), ("learn p --compare", 64, "needs --oracle"),
        ("learn p --classes boat", 1, "other --classes"),
        ("learn p --strategy label-errors", 64, "tilescope mine"),
        ("learn new --scenes a.tif --classes car,car", 1, "named once"),
        ("labels import new a.csv", 1, "there is none"), ("labels import p none.csv", 1, "none.csv"),
        ("labels import p t.csv", 1, "it names t.tif"), ("labels import p trees.csv", 1, "no box of car"),
        ("labels import p a.csv --scene b.tif", 1, "the project has a.tif"),
        ("labels export p --output out --format nonsense", 64, "is unknown"),
    ]) func saysWhatIsWrong(line: String, exitCode: Int32, words: String) throws {
        try #require(try run("learn p --scenes a.tif --classes car --count 4").exitCode == 0)
        _ = try folder.write(Array("image,class,x0,y0,x1,y1\na.tif,tree,3,3,9,9\n".utf8), to: "trees.csv")
        let found = try run(line)
        #expect(found.exitCode == exitCode && found.errors.contains(words), "\(found.errors)")
    }
}
