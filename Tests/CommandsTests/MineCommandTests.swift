import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Records
import TestRasters
import TestSupport
import Testing

/// `mine`: what to label next.
@Suite struct MineCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try writeScene("a.tif", seed: 1)
        try writeScene("b.tif", seed: 2)
    }

    /// Noise at the left, stripes in the middle, and at the right a white square on black.
    private func writeScene(_ name: String, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var samples: [Double] = []
        for y in 0..<128 {
            for x in 0..<384 {
                let value: Double
                switch x {
                case ..<128: value = Double(Int.random(in: 90...110, using: &random))
                case ..<256: value = x / 4 % 2 == 0 ? 200 : 60
                default: value = (300..<340).contains(x) && (40..<80).contains(y) ? 250 : 10
                }
                samples += [value, value, value]
            }
        }
        try TestRaster(width: 384, height: 128, bandCount: 3, samples: samples).write(to: folder.file(name))
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private struct Row: Decodable {
        var number: Int
        var scene: String?
        var box: [Int]?
        var pack: String?
        var sample: Int?
        var label: String?
        var predicted: String?
        var `class`: String?
        var value: Float?
        var isSuspicious: Bool?

        func overlaps(_ other: Row) -> Bool {
            guard scene == other.scene, let box, let otherBox = other.box else { return false }
            return box[0] < otherBox[2] && otherBox[0] < box[2] && box[1] < otherBox[3]
                && otherBox[1] < box[3]
        }
    }

    private func rows(_ name: String) throws -> [Row] {
        let text = try String(contentsOfFile: folder.file(name), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: folder.file(name)))
    }

    @Test func withoutAModelEachKindOfWindowComesFirst() throws {
        let found = try run("mine a.tif b.tif --window 32 --count 12 --output picks.jsonl --sheet picks.png")
        #expect(found.exitCode == 0, "\(found.errors)")
        let picks = try rows("picks.jsonl")
        #expect(picks.map(\.number) == Array(1...12))
        // Noise, stripes, black: among the first few.
        let kinds = Set(picks.prefix(6).compactMap { $0.box.map { $0[0] / 128 } })
        #expect(kinds == [0, 1, 2])
        for (index, pick) in picks.enumerated() {
            #expect(!picks[..<index].contains { $0.overlaps(pick) })
            #expect(pick.box.map { $0[2] - $0[0] } == 32 && pick.predicted == nil)
        }
        let sheet = try Image(pictureAt: Address(folder.file("picks.png")))
        #expect(sheet.width > 400 && sheet.height > 200)
        // Of several scenes each row of the sheet says the name.
        #expect(try run("mine a.tif --window 32 --count 12 --output one.csv --sheet one.png").exitCode == 0)
        let one = try Image(pictureAt: Address(folder.file("one.png")))
        #expect(one.width == sheet.width && one.height < sheet.height)

        #expect(try run("mine a.tif b.tif --window 32 --count 12 --output again.jsonl").exitCode == 0)
        #expect(try bytes("again.jsonl") == bytes("picks.jsonl"))
        #expect(
            try run("mine a.tif b.tif --window 32 --count 12 --strategy random --seed 1 --output r1.csv")
                .exitCode == 0)
        #expect(
            try run("mine a.tif b.tif --window 32 --count 12 --strategy random --seed 2 --output r2.csv")
                .exitCode == 0)
        #expect(try bytes("r1.csv") != bytes("r2.csv"))
        #expect(try String(decoding: bytes("r1.csv"), as: UTF8.self).split(separator: "\n").count == 13)
    }

    @Test(arguments: ["margin", "entropy", "typical", "random"]) func aModelSaysWhatItTakesWindowsFor(
        strategy: String
    ) throws {
        try folder.writeSmallModel(to: "m.safetensors")
        let found = try run(
            "mine a.tif --model m.safetensors --strategy \(strategy) --count 9 --output picks.jsonl")
        #expect(found.exitCode == 0, "\(found.errors)")
        let picks = try rows("picks.jsonl")
        #expect(picks.count == 9)
        // What the model takes it for is nobody's word.
        #expect(picks.allSatisfy { ["boat", "car", "other"].contains($0.predicted) && $0.class == nil })
        #expect(picks.allSatisfy { $0.box.map { $0[2] - $0[0] } == 16 })
        for (index, pick) in picks.enumerated() { #expect(!picks[..<index].contains { $0.overlaps(pick) }) }
    }

    @Test(arguments: ["", "--model m.safetensors"]) func whatIsLabelledIsNotChosen(model: String) throws {
        try folder.writeSmallModel(to: "m.safetensors")
        let truth = "file,x0,y0,x1,y1,label\na.tif,300,40,340,80,car\na.tif,20,20,60,60,boat\n"
        _ = try folder.write(Array(truth.utf8), to: "labels.csv")
        let found = try run("mine a.tif \(model) --labelled labels.csv --count 5000 --output picks.jsonl")
        #expect(found.exitCode == 0, "\(found.errors)")
        #expect(found.errors.contains("there are no more"))
        let picks = try rows("picks.jsonl")
        #expect(!picks.isEmpty)
        for pick in picks {
            let box = try #require(pick.box)
            for (x, y) in [(320, 60), (40, 40)] {
                #expect(!(box[0]..<box[2]).contains(x) || !(box[1]..<box[3]).contains(y))
            }
        }
    }

    @Test func onlyTheRegionIsChosenFrom() throws {
        let found = try run(
            "mine a.tif --window 32 --region 128,0,256,128 --count 50 --output picks.jsonl")
        #expect(found.exitCode == 0, "\(found.errors)")
        let centres = try rows("picks.jsonl").compactMap { $0.box.map { ($0[0] + $0[2]) / 2 } }
        #expect(!centres.isEmpty && centres.allSatisfy { (128..<256).contains($0) })
    }

    @Test func aGuessHasAColumnOfItsOwn() throws {
        try folder.writeSmallModel(to: "m.safetensors")
        let found = try run("mine a.tif --model m.safetensors --count 3 --output picks.csv")
        #expect(found.exitCode == 0, "\(found.errors)")
        let lines = try String(decoding: bytes("picks.csv"), as: UTF8.self).split(separator: "\n")
        let cells = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let head = try #require(cells.first)
        let predicted = try #require(head.firstIndex(of: "predicted"))
        let place = try #require(head.firstIndex(of: "class"))
        for row in cells.dropFirst() {
            #expect(row.count == head.count && row[place].isEmpty)
            #expect(["boat", "car", "other"].contains(row[predicted]))
        }
    }

    /// Windows are as large as they are said to be in the scene as it is seen.
    @Test func scalesCountWithoutAModel() throws {
        let found = try run(
            "mine a.tif --window 32 --scale 0.5 --count 20 --output picks.jsonl --sheet s.png")
        #expect(found.exitCode == 0, "\(found.errors)")
        let picks = try rows("picks.jsonl")
        #expect(
            !picks.isEmpty && picks.allSatisfy { $0.box.map { [$0[2] - $0[0], $0[3] - $0[1]] } == [64, 64] })
        let region = try run(
            "mine a.tif --window 32 --scale 0.5 --region 128,0,256,128 --count 20 --output region.jsonl")
        #expect(region.exitCode == 0, "\(region.errors)")
        let centres = try rows("region.jsonl").compactMap { $0.box.map { ($0[0] + $0[2]) / 2 } }
        #expect(!centres.isEmpty && centres.allSatisfy { (128..<256).contains($0) })
        let refused = try run("mine a.tif --window 32 --resolution 0.5 --output x.jsonl")
        #expect(refused.exitCode == 1 && refused.errors.contains("give --scales"), "\(refused.errors)")
    }

    @Test func windowsThatCannotBeReadAreToldOf() throws {
        let options = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
        var random = SplitMix64(seed: 3)
        let samples = (0..<256 * 256).map { _ in Double(UInt8.random(in: 0...255, using: &random)) }
        try TestRaster(width: 256, height: 256, bandCount: 1, samples: samples, options: options).write(
            to: folder.file("damaged.tif"))
        let path = folder.file("damaged.tif")
        var content = try Data(contentsOf: URL(filePath: path))
        try #require(content.count > 60_000)
        content.replaceSubrange(30_000..<34_000, with: Data(count: 4000))
        try content.write(to: URL(filePath: path))
        let found = try run("mine damaged.tif --window 32 --count 5 --output picks.jsonl")
        #expect(
            found.exitCode == 0 && found.errors.contains("cannot be read and are left out"), "\(found.errors)"
        )
    }

    // MARK: Whole scenes

    @Test func photographsAreChosenAsWholes() throws {
        for number in 0..<9 {
            // Three kinds.
            let samples = (0..<60 * 40).flatMap { place -> [Double] in
                let (x, y) = (place % 60, place / 60)
                let value: Double =
                    switch number % 3 {
                    case 0: Double((x / 3 + number) % 2 * 200)
                    case 1: Double((y / 5 + number) % 2 * 150)
                    default: Double((x * 31 + y * 17 + number) * 7919 % 97)
                    }
                return [value, value, 90]
            }
            try TestRaster(width: 60, height: 40, bandCount: 3, samples: samples).write(
                to: folder.file("p\(number).tif"))
        }
        _ = try folder.write(Array("no image".utf8), to: "p9.tif")
        var found = try run("mine p*.tif --whole --count 6 --output picks.jsonl --sheet picks.png")
        #expect(found.exitCode == 0, "\(found.errors)")
        #expect(found.errors.contains("left out: p9.tif") && found.errors.contains("6 of 9 scenes chosen"))
        let picks = try rows("picks.jsonl")
        #expect(picks.allSatisfy { $0.box == [0, 0, 60, 40] } && Set(picks.compactMap(\.scene)).count == 6)
        // Each kind is among the first.
        let numbers = picks.prefix(3).compactMap { pick in
            pick.scene.flatMap { Int($0.dropFirst().prefix(1)) }
        }
        #expect(Set(numbers.map { $0 % 3 }) == [0, 1, 2])
        #expect(try Image(pictureAt: Address(folder.file("picks.png"))).height > 150)
        #expect(try run("mine p*.tif --whole --count 6 --output again.jsonl").exitCode == 0)
        #expect(try bytes("again.jsonl") == bytes("picks.jsonl"))

        // What somebody has labelled is not chosen.
        _ = try folder.write(Array("image,class,x,y\np0.tif,car,3,3\np4.tif,car,3,3\n".utf8), to: "l.csv")
        found = try run("mine p*.tif --whole --strategy random --labelled l.csv --output rest.csv")
        #expect(found.exitCode == 0 && found.errors.contains("7 of 9 scenes chosen"), "\(found.errors)")
        found = try run("mine p0.tif p4.tif --whole --labelled l.csv --output none.csv")
        #expect(found.exitCode == 1 && found.errors.contains("labelled already"), "\(found.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("none.csv")))
        found = try run("mine p9.tif --whole --output none.csv")
        #expect(found.exitCode == 1 && found.errors.contains("there are no scenes that can be read"))
    }

    @Test func samplesOfAPackAreChosen() throws {
        #expect(try run("sample p.tiles --per-class 12 --seed 1").exitCode == 0)
        let classes = try openSamples(folder.file("p.tiles")).classNames
        try writeModel(to: "m.safetensors", classes: classes)
        try writeModel(to: "other.safetensors", classes: classes.reversed())
        var found = try run("mine p.tiles --count 5 --output picks.jsonl --sheet picks.png")
        #expect(found.exitCode == 0, "\(found.errors)")
        let picks = try rows("picks.jsonl")
        #expect(Set(picks.compactMap(\.sample)).count == 5 && picks.allSatisfy { $0.pack == "p.tiles" })
        #expect(picks.allSatisfy { $0.label == nil && $0.predicted == nil })

        found = try run("mine p.tiles --model m.safetensors --count 20 --output m.jsonl")
        #expect(found.exitCode == 0, "\(found.errors)")
        #expect(try rows("m.jsonl").allSatisfy { $0.predicted != nil && $0.class == nil && $0.value != nil })
        found = try run("mine p.tiles --model m.safetensors --strategy label-errors --output e.csv")
        #expect(found.exitCode == 0, "\(found.errors)")
        found = try run("mine p.tiles --model other.safetensors --strategy label-errors --output x.csv")
        #expect(
            found.exitCode == 1 && found.errors.contains("its classes are not the model's"), "\(found.errors)"
        )
    }

    /// A model that has learnt nothing.
    private func writeModel(to name: String, classes: [String]) throws {
        let architecture = Architecture(
            family: .cifarV2, depth: 8, classCount: classes.count, inputSize: 32)
        try Model(
            architecture: architecture, classes: classes,
            weights: try Network(architecture).initialWeights(seed: 5)
        ).write(to: .replacing(folder.file(name)))
    }

    @Test(arguments: [
        ("mine a.tif --output x.txt", 64, "must end in .csv or .jsonl"),
        ("mine a.tif --strategy margin --output x.csv", 64, "needs a model"),
        ("mine a.tif --count 0 --output x.csv", 64, "--count"),
        ("mine a.tif --whole --window 32 --output x.csv", 64, "leave out --window"),
        ("mine a.tif --whole --region 0,0,9,9 --output x.csv", 64, "leave out --region"),
        ("mine a.tif --whole --model m.safetensors --output x.csv", 64, "leave out --model"),
        ("mine a.tif --scales 1,0.5 --output x.csv", 64, "one scale"),
        ("mine a.tif --model m.safetensors --window 20 --output x.csv", 64, "--window"),
        ("mine none.tif --output x.csv", 1, "none.tif"),
        ("mine a.tif --region 2000,2000,2100,2100 --output x.csv", 1, "there are no windows"),
        ("mine a.tif --labelled none.csv --output x.csv", 1, "none.csv"),
        ("mine a.tif --model none.safetensors --output x.csv", 1, "none.safetensors"),
    ]) func saysWhatIsWrong(line: String, exitCode: Int32, words: String) throws {
        let found = try run(line)
        #expect(found.exitCode == exitCode && found.errors.contains(words), "\(found.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.csv")))
    }
}
