import Annotations
import ArgumentParser
import Files
import Foundation

/// Shows a training, a scan or both on one page.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a training, a scan, or both on one self-contained HTML page.",
        discussion: """
            Give --run, --scan, or both. A run and a scan on one page must be of the same model. \
            Only files of the two folders are read, as they may come from somebody else. Pictures of the scene and samples \
            of the training data are shown where --scene and --pack name them. With --truth, the pictures tell hits from false \
            alarms, and show misses.
            """)

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder that train has written.", valueName: "folder"))
    var runFolder: String?
    @Option(
        name: .customLong("scan"),
        help: ArgumentHelp("The folder that scan has written.", valueName: "folder"))
    var scanFolder: String?
    @Option(
        help: ArgumentHelp(
            "The scene that was scanned, to show pictures of it: a TIFF, PNG, JPEG, WebP, GIF, BMP or JPEG 2000.",
            valueName: "scene"))
    var scene: String?
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: ArgumentHelp(
            "The tiles or records that were learnt from, wherever they are now, to show some of them.",
            valueName: "data"))
    var pack: String?
    @Option(help: ArgumentHelp("Command lines to show as the way to do it again.", valueName: "file"))
    var commands: String?
    @Option(help: ArgumentHelp("The page.", valueName: "file")) var output = "report.html"
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard runFolder != nil || scanFolder != nil else {
            throw ValidationError("give --run, --scan, or both")
        }
        guard scanFolder != nil || scene == nil && truthOptions.source == nil else {
            throw ValidationError("--scene and --truth belong to a scan: give --scan")
        }
        guard runFolder != nil || pack == nil else {
            throw ValidationError("--pack belongs to a training: give --run")
        }
    }

    func run() throws {
        let run = try runFolder.map { try ReportedRun($0, packPath: pack) }
        let scan = try scanFolder.map {
            try ReportedScan($0, scenePath: scene, truth: truthOptions.source)
        }
        if let run, let scan { try run.check(isOf: scan) }
        let words = try commands.map {
            String(decoding: try readFile($0, limit: SealedFolder.settingsByteLimit), as: UTF8.self)
        }
        let omissions = (scan?.omissions ?? []) + (run?.omissions ?? [])
        for omission in omissions { ProgressLine.tell("\(omission)") }
        var outputs = overwriting.outputs(
            reading: (run?.paths ?? []) + (scan?.paths ?? []) + [commands].compactMap(\.self))
        let file = try outputs.file(output)
        let page = try Self.page(run, scan, omissions: omissions, commands: words)
        try writeFile(page.html, to: file)
        say("written to \(output)")
    }

    private static func page(
        _ run: ReportedRun?, _ scan: ReportedScan?, omissions: [String], commands: String?
    ) throws -> ReportPage {
        var page = ReportPage(title: scan?.title ?? run?.title ?? "")
        page.lead = scan?.lead ?? run?.lead ?? ""
        try scan?.addPictures(to: &page)
        if !omissions.isEmpty {
            let lines = omissions.map { "<p class=\"note\">\($0)</p>" as Markup }
            page.add("What is left out", lines.joined(separator: "\n"))
        }
        scan?.addTruth(to: &page)
        try run?.addTraining(to: &page)
        if let scan { page.add("Where the time of the scan went", scan.timing) }
        if let commands { page.add("To do it again", "<pre>\(copied: withoutSecrets(commands))</pre>") }
        let settings = try (run?.settings() ?? []) + (scan?.settings() ?? [])
        page.add("Settings", settings.joined(separator: "\n"))
        return page
    }
}

/// A file in a folder that may come from somebody else.
func readJSON<Value: Decodable>(_ path: String, of folder: SealedFolder) throws -> Value {
    let data = try Data(folder.read(path))
    do {
        return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
        throw CommandError(
            operation: "read", path: path,
            cause: "it is not as this version of tilescope writes it (\(words(onDecoding: error))); "
                + "write it again with the command that made it")
    }
}

/// A file of settings for those who want to see all of it.
func settingsMarkup(_ name: String, _ path: String, of folder: SealedFolder) throws -> Markup {
    let json = String(decoding: try folder.read(path), as: UTF8.self)
    return "<details><summary>\(name)</summary><pre>\(copied: withoutSecrets(json))</pre></details>"
}
