import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

@Suite struct PackCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// Two classes with 30 pictures each.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        for name in ["cat", "dog"] {
            try FileManager.default.createDirectory(
                atPath: folder.file("in/\(name)"), withIntermediateDirectories: true)
            for number in 0..<30 {
                var image = Image(width: 60, height: 50)
                for place in image.pixelsHWC.indices {
                    image.pixelsHWC[place] = UInt8((place * (number + 1)) % 251)
                }
                try image.writePNG(to: .replacing(folder.file("in/\(name)/\(number).png")))
            }
        }
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    @Test func packsAFolder() throws {
        let run = try run("pack in --output all.rec")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output == "all.rec: 60 images of 2 classes\n")
        let records = try ImageRecords(opening: folder.file("all.rec"))
        #expect(records.classNames == ["cat", "dog"])
        // Shuffled, as the default is for folders.
        #expect(Set((0..<20).map { records.label(of: $0) }) == [0, 1])
        let again = try self.run("pack in --output all.rec")
        #expect(again.exitCode == 0 && again.errors.contains("is there already"))
        let other = try self.run("pack in --output all.rec --resize 20")
        #expect(other.exitCode == 1 && other.errors.contains("--overwrite"))
        let self_ = try self.run("pack all.rec --output all.rec --overwrite")
        #expect(self_.exitCode == 1 && self_.errors.contains("which this command reads"))
    }

    @Test(arguments: ["all.rec", "all.idx", "all.meta.json", "all.quarantine.jsonl", "all.rec.partial"])
    func noImageIsReplaced(name: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: folder.file("in/cat/7.png"))
        let image = try folder.bytes("in/cat/7.png")
        let run = try run("pack in --output all.rec --overwrite")
        #expect(run.exitCode == 1 && run.errors.contains("which this command reads"), "\(run.errors)")
        #expect(try folder.bytes("in/cat/7.png") == image)
    }

    @Test(arguments: ["all.idx", "all.quarantine.jsonl"])
    func nobodyElsesFileIsReplaced(name: String) throws {
        _ = try folder.write([1], to: name)
        let run = try run("pack in --output all.rec")
        #expect(run.exitCode == 1 && run.errors.contains("--overwrite"), "\(run.errors)")
        #expect(try folder.bytes(name) == [1])
    }

    /// The thread sanitizer keeps its own account in a file, which must not grow then, either.
    @Test(.disabled(if: !LoadedTool.isUsed, "under the thread sanitizer"))
    func aFileThatMustNotGrowIsAnError() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "ulimit -f 8; exec \"$0\" pack in --output all.rec", ToolRun.path]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
        try process.run()
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        #expect(process.terminationReason == .exit && process.terminationStatus == 1)
        #expect(words.contains("File too large"), "\(words)")
    }

    @Test func splitsAndCutsIntoShards() throws {
        let run = try run("pack in --output x.tar --validation-fraction 0.1 --shard-size 30 --no-shuffle")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(
            run.output.split(separator: "\n") == [
                "x-train-000000.tar: 30 images of 2 classes", "x-train-000001.tar: 24 images of 2 classes",
                "x-val-000000.tar: 6 images of 2 classes",
            ])
    }

    @Test func makesTiles() throws {
        let run = try run("pack in --output x.tiles --tile-size 16")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try TilePack(opening: folder.file("x.tiles")).count == 60)
    }

    @Test func saysWhatWasRefusedAndGoesOn() throws {
        try Data("no image".utf8).write(to: URL(filePath: folder.file("in/cat/bad.jpg")))
        let run = try run("pack in --output all.rec")
        #expect(run.exitCode == 0)
        #expect(run.output.contains("60 images"))
        #expect(run.errors.contains("1 could not be read: all.quarantine.jsonl"))
        #expect(try String(decoding: folder.bytes("all.quarantine.jsonl"), as: UTF8.self).contains("bad.jpg"))
    }

    @Test func failsWhereNothingCanBePacked() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("bad/one"), withIntermediateDirectories: true)
        try Data("no image".utf8).write(to: URL(filePath: folder.file("bad/one/1.jpg")))
        let run = try run("pack bad --output all.rec")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("none of its 1 images could be read"))
        #expect(try self.run("pack in/cat --output all.rec").exitCode == 1)
        #expect(try self.run("pack gone --output all.rec").errors.contains("gone: cannot list the folder"))
    }

    @Test(
        arguments: [
            "in --output x.zip", "in --output .rec", "in --output x.rec --resize 0",
            "in --output x.rec --quality 101",
            "in --output x.rec --pass-through --resize 3", "in --output x.tiles",
            "in --output x.rec --tile-size 3",
            "in --output x.tiles --tile-size 3 --quality 3", "in --output x.rec --validation-fraction 1.5",
            "in --output x.rec --shard-size 5", "in --output x.rec --workers 0",
            "in --output x.rec --format zip",
            "in --output x.rec --encoding png --quality 3",
        ])
    func wrongUsageEndsWith64(arguments: String) throws {
        let run = try run("pack " + arguments)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(try folder.names == ["in"])
    }

    @Test func controlCEndsAfterTheImagesUnderWayAndTheNextRunGoesOn() throws {
        let options = "--resize 400 --encoding png --workers 1"
        let stopped = try ToolRun(
            "pack in --output x.rec \(options)".split(separator: " ").map(String.init), folder: folder.path,
            isInterrupted: true)
        #expect(stopped.exitCode == 1)
        #expect(stopped.errors.contains("the same command resumes"))
        let next = try run("pack in --output x.rec \(options)")
        #expect(next.exitCode == 0 && next.errors.contains("of them by an earlier run"), "\(next.errors)")
        #expect(try run("pack in --output y.rec \(options)").exitCode == 0)
        #expect(try folder.bytes("x.rec") == folder.bytes("y.rec"))
    }

    @Test(arguments: 0..<UInt64(Effort.either(3, orLong: 12))) func killedAtAnyMomentItGoesOnToTheSameBytes(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        let form = seed < 3 ? "rec" : "tiles"
        let options = (form == "rec" ? "--resize 200 --encoding png" : "--tile-size 200") + " --workers 2"
        #expect(try run("pack in --output whole.\(form) \(options)").exitCode == 0)
        let whole = try folder.bytes("whole." + form)
        let moments = (0..<5).map { _ in Int.random(in: 0..<whole.count, using: &random) }.sorted()
        for moment in moments {
            try kill("pack in --output x.\(form) \(options)", when: "x.\(form).partial", has: moment)
        }
        // What lies beside the file may be there already, or not yet.
        try kill("pack in --output x.\(form) \(options)", when: "x." + form, has: 0)
        let last = try run("pack in --output x.\(form) \(options)")
        #expect(last.exitCode == 0, "\(last.errors)")
        for ending in form == "rec" ? ["rec", "idx", "crc"] : ["tiles"] {
            #expect(try folder.bytes("x.\(ending)") == folder.bytes("whole.\(ending)"))
        }
        let remains = [".partial", ".partial.ledger", ".partial.tiles"]
        #expect(try !folder.names.contains { name in remains.contains { name.hasSuffix($0) } })
    }

    /// Starts the tool and ends it without warning once a file has so many bytes, unless it was faster.
    private func kill(_ line: String, when name: String, has byteCount: Int) throws {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "tilescope")
        process.arguments = line.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder.path)
        (process.standardOutput, process.standardError) = (Pipe(), Pipe())
        try process.run()
        var status = stat()
        while process.isRunning {
            if stat(folder.file(name), &status) == 0, status.st_size >= byteCount {
                Foundation.kill(process.processIdentifier, SIGKILL)
                break
            }
            usleep(500)
        }
        process.waitForEnd()
    }
}
