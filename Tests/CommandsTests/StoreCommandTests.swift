import Files
import Foundation
import ModelFiles
import Pixels
import Rasters
import TestSupport
import Testing

/// Commands whose inputs and outputs all lie in an object store, beside the same commands on a disk.
@Suite(.enabled(if: TestStore.isThere, Comment(rawValue: TestStore.skipped)), .serialized)
struct StoreCommandTests {
    let folder: StoreFolder
    /// The same files on a disk.
    let disk: TemporaryFolder

    init() throws {
        folder = try StoreFolder()
        disk = try TemporaryFolder()
    }

    // MARK: Running

    private func words(_ line: String, in place: String) -> [String] {
        line.split(separator: " ").map { word in
            word.hasPrefix("@") ? place + "/" + word.dropFirst() : String(word)
        }
    }

    /// A machine has a cache and a work folder of its own.
    private func environment(of machine: String) -> [String: String] {
        [
            "TILESCOPE_CACHE": folder.local.file(machine + "-cache"),
            "TILESCOPE_WORK": folder.local.file(machine + "-work"),
        ]
    }

    /// Runs a command in which `@name` is a file of the place.
    ///
    /// - Parameter place: an address or a folder; by default in the store.
    private func run(_ line: String, machine: String = "a", in place: String? = nil) throws -> ToolRun {
        try ToolRun(words(line, in: place ?? folder.address), environment: environment(of: machine))
    }

    /// Starts a command with its files in the store and ends it without warning.
    private func runAndKill(_ line: String, when moment: (Process) throws -> Void) throws {
        try ToolRun.kill(words(line, in: folder.address), environment: environment(of: "a"), when: moment)
    }

    private func runBoth(_ line: String) throws {
        for place in [disk.path, folder.address] {
            let run = try run(line, in: place)
            try #require(run.exitCode == 0, "\(line): \(run.errors)")
        }
    }

    private func stored(_ name: String) throws -> [UInt8] {
        let address = Address(folder.address(name))
        StoredFile.forget(address)
        return try StoredFile.bytes(of: address, limit: 1 << 30)
    }

    private func names(below name: String = "") throws -> [String] {
        let address = Address(name.isEmpty ? folder.address : folder.address(name))
        return try StoredFolder(listing: address, emptyWhereNothingIs: true).entries.filter { !$0.isFolder }
            .map(\.name)
    }

    private func expectSame(_ names: String...) throws {
        for name in names {
            let stored = try stored(name)
            #expect(try stored == disk.bytes(name), "\(name)")
        }
    }

