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
            #expect(pick.box.map { $0[2] - $0[0] } == 32 && pick.class == nil)
        }
        let sheet = try Image(pictureAt: Address(folder.file("picks.png")))
        #expect(sheet.width > 400 && sheet.height > 200)

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
        #expect(picks.allSatisfy { ["boat", "car", "other"].contains($0.class) })
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

    @Test func samplesOfAPackAreChosen() throws {
        #expect(try run("sample p.tiles --per-class 12 --seed 1").exitCode == 0)
        let classes = try openSamples(folder.file("p.tiles")).classNames
        try writeModel(to: "m.safetensors", classes: classes)
        try writeModel(to: "other.safetensors", classes: classes.reversed())
        var found = try run("mine p.tiles --count 5 --output picks.jsonl --sheet picks.png")
        #expect(found.exitCode == 0, "\(found.errors)")
        let picks = try rows("picks.jsonl")
        #expect(Set(picks.compactMap(\.sample)).count == 5 && picks.allSatisfy { $0.pack == "p.tiles" })
        #expect(picks.allSatisfy { $0.label != nil && $0.class == nil })

        found = try run("mine p.tiles --model m.safetensors --count 20 --output m.jsonl")
        #expect(found.exitCode == 0, "\(found.errors)")
        #expect(try rows("m.jsonl").allSatisfy { $0.class != nil && $0.value != nil })
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
