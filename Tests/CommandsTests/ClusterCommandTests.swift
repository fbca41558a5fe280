import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// Commands on a Spark cluster: `make test-cluster` starts one.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["TILESCOPE_TEST_CLUSTER"] != nil,
        "make test-cluster runs these"
    ), .serialized)
struct ClusterCommandTests {
    private let folder: TemporaryFolder
    private let master = ProcessInfo.processInfo.environment["TILESCOPE_TEST_CLUSTER"] ?? ""

    init() throws {
        folder = try TemporaryFolder(copying: Self.beginning.get())
        try makeFolder(folder.file("exchange"))
    }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// A model with its first weights, a scene that is read in place, and one that is not.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 32)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: .replacing(folder.file("model.safetensors")))
        var random = SplitMix64(seed: 2)
        func noise(_ width: Int, _ height: Int) -> Image {
            let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
            return Image(width: width, height: height, pixelsHWC: bytes)
        }
        var writer = try TiledTIFFWriter(.replacing(folder.file("scene.tif")), width: 1000, height: 700)
        try writer.write(noise(1000, 700), x: 0, y: 0)
        try writer.commit()
        try noise(300, 200).writePNG(to: .replacing(folder.file("picture.png")))
    }

    // MARK: Running

    /// By spark-submit, in a process of its own, so that it packs itself and no test.
    private func run(_ line: String, _ environment: [String: String?] = [:]) throws -> ToolRun {
        let usual: [String: String?] = try ["TILESCOPE_CACHE": Self.cache.get().path]
        return try ToolRun(words(line), folder: folder.path, environment: usual.merging(environment) { $1 })
    }

    /// Keeps the bundle for all of them.
    private static let cache = Result { try TemporaryFolder.lasting { _ in } }

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private var onCluster: String {
        "--cluster \(master) --slots 3 --exchange file://\(folder.file("exchange"))"
    }
    private static let scan = "--model model.safetensors --stride 8 --floor 0.2 --threshold 0.4"

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: folder.file(name)))
    }

    // MARK: The same as on one machine

    @Test func aScanHasTheBytesOfOneMachine() throws {
        let local = try run("scan scene.tif picture.png --output here \(Self.scan)")
        try #require(local.exitCode == 0, "\(local.errors)")
        let there = try run("scan scene.tif picture.png --output there \(Self.scan) \(onCluster)")
        try #require(there.exitCode == 0, "\(there.errors)")
        for scene in ["scene", "picture"] {
            for name in [
                "detections.jsonl", "pixels.geojson", "summary.json", "tagged.png", ".scan/candidates",
            ] {
                #expect(
                    try bytes("there/\(scene)/\(name)") == bytes("here/\(scene)/\(name)"), "\(scene)/\(name)")
            }
        }
        #expect(there.errors.contains(" slots for ") && there.errors.contains("scoring "), "\(there.errors)")
        let account = try JSONDecoder().decode(Account.self, from: bytes("there/cluster.json"))
        #expect(account.scenes == ["scene.tif", "picture.png"].map { folder.file($0) })
        #expect(abs(account.parts.values.reduce(0, +) - Double(account.slots) * account.seconds) < 0.01)
        #expect(account.parts.values.allSatisfy { $0 >= 0 }, "\(account.parts)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("exchange")) == [])
        let again = try run("scan scene.tif picture.png --output there \(Self.scan) \(onCluster)")
        #expect(again.exitCode == 0 && again.output.contains("scenes.csv"), "\(again.output)")
        // Nothing is scored again.
        #expect(!again.errors.contains(" slots for "), "\(again.errors)")
        // Costs of two scenes have no picture of who gets which part.
        let simulated = try run("cluster simulate --costs there/cluster.json")
        #expect(simulated.exitCode == 1 && simulated.errors.contains("several scenes"), "\(simulated.errors)")
    }

    @Test func aJobOfOnesOwnFindsTheCandidates() throws {
        let local = try run("scan scene.tif picture.png --output here \(Self.scan) --labels car")
        try #require(local.exitCode == 0, "\(local.errors)")
        let bundle = try run("cluster bundle bundle")
        try #require(bundle.exitCode == 0, "\(bundle.errors)")
        let archive = try #require(bundle.output.split(separator: ":").first)
        let scenes = ["scene.tif", "picture.png", "none.tif"].map { folder.file($0) }
        _ = try folder.write(Array(scenes.joined(separator: "\n").utf8), to: "scenes.txt")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Cluster/function_job.py")
        let job = Process()
        job.executableURL = URL(
            filePath: (ProcessInfo.processInfo.environment["SPARK_HOME"] ?? "") + "/bin/spark-submit")
        job.currentDirectoryURL = URL(filePath: folder.path)
        job.arguments = [
            "--master", master, "--archives", "\(archive)#tilescope", "--py-files", "bundle/tilescope.zip",
            script.path(percentEncoded: false), folder.file("scenes.txt"), folder.file("model.safetensors"),
            folder.file("found.jsonl"),
        ]
        (job.standardOutput, job.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try job.run()
        job.waitForEnd()
        try #require(job.terminationStatus == 0)
        func rows(_ name: String) throws -> [Row] {
            try String(decoding: bytes(name), as: UTF8.self).split(separator: "\n").map {
                try JSONDecoder().decode(Row.self, from: Data($0.utf8))
            }
        }
        let found = try rows("found.jsonl")
        #expect(found.filter { $0.cause != nil }.map(\.address) == [folder.file("none.tif")])
        for scene in ["scene", "picture"] {
            // Boxes never overlap by more than all, so that each candidate is one.
            let merged = try run(
                "merge here/\(scene) --threshold 0.2 --iou 1 --no-sub-stride --output here/all")
            try #require(merged.exitCode == 0, "\(merged.errors)")
            let expected = try rows("here/all/detections.jsonl")
            let own = found.filter { $0.cause == nil && $0.address?.contains(scene) == true }
            #expect(expected.count > 100 && Set(own.map(\.candidate)) == Set(expected.map(\.candidate)))
            #expect(own.count == expected.count)
            try FileManager.default.removeItem(atPath: folder.file("here/all"))
        }
    }

    private struct Account: Decodable {
        var slots: Int
        var seconds: Double
        var parts: [String: Double]
        var scenes: [String]
    }

    /// Of the job's rows, or of detections.
    private struct Row: Decodable {
        var address: String?
        var x: Int?
        var y: Int?
        var box: [Double]?
        var score: Float?
        var `class`: String?
        var cause: String?

        var candidate: String {
            "\(x ?? Int(box?[0] ?? -1)) \(y ?? Int(box?[1] ?? -1)) \(`class` ?? "") \(score ?? -1)"
        }
    }

    @Test func predictionsAreThoseOfOneMachine() throws {
        let pictures = ["picture.png", "none.png", "picture.png"].map { folder.file($0) }
        _ = try folder.write(
            Array(("id,address\n" + pictures.map { "1,\($0)\n" }.joined()).utf8), to: "table.csv")
        let there = try run(
            "predict model.safetensors table.csv --column address --output \(folder.file("answers")) --top 2 --cluster \(master)"
        )
        #expect(there.exitCode == 1 && there.errors.contains("1 of 3 images"), "\(there.errors)")
        #expect(there.errors.contains("none.png"))
        let local = try run("predict model.safetensors picture.png --json --top 2")
        let check = """
            import json, sys, pyarrow.parquet as pq
            rows = sorted(pq.read_table(sys.argv[1]).to_pylist(), key=lambda row: row["picture"])
            here = json.loads(sys.argv[2])["classes"]
            assert [row["cause"] is None for row in rows] == [False, True, True], rows
            for row in rows[1:]:
                assert row["classes"] == [entry["name"] for entry in here], (row, here)
                assert all(abs(a - entry["score"]) < 1e-6 for a, entry in zip(row["scores"], here)), (row, here)
            """
        try python("-c", check, folder.file("answers"), local.output)
    }

    /// Runs Spark's Python.
    private func python(_ arguments: String...) throws {
        let python = ProcessInfo.processInfo.environment["PYSPARK_PYTHON"] ?? PythonServer.path
        let run = try PythonServer.run(arguments, by: python)
        #expect(run.exitCode == 0, "\(run.errors)")
    }

    /// How rows become files of candidates, and what predictions refuse.
    @Test(arguments: ["rows_test.py", "predictions_test.py"])
    func thePythonOfTheDriverDoesWhatItSays(name: String) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Cluster/\(name)")
        try python(script.path(percentEncoded: false))
    }

    // MARK: Interrupted

    /// Into how many the application splits a scan: the first has every twentieth range from the first on, and so forth.
    private static let jobCount = 20

    private struct Plan: Decodable {
        struct Part: Decodable {
            var rows: Range<Int>
            var columns: Range<Int>

            var windowCount: Int { rows.count * columns.count }
        }
        var ranges: [Part]
    }

    @Test func aKilledDriverGoesOnWithWhatIsCommitted() throws {
        let line =
            "scan scene.tif --output there --stride 4 \(Self.scan.replacing("--stride 8", with: "")) \(onCluster)"
        let segments = folder.file("there/.scan-cluster/segments")
        func committed() -> [Int] {
            ((try? FileManager.default.subpathsOfDirectory(atPath: segments)) ?? [])
                .filter { $0.hasSuffix("/complete") }.compactMap { Int($0.prefix { $0 != "/" }) }
        }
        try ToolRun.kill(
            words(line), folder: folder.path, environment: ["TILESCOPE_CACHE": Self.cache.get().path]
        ) { process in
            // Nothing tells of a file but looking.
            while process.isRunning, committed().count < Self.jobCount / 2 { usleep(5000) }
        }
        let kept = committed()
        let plan = try JSONDecoder().decode(Plan.self, from: bytes("there/.scan-cluster/plan.json"))
        // Its application ends with it, but not at once: it may commit a few jobs more, and must not be at its end by then.
        for _ in 0..<200
        where access(folder.file("there/.scan-cluster/lock"), F_OK) == 0
            && isLocked("there/.scan-cluster/lock")
        {
            usleep(100_000)
        }
        let last = try run(line)
        #expect(last.exitCode == 0, "\(last.errors)")
        let ranges = try #require(last.errors.firstMatch(of: #/(\d+) ranges with (\d+) windows on/#))
        // What was committed when it was killed is not scored again.
        let committedWindows = kept.flatMap { job in
            stride(from: job, to: plan.ranges.count, by: Self.jobCount).map { plan.ranges[$0].windowCount }
        }.reduce(0, +)
        #expect(
            try kept.count >= Self.jobCount / 2
                && #require(Int(ranges.2)) <= 243 * 168 - committedWindows,
            "\(ranges.0), jobs \(kept) had \(committedWindows) windows")
        let local = try run(
            "scan scene.tif --output here --stride 4 \(Self.scan.replacing("--stride 8", with: ""))")
        try #require(local.exitCode == 0)
        #expect(try bytes("there/.scan/candidates") == bytes("here/.scan/candidates"))
    }

    private func isLocked(_ name: String) -> Bool {
        let file = open(folder.file(name), O_RDWR)
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0
    }

    // MARK: What is refused

    @Test(
        arguments: [
            ("--cluster spark://127.0.0.1:1 --cluster-wait 5", [:], "the master does not answer"),
            ("--spark-submit /bin/false", [:], "spark-submit ended with status 1"),
            ("--spark-submit /none/spark-submit", [:], "not an executable program"),
            (
                "", ["SPARK_HOME": nil, "VIRTUAL_ENV": nil, "PATH": "/usr/bin:/bin"],
                "there is no spark-submit"
            ),
            ("", ["JAVA_HOME": "/none"], "Spark finds no Java"),
            (
                "--spark-conf spark.executor.memory=64g --cluster-wait 5", [:],
                "no machine of the cluster took any work"
            ),
            ("--spark-conf spark.executorEnv.GDAL_SKIP=GTiff", [:], "scene.tif: cannot open as an image"),
            ("--exchange s3a://nothing/there", [:], "S3AFileSystem"),
        ] as [(String, [String: String?], String)])
    func whatCannotBeIsSaid(options: String, environment: [String: String?], words: String) throws {
        let cluster =
            options.contains("--cluster ") ? onCluster.replacing("--cluster \(master) ", with: "") : onCluster
        let rest = options.contains("--exchange") ? "--cluster \(master) --slots 3" : cluster
        let run = try run("scan scene.tif --output there \(Self.scan) \(rest) \(options)", environment)
        #expect(run.exitCode == 1 && run.errors.contains(words), "\(run.errors)")
        // Two lines that may stand before: how boxes are made, and where it was kept.
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
        #expect(lines.count == 1, "\(run.errors)")
    }

    @Test func aPythonWithoutPyarrowIsNamed() throws {
        let python = "/usr/bin/python3"
        let run = try run(
            "scan scene.tif --output there \(Self.scan) \(onCluster)",
            ["PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python])
        #expect(run.exitCode == 1 && run.errors.contains("pip install pyarrow"), "\(run.errors)")
    }
}
