import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// What stops a command from writing: the disk, or what stands in the way. Each test asks all commands that write.
@Suite struct FaultTests {
    /// A command that writes to `OUT`.
    private struct Writer {
        var words: String
        /// Whether it keeps what is needed to go on, or the folder that it made.
        var keepsWork = false
        /// Whether it removes the older result when it begins.
        var removesOlder = false
        /// Whether it knows how much it will write, and looks for room before it begins.
        var looksForRoom = false

        var wordsForFullDisk: String { looksForRoom ? "are free" : "No space left on device" }
    }

    private static let writers = [
        Writer(words: "sample OUT.tiles --per-class 1", looksForRoom: true),
        Writer(words: "sample OUT.png --guide"),
        Writer(
            words: "scatter drawn.tiles OUT.tiles --group car=car --group other=* --windows 20",
            looksForRoom: true),
        Writer(
            words: "mosaic scene.png --tiles drawn.tiles --output OUT.tif --group car=car --tiles-across 4"),
        Writer(
            words: "mosaic scene.png --tiles drawn.tiles --output OUT.tif --truth OUT.jsonl --group car=car "
                + "--tiles-across 4"),
        Writer(words: "pack pictures --output OUT.rec", keepsWork: true),
        Writer(words: "pack pictures --output OUT.tar", keepsWork: true),
        Writer(
            words: "pack pictures --output OUT.tiles --tile-size 16", keepsWork: true, looksForRoom: true),
        Writer(
            words: "train drawn.tiles --output OUT --architecture cifar-resnet8-v2 --epochs 1 --batch-size 5",
            keepsWork: true, removesOlder: true),
        Writer(words: "calibrate run/model.safetensors --data drawn.tiles --output OUT.safetensors"),
        Writer(words: "evaluate run/model.safetensors drawn.tiles --output OUT", keepsWork: true),
        Writer(words: "evaluate run/model.safetensors drawn.tiles --matrix OUT.png"),
        Writer(words: "evaluate run/model.safetensors drawn.tiles --predictions OUT.jsonl --top 10"),
        Writer(words: "evaluate --checkpoints run drawn.tiles --film OUT.gif"),
        Writer(
            words: "scan scene.png --model run/model.safetensors --labels car --output OUT", keepsWork: true),
        Writer(words: "merge found --output OUT", keepsWork: true),
        Writer(words: "export run/model.safetensors --format onnx --output OUT.onnx"),
        Writer(words: "export run/model.safetensors --format safetensors --output OUT.safetensors"),
        Writer(words: "import onnx model.onnx --output OUT.safetensors"),
        Writer(
            words: "import weights weights.safetensors --architecture cifar-resnet8-v2 --classes "
                + "airplane,bird,boat,car,clock,fish,flower,house,star,tree --output OUT.safetensors"),
        Writer(words: "report --run run --scan found --output OUT.html"),
        Writer(words: "runs run --curves OUT.svg"),
        Writer(
            words: "bench engine --architecture cifar-resnet8-v2 --task score --batch 2 --seconds 0.1 "
                + "--no-peaks --dump OUT"),
    ]

    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// All that the commands read.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        for name in ["pictures", "pictures/a", "pictures/b"] {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: true)
        }
        let picture = Image(
            width: 40, height: 40, pixelsHWC: (0..<4800).map { UInt8(truncatingIfNeeded: $0 * $0) })
        for name in ["scene", "pictures/a/1", "pictures/a/2", "pictures/b/1"] {
            _ = try folder.write(picture.pngData(), to: name + ".png")
        }
        try folder.runTool(
            "sample drawn.tiles --per-class 2",
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 5",
            "export run/model.safetensors --format onnx --output model.onnx",
            "export run/model.safetensors --format safetensors --output weights.safetensors",
            "scan scene.png --model run/model.safetensors --labels car --output found")
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk")) func aFullDiskIsNamed()
        throws
    {
        for writer in Self.writers {
            // A page: less than any of the outputs.
            let disk = try SmallDisk(kilobytes: 4)
            try expect(writer, into: disk.folder, toFailWith: writer.wordsForFullDisk)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func anOlderResultStaysWholeOnAFullDisk() throws {
        for writer in Self.writers where !writer.removesOlder {
            let disk = try SmallDisk(kilobytes: 8192)
            let first = try run(writer.words, output: disk.folder.file("out"))
            try #require(first.exitCode == 0, "\(writer): \(first.errors)")
            let older = try files(in: disk.folder)
            try disk.fill()
            let second = try run(writer.words + " --overwrite", output: disk.folder.file("out"))
            // What keeps its work begins by noting what it will do, and not even that has room.
            let words = writer.keepsWork ? "No space left on device" : writer.wordsForFullDisk
            expect(second, of: writer, toName: disk.folder, and: words)
            let now = try files(in: disk.folder)
            let lost = older.filter { now[$0.key] != $0.value }.keys.sorted()
            #expect(lost.isEmpty, "\(writer): \(lost)")
            if !writer.keepsWork { #expect(now.count == older.count, "\(writer): \(now.keys.sorted())") }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a read-only disk"))
    func aReadOnlyDiskIsNamed() throws {
        let disk = try SmallDisk(kilobytes: 64, isReadOnly: true)
        for writer in Self.writers {
            try expect(writer, into: disk.folder, toFailWith: "Read-only file system")
        }
    }

    @Test(.enabled(if: ToolRun.obeysPermissions, "needs setpriv, because root may write everywhere"))
    func aFolderThatMayNotBeWrittenIsNamed() throws {
        let closed = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: closed.path)
        for writer in Self.writers {
            try expect(writer, into: closed, toFailWith: "Permission denied", isUnprivileged: true)
        }
    }

    @Test func aFileInThePlaceOfAFolderIsNamed() throws {
        _ = try folder.write([1], to: "file")
        for writer in Self.writers {
            let run = try run(writer.words, output: folder.file("file") + "/out")
            #expect(run.exitCode == 1 && run.errors.contains("Not a directory"), "\(writer): \(run.errors)")
        }
        #expect(try folder.bytes("file") == [1])
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make another file system"))
    func anotherFileSystemIsWrittenLikeAnyOther() throws {
        for writer in Self.writers {
            let disk = try SmallDisk(kilobytes: 8192)
            let run = try run(writer.words, output: disk.folder.file("out"))
            #expect(run.exitCode == 0, "\(writer): \(run.errors)")
            #expect(try !disk.folder.names.contains { $0.contains(".partial") }, "\(writer)")
        }
    }

    /// Expects one sentence about the output, exit code 1, and nothing under the output's name.
    private func expect(
        _ writer: Writer, into target: TemporaryFolder, toFailWith words: String, isUnprivileged: Bool = false
    ) throws {
        let run = try run(writer.words, output: target.file("out"), isUnprivileged: isUnprivileged)
        expect(run, of: writer, toName: target, and: words)
        if !writer.keepsWork { #expect(try target.names.isEmpty, "\(writer)") }
    }

    /// Expects one sentence about the output, and exit code 1.
    private func expect(
        _ run: ToolRun, of writer: Writer, toName target: TemporaryFolder, and words: String
    ) {
        #expect(run.exitCode == 1, "\(writer): \(run.errors)")
        let sentence = run.errors.split(separator: "\n").last.map { String($0) } ?? ""
        #expect(
            sentence.hasPrefix("Error: ") && sentence.contains(target.path) && sentence.contains(words),
            "\(writer): \(run.errors)")
    }

    /// All files in the folder and in those below it, apart from locks and the file that fills the disk.
    private func files(in folder: TemporaryFolder) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { !$0.hasSuffix("lock") && $0 != SmallDisk.fillerName }
        var files: [String: Data] = [:]
        // A folder has no contents.
        for name in names { files[name] = FileManager.default.contents(atPath: folder.file(name)) }
        return files
    }

    private func run(_ words: String, output: String = "", isUnprivileged: Bool = false) throws -> ToolRun {
        let words = words.split(separator: " ").map { String($0.replacing("OUT", with: output)) }
        return try ToolRun(words, folder: folder.path, isUnprivileged: isUnprivileged)
    }
}
