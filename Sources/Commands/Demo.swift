import ArgumentParser
import Files
import Foundation

/// The whole way, from tiles to a tagged scene, by the other commands.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run all steps once: tiles, training, a scene, a scan, a report.",
        discussion: """
            Runs other commands of tilescope, one after the other, and shows each; they are kept in commands.sh, which \
            does it all again. Without --data the tiles are drawn, so that nothing else is needed.
            """)

    @Option(
        help: ArgumentHelp(
            "CIFAR-10's folder of binary files, to learn from photographs.", valueName: "folder"))
    var data: String?
    @Option(help: ArgumentHelp("The folder for everything.", valueName: "folder")) var output = "demo"
    @Option(help: ArgumentHelp("About how long, on two cores.", valueName: "minutes")) var minutes = 4.0
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var engineOptions: EngineOptions

    private static let lockName = ".demo-lock"

    func validate() throws {
        guard (1...1000).contains(minutes) else {
            throw ValidationError("--minutes must be between 1 and 1000: \(minutes)")
        }
        // It trains, and the model that it makes is not calibrated.
        try engineOptions.checkTraining()
        guard data.map({ Address($0).localPath != nil }) ?? true else {
            throw ValidationError("--data must be a folder on this machine")
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        try makeFolder(output)
        let content = try FileManager.default.contentsOfDirectory(atPath: output)
        guard overwriting.isGiven || content.isEmpty || content == [Self.lockName] else {
            throw CommandError(
                operation: "write the demo", path: output,
                cause:
                    "the folder is not empty; give another --output, or --overwrite to replace its contents")
        }
        let lock = try FolderLock(output, name: Self.lockName)
        defer { withExtendedLifetime(lock) {} }
        let plan = DemoPlan(
            data: data, folder: output, minutes: minutes, engineArguments: engineOptions.arguments)
        try writeFile(plan.script, to: .replacing(plan.scriptPath))
        for arguments in plan.commands {
            guard !cancellation.isRequested else {
                throw Cancelled(kept: "the results of the commands above are in \(output)")
            }
            try Tilescope.call(arguments)
        }
        say(
            """

            Done. Look at
              \(plan.reportPath)  everything on one page
              \(plan.scanPath)/tagged.png  the scene with boxes
              \(plan.scriptPath)  the commands, to do it again or otherwise
            """)
    }
}

/// Which commands the demo runs.
struct DemoPlan {
    var data: String?
    var folder: String
    var minutes: Double
    /// For the commands that compute.
    var engineArguments: [String] = []

    var guidePath: String { folder + "/guide.png" }
    var scriptPath: String { folder + "/commands.sh" }
    var reportPath: String { folder + "/report.html" }
    var scanPath: String { folder + "/scan" }

    /// Arguments of each command, in order; they can be run again and again.
    var commands: [[String]] { steps.map { $0 + ["--overwrite"] } }

    private var steps: [[String]] {
        let training = folder + "/train.tiles"
        let (scene, truth, run) = (folder + "/mosaic.tif", folder + "/truth.jsonl", folder + "/run")
        return [["sample", guidePath, "--guide"]] + tileCommands + [
            ["scatter", trainingTiles, training, "--mixed"] + groups + ["--windows", "300000"],
            ["train", training, "--output", run, "--epochs", "\(Self.epochCount)"]
                + ["--samples-per-epoch", "\(samplesPerEpoch)"] + engineArguments,
            ["mosaic", guidePath, "--tiles", testTiles, "--output", scene, "--truth", truth] + groups
                + ["--mode", "collage", "--tiles-across", "100"],
            ["scan", scene, "--model", run + "/model.safetensors"]
                + ["--truth", truth, "--output", scanPath] + engineArguments,
            [
                "report", "--run", run, "--scan", scanPath, "--scene", scene, "--truth", truth,
                "--pack", training, "--commands", scriptPath, "--output", reportPath,
            ],
        ]
    }

    /// The commands as a shell script, which runs from any folder and needs no `PATH`.
    var script: String {
        let start = [
            "#!/bin/sh", "# Runs the demo's commands again; TILESCOPE may name another program.", "set -e",
            "cd \(shellWord(FileManager.default.currentDirectoryPath))",
            "program=${TILESCOPE:-\(shellWord(runningProgramPath()))}",
            #"tilescope() { "$program" "$@"; }"#, "",
        ]
        return (start + commands.map(Self.line)).joined(separator: "\n") + "\n"
    }

    /// One command as one types it.
    static func line(_ arguments: [String]) -> String { shellLine(["tilescope"] + arguments) }

    private static let epochCount = 8
    /// What two cores train in a second, and what all but training takes: measured, with room to spare.
    private static let (tilesPerSecond, otherSeconds) = (1200.0, 45.0)

    private var samplesPerEpoch: Int {
        Int((minutes * 60 - Self.otherSeconds) * Self.tilesPerSecond) / Self.epochCount
    }

    private var trainingTiles: String {
        folder + (data == nil ? "/objects-train.tiles" : "/cifar10-train.tiles")
    }

    private var testTiles: String {
        folder + (data == nil ? "/objects-test.tiles" : "/cifar10-test.tiles")
    }

    private var tileCommands: [[String]] {
        if let data { return [["import", "cifar10", data, "--output", folder]] }
        return [
            ["sample", trainingTiles, "--per-class", "2000", "--seed", "1"],
            ["sample", testTiles, "--per-class", "500", "--seed", "2"],
        ]
    }

    private var groups: [String] {
        let groups = data == nil ? ["car=car", "boat=boat"] : ["car=automobile", "boat=ship"]
        return (groups + ["other=*"]).flatMap { ["--group", $0] }
    }
}