    /// By another program than ours.
    private func upload(_ path: String, to name: String) throws {
        let settings = ProcessInfo.processInfo.environment
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "curl", "--silent", "--fail", "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--aws-sigv4",
            "aws:amz:\(settings["AWS_REGION"] ?? ""):s3",
            "--user",
            "\(settings["AWS_ACCESS_KEY_ID"] ?? ""):\(settings["AWS_SECRET_ACCESS_KEY"] ?? "")",
            "--upload-file", path,
            "http://\(settings["AWS_S3_ENDPOINT"] ?? "")\(folder.path(name))",
        ]
        try process.run()
        process.waitForEnd()
        try #require(process.terminationStatus == 0)
    }

    /// Two classes of pictures of 32 pixels.
    private func makePictures() throws {
        for (label, name) in ["cat", "dog"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: disk.file("pictures/\(name)"), withIntermediateDirectories: true)
            for number in 0..<24 {
                var image = Image(width: 32, height: 32)
                for place in image.pixelsHWC.indices {
                    image.pixelsHWC[place] = UInt8((place * (number + 1) + label * 90) % 251)
                }
                let path = "pictures/\(name)/picture \(number).png"
                try image.writePNG(to: .replacing(disk.file(path)))
                try upload(disk.file(path), to: path.replacing(" ", with: "%20"))
            }
        }
    }

    private static let training =
        "--architecture cifar-resnet8-v2 --batch-size 8 --warm-up-steps 2 --workers 1"

    // MARK: The whole way

    @Test func theWholeWayGivesTheBytesOfADisk() throws {
        try makePictures()
        try runBoth("pack @pictures --output @data.rec")
        try expectSame("data.rec", "data.idx", "data.crc")
        try runBoth("pack @pictures --output @data.tar")
        try expectSame("data.tar")
        try runBoth("train @data.rec --validation @data.rec --output @run --epochs 2 \(Self.training)")
        let models = try [folder.address("run/model.safetensors"), disk.file("run/model.safetensors")].map {
            try Model(reading: $0)
        }
        #expect(models[0].weights == models[1].weights)
        try runBoth(
            "evaluate @run/model.safetensors @data.rec --predictions @predictions.csv --output @numbers")
        try expectSame("predictions.csv", "numbers/confusion.png")
        try runBoth("evaluate --checkpoints @run @data.rec --film @film.gif")
        try expectSame("film.gif")
        try runBoth("export @run/model.safetensors --format onnx --output @model.onnx")
        try runBoth("sample @drawn.tiles --per-class 12")
        try runBoth("sample @guide.png --guide")
        try runBoth(
            "scatter @drawn.tiles @mixed.tiles --mixed --group car=car --group boat=boat --group other=* --windows 900"
        )
        try runBoth("train @mixed.tiles --output @mixed --epochs 1 \(Self.training)")
        try runBoth(
            "mosaic @guide.png --tiles @drawn.tiles --output @scene.tif --truth @truth.jsonl --tiles-across 12 "
                + "--group car=car --group boat=boat --group other=*")
        try expectSame("drawn.tiles", "guide.png", "mixed.tiles", "scene.tif", "truth.jsonl")
        try runBoth(
            "scan @scene.tif --model @mixed/model.safetensors --output @found --truth @truth.jsonl --threshold 0.2 --full-size"
        )
        try expectSame("found/detections.jsonl", "found/tagged.tif")
        try runBoth("merge @found --threshold 0.3")
        try expectSame("found/detections.jsonl")
        try runBoth(
            "calibrate @mixed/model.safetensors --scene @scene.tif --truth @truth.jsonl --output @better.safetensors"
        )
        try runBoth("predict @run/model.safetensors @pictures/cat/ --top 1")
        try runBoth(
            "report --run @mixed --scan @found --scene @scene.tif --pack @mixed.tiles --output @report.html")
        let runs = try run("runs @")
        #expect(
            runs.exitCode == 0 && runs.output.contains(folder.address("run")), "\(runs.output)\(runs.errors)")
        // Only complete files, and nothing of how they were made.
        let all = try names()
        #expect(
            !all.contains { $0.contains("partial") || $0.contains("lock") || $0.contains(".store") }, "\(all)"
        )
        #expect(all.contains("run/model.safetensors") && all.contains("found/summary.json"))
        try expectNoSecrets()
    }

    /// Of all that a run leaves, in the store and here.
    private func expectNoSecrets() throws {
        let secret = Array((ProcessInfo.processInfo.environment["AWS_SECRET_ACCESS_KEY"] ?? "?").utf8)
        for name in try names() {
            let bytes = try stored(name)
            #expect(!bytes.contains(secret), "\(name)")
        }
        let here = try FileManager.default.subpathsOfDirectory(atPath: folder.local.path)
        for name in here where !(try isFolder(name)) {
            let bytes = try folder.local.bytes(name)
            #expect(!bytes.contains(secret), "\(name)")
        }
    }

    /// Anybody on a machine reads how its processes were called.
    private func expectNoSecretInProcessList() throws {
        let secret = Data((ProcessInfo.processInfo.environment["AWS_SECRET_ACCESS_KEY"] ?? "?").utf8)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(name) != nil {
            // A process may have ended meanwhile.
            let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            #expect(line.range(of: secret) == nil, "\(String(decoding: line, as: UTF8.self))")
        }
    }

    private func isFolder(_ name: String) throws -> Bool {
        try FileManager.default.attributesOfItem(atPath: folder.local.file(name))[.type] as? FileAttributeType
            == .typeDirectory
    }

    // MARK: Ending and going on

    private func makePack() throws { try runBoth("sample @drawn.tiles --per-class 40") }

    @Test func aTrainingThatIsKilledGoesOnElsewhere() throws {
        try makePack()
        let line =
            "train @drawn.tiles --output @run --epochs 6 --checkpoint-minutes 0.0005 --keep 2 \(Self.training)"
        let whole = try run(line, in: disk.path)
        try #require(whole.exitCode == 0, "\(whole.errors)")
        try runAndKill(line) { process in
            while process.isRunning, try names(below: "run/checkpoints").count < 2 {
                try expectNoSecretInProcessList()
                usleep(10_000)
            }
        }
        let taken = try run(line, machine: "b")
        #expect(taken.exitCode == 1 && taken.errors.contains("it holds a run already"), "\(taken.errors)")
        let resumed = try run("train --resume @run", machine: "b")
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(resumed.output == "\(folder.address("run/model.safetensors"))\n")
        let models = try [folder.address("run/model.safetensors"), disk.file("run/model.safetensors")].map {
            try Model(reading: $0)
        }
        #expect(models[0].weights == models[1].weights)
        let kept = try names(below: "run/checkpoints")
        #expect(kept.count == 2, "\(kept)")
        // And back: what this machine had is older.
        let back = try run("train --resume @run", machine: "a")
        #expect(back.exitCode == 0, "\(back.errors)")
    }

    @Test func aPackThatIsKilledGoesOn() throws {
        try makePictures()
        try runBoth("pack @pictures --output @data.rec")
        let line = "pack @pictures --output @again.rec --workers 1"
        // Any moment will do: the pack is in the making, or not begun.
        try runAndKill(line) { _ in usleep(50_000) }
        #expect(try !names().contains("again.rec"))
        let last = try run(line)
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(try stored("again.rec") == stored("data.rec"))
        let third = try run(line)
        #expect(third.exitCode == 0 && third.errors.contains("is there already"), "\(third.errors)")
    }

    @Test func aScanThatIsKilledGoesOn() throws {
        try makePack()
        for line in [
            "sample @guide.png --guide", "train @drawn.tiles --output @run --epochs 1 \(Self.training)",
            "mosaic @guide.png --tiles @drawn.tiles --output @scene.tif --tiles-across 12",
        ] { try runBoth(line) }
        let scan =
            "scan @scene.tif --model @run/model.safetensors --output @found --threshold 0.1 --stride 4 --workers 1 --block 64"
        try runBoth(scan)
        let line = scan.replacing("@found", with: "@again")
        try runAndKill(line) { process in
            while process.isRunning, try names(below: "again").isEmpty { usleep(1000) }
        }
        // Nothing of it but that somebody was at it.
        #expect(try names(below: "again") == [".tilescope-lock"])
        let last = try run(line)
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(try stored("again/detections.jsonl") == stored("found/detections.jsonl"))
        // Another machine knows that it is done.
        let other = try run(line, machine: "b")
        #expect(
            other.exitCode == 0 && other.output.contains("nothing to do"), "\(other.output)\(other.errors)")
        let different = try run(line + " --floor 0.02", machine: "b")
        #expect(different.exitCode == 1 && different.errors.contains("--overwrite"), "\(different.errors)")
    }

    @Test func partsOfSeveralMachinesAreJoined() throws {
        try makePack()
        for line in [
            "sample @guide.png --guide", "train @drawn.tiles --output @run --epochs 1 \(Self.training)",
            "mosaic @guide.png --tiles @drawn.tiles --output @scene.tif --tiles-across 12",
            "scan @scene.tif --model @run/model.safetensors --output @found --threshold 0.1",
        ] { try runBoth(line) }
        for (machine, part) in [("a", "1/2"), ("b", "2/2")] {
            let run = try run(
                "scan @scene.tif --model @run/model.safetensors --output @part-\(machine) --threshold 0.1 --part \(part)",
                machine: machine)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        let merged = try run("merge @part-a @part-b --output @joined", machine: "c")
        #expect(merged.exitCode == 0, "\(merged.errors)")
        #expect(try stored("joined/detections.jsonl") == disk.bytes("found/detections.jsonl"))
    }

    // MARK: Keys

    /// As in a pod of Kubernetes: no keys, but a role and a file with a token.
    @Test func keysComeForAWebIdentity() throws {
        let token = "planted-\(UUID().uuidString)"
        let service = try PythonServer(
            "identity.py",
            ["--store", ProcessInfo.processInfo.environment["TILESCOPE_TEST_STORE"] ?? "", "--token", token])
        defer { service.end() }
        let tokenPath = try disk.write(Array(token.utf8), to: "token")
        func sample(_ name: String) throws -> ToolRun {
            let changes: [String: String?] = [
                "AWS_ACCESS_KEY_ID": nil, "AWS_SECRET_ACCESS_KEY": nil, "HOME": disk.path,
                "AWS_ROLE_ARN": "arn:aws:iam::1:role/reader", "AWS_WEB_IDENTITY_TOKEN_FILE": tokenPath,
                "CPL_AWS_STS_ROOT_URL": "http://127.0.0.1:\(service.line)",
                // Else it would ask the machine's own service, which takes long where there is none.
                "CPL_AWS_AUTODETECT_EC2": "NO",
            ]
            return try ToolRun(
                words("sample @\(name) --per-class 2", in: folder.address),
                environment: changes.merging(environment(of: "pod")) { $1 })
        }
        let right = try sample("drawn.tiles")
        #expect(right.exitCode == 0, "\(right.errors)")
        #expect(try names() == ["drawn.tiles"])
        _ = try disk.write(Array("wrong".utf8), to: "token")
        let wrong = try sample("other.tiles")
        #expect(wrong.exitCode == 1)
        #expect(!(right.errors + wrong.errors + wrong.output).contains(token))
    }

    // MARK: What is refused

    @Test func noInputIsReplaced() throws {
        try makePack()
        let before = try stored("drawn.tiles")
        for line in [
            "scatter @drawn.tiles @drawn.tiles --overwrite", "sample @drawn.tiles",
            "scatter @drawn.tiles https://127.0.0.1:9/x.tiles",
        ] {
            let run = try run(line)
            #expect(run.exitCode == 1, "\(line)")
        }
        #expect(try stored("drawn.tiles") == before)
    }
}
