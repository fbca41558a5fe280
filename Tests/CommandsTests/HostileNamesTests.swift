import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// Classes, files and folders with names that try to become something else.
@Suite struct HostileNamesTests {
    let folder: TemporaryFolder
    private static let classes = HostileName.all.map(\.text)
    private static let fileNames = HostileName.ofFiles.map(\.text)
    private static let side = 16

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// Two tiles of each class, and a model of them that has learnt nothing.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        let pack = try TilePackWriter(
            .replacing(folder.file("names.tiles")), tileWidth: side, tileHeight: side, classNames: classes)
        for tile in 0..<2 * classes.count { try pack.append(noise(seed: tile), label: tile / 2) }
        try pack.commit()
        let architecture = Architecture(
            family: .cifarV2, depth: 8, classCount: classes.count, inputSize: side)
        let weights = try Network(architecture).initialWeights(seed: 1)
        try Model(architecture: architecture, classes: classes, weights: weights)
            .write(to: .replacing(folder.file("model.safetensors")))
    }

    private static func noise(seed: Int, width: Int = side, height: Int = side) -> Image {
        var random = SplitMix64(seed: UInt64(seed))
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }

    /// Runs to a good end, without anything on the terminal that is not seen.
    private func run(_ arguments: [String]) throws -> ToolRun {
        let run = try ToolRun(arguments, folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        expectCalm(run)
        return run
    }

    private func expectCalm(_ run: ToolRun) {
        for text in [run.output, run.errors] {
            let hidden = text.unicodeScalars.filter { scalar in
                let category = scalar.properties.generalCategory
                return scalar != "\n"
                    && [.control, .format, .lineSeparator, .paragraphSeparator].contains(category)
            }
            #expect(
                hidden.isEmpty,
                "\(hidden.map { String($0.value, radix: 16) }) in \(text.debugDescription.prefix(2000))")
        }
    }

    private func text(of name: String) throws -> String {
        String(decoding: try folder.bytes(name), as: UTF8.self)
    }

    /// Each drawing in a page is XML, and scripts are only those that the page has anyway.
    private func expectPlainPage(_ html: String, scriptCount: Int) throws {
        // By bytes: a mark after which a combining character stands is a mark.
        let bytes = Data(html.utf8)
        #expect(pieces(of: bytes, from: "<script").count == scriptCount)
        for mark in ["<img src=x", "<svg/", "<!--", "<b>"] {
            #expect(bytes.range(of: Data(mark.utf8)) == nil, "\(mark)")
        }
        for drawing in pieces(of: bytes, from: "<svg") {
            let end = try #require(drawing.range(of: Data("</svg>".utf8))).upperBound
            #expect(XMLCheck(String(decoding: drawing[..<end], as: UTF8.self)).objections.isEmpty)
        }
    }

    /// What begins at each place of a mark and ends at the next.
    private func pieces(of bytes: Data, from mark: String) -> [Data] {
        var (starts, rest) = ([Int](), bytes.startIndex..<bytes.endIndex)
        while let found = bytes.range(of: Data(mark.utf8), in: rest) {
            starts.append(found.lowerBound)
            rest = found.upperBound..<bytes.endIndex
        }
        return zip(starts, starts.dropFirst() + [bytes.endIndex]).map { bytes[$0..<$1] }
    }

    @Test func anEvaluationShowsThem() throws {
        let run = try run([
            "evaluate", "model.safetensors", "names.tiles", "--output", "seen", "--resamples", "0",
        ])
        // Lines of numbers, a heading, and one for each class.
        #expect(run.output.split(separator: "\n").count == 3 + Self.classes.count)
        let page = try text(of: "seen/report.html")
        try expectPlainPage(page, scriptCount: 2)
        #expect(page.contains("日本語") && page.contains("éclair &amp; co"))
        let drawing = XMLCheck(try text(of: "seen/confusion.svg"))
        #expect(drawing.objections.isEmpty, "\(drawing.objections)")
        #expect(Set(drawing.elements).isSubset(of: ["svg", "rect", "text", "image"]))
        #expect(drawing.texts.contains("日本語") && drawing.texts.contains("<!-- "))
        for line in try text(of: "seen/numbers.jsonl").split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
        let rows = try text(of: "seen/predictions.csv")
        #expect(rows.utf8.contains(",\"'=1+1\",".utf8) && !rows.utf8.contains(",=".utf8))
        guard BrowserRun.path != nil else { return }
        let browser = try BrowserRun(page, in: folder)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
        try expectPlainPage(browser.document, scriptCount: 2)
    }

    @Test func aTrainingAScanAndTheirPageShowThem() throws {
        let runFolder = "run\u{1B}[31m\u{202E}\n<script>"
        _ = try run(
            [
                "train", "names.tiles", "--output", runFolder, "--architecture", "cifar-resnet8-v2",
                "--epochs", "1",
            ]
                + ["--batch-size", "16", "--workers", "1"])
        try Self.noise(seed: 5, width: 40, height: 30).writePNG(
            to: .replacing(folder.file("scene\u{1B}\n<b>.png")))
        let scan = try run(
            [
                "scan", "scene\u{1B}\n<b>.png", "--model", runFolder + "/model.safetensors", "--output",
                "found",
            ]
                + ["--threshold", "0.05", "--workers", "1"])
        #expect(scan.output.split(separator: "\n").count == Self.classes.count + 1)
        for name in ["pixels.geojson", "summary.json", "run.json"] {
            _ = try JSONSerialization.jsonObject(with: Data(folder.bytes("found/" + name)))
        }
        _ = try run(["report", "--run", runFolder, "--scan", "found", "--output", "page.html"])
        try expectPlainPage(try text(of: "page.html"), scriptCount: 0)
        let runs = try run(["runs", "."])
        #expect(runs.output.contains(#"/run\u{1B}[31m\u{202E}\u{A}<script>"#), "\(runs.output)")
        let json = try run(["runs", ".", "--json"])
        let row = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect((row?["path"] as? String)?.hasSuffix(runFolder) == true)
        _ = try run(["runs", ".", "--curves", "curves.svg"])
        let drawing = XMLCheck(try text(of: "curves.svg"))
        #expect(drawing.objections.isEmpty, "\(drawing.objections)")
    }

    @Test func predictNamesPicturesAndClasses() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("photos"), withIntermediateDirectories: true)
        for (seed, name) in Self.fileNames.enumerated() {
            try Self.noise(seed: seed).writePNG(to: .replacing(folder.file("photos/\(name).png")))
        }
        let shown = try run(["predict", "model.safetensors", "photos", "--top", "2"])
        #expect(shown.output.split(separator: "\n").count == 3 * Self.fileNames.count)
        let json = try run(["predict", "model.safetensors", "photos", "--json"])
        let names = try json.output.split(separator: "\n").map { line in
            let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(row?["image"] as? String)
        }
        #expect(
            Set(names.map { Array($0.utf8) }) == Set(Self.fileNames.map { Array("photos/\($0).png".utf8) }))
    }

    @Test(arguments: HostileName.ofFiles) func anErrorIsOneLine(hostile: HostileName) throws {
        let name = hostile.text
        for arguments in [
            ["evaluate", "./" + name, "names.tiles"], ["runs", "./" + name],
            ["train", "./" + name, "--output", "r"],
            ["scan", "./" + name, "--model", "model.safetensors", "--output", "o"],
        ] {
            let run = try ToolRun(arguments, folder: folder.path)
            #expect(run.exitCode == 1)
            #expect(
                run.errors.hasPrefix("Error: ") && run.errors.split(separator: "\n").count == 1,
                "\(run.errors)")
            expectCalm(run)
        }
    }

    @Test(arguments: HostileName.ofFiles) func aUsageErrorHasNoLinesOfWhatWasTyped(hostile: HostileName)
        throws
    {
        for arguments in [["--sort=\(hostile.text)"], ["--curves=\(hostile.text)"]] {
            let run = try ToolRun(["runs", "."] + arguments, folder: folder.path)
            #expect(run.exitCode == 64)
            // The error, the usage in two lines, and where there is more.
            #expect(run.errors.split(separator: "\n").count <= 4, "\(run.errors)")
            expectCalm(run)
        }
    }
}
