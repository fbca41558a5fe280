package import Devices
package import Engines
package import Files
import Foundation
package import Scanning
import Synchronization

/// Work under way on a Spark cluster: an application of its own, started by `spark-submit`.
///
/// Its folder holds what it is to do, its Python, and what is committed; the application of a scan that was ended is gone on with.
package struct SparkApplication {
    /// How far it is.
    package struct Progress: Hashable, Sendable, Decodable {
        /// Spark's tasks that are done, and all of them; of a scan, ranges of windows.
        package var done: Int
        package var total: Int
        package var running: Int
        package var failed: Int
        package var executors: Int
        package var seconds: Double
    }
    /// What Spark calls for.
    package struct Settings: Hashable, Sendable {
        /// `spark://host:7077`, `local[2]`, `yarn`, `k8s://…`.
        package var master: String
        /// The program's path; `nil` to look for it.
        package var submitPath: String?
        /// `key=value`, in Spark's words.
        package var configuration: [String] = []
        /// Where jobs commit to: a folder that all machines reach; `nil` for the application's own.
        package var exchange: String?
        /// So long it waits for a machine that takes work.
        package var waitSeconds = 120
        /// Ranges that may fail before it ends.
        package var errorLimit = 0

        package init(master: String) { self.master = master }
    }
    /// Pictures of a table to classify.
    package struct Predictions: Hashable, Sendable, Codable {
        /// Where the table is, in Spark's words.
        package var table: String
        /// `text`, `csv` or `parquet`.
        package var format: String
        /// Which has the addresses; `nil` for the first.
        package var column: String?
        package var model = TaskMessage.shippedModel
        package var top: Int
        package var precision: PrecisionChoice?
        package var kernels: KernelVariant?
        /// A folder of Parquet, in Spark's words.
        package var output: String
        package var overwrites: Bool

        package init(table: String, format: String, top: Int, output: String, overwrites: Bool) {
            (self.table, self.format, self.top) = (table, format, top)
            (self.output, self.overwrites) = (output, overwrites)
        }
    }
    /// How many pictures were classified.
    package struct Counts: Hashable, Sendable, Decodable {
        package var pictures: Int
        /// Without a prediction.
        package var failures: Int
        /// Why the first of them has none.
        package var cause: String?
    }
    private struct Event: Decodable {
        var event: String
        var cause: String?
    }
    /// What an application said last.
    private struct Said {
        var end: Event?
        var counts: Counts?
    }

    /// How long Spark may take to end.
    private static let graceSeconds = 10
    private static let (planName, predictionsName) = ("plan.json", "predict.json")
    private static let accountName = "account.json"
    private var modelPath: String { folder + "/model.safetensors" }
    private static let logName = "spark.log"
    package let folder: String

    /// - Parameter folder: made where it is missing.
    package init(folder: String) {
        self.folder = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
    }

    /// Refuses a folder in which Spark cannot have files.
    package func check() throws(ClusterError) { try Self.check(folder) }

    private static func check(_ path: String) throws(ClusterError) {
        guard let letter = path.first(where: { !$0.isASCII || " ,;%*?[]{}#".contains($0) }) else { return }
        throw ClusterError(
            "Spark cannot use a folder with \"\(letter)\" in its name: \(path); give another --output, or another TILESCOPE_WORK "
                + "or TILESCOPE_CACHE if the folder is below them")
    }

    /// Puts a plan into the folder, in the place of one whose segments were taken over.
    ///
    /// - Throws: `FileError` with the code `locked` where an application still works for an older one.
    package func begin(_ plan: ClusterPlan) throws {
        try makeFolder(folder)
        let lock = try FolderLock(folder, name: "lock")
        defer { withExtendedLifetime(lock) {} }
        for name in ["segments", "jobs", Self.planName, Self.predictionsName, Self.accountName]
        where access("\(folder)/\(name)", F_OK) == 0 {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        try writeJSON(plan, to: .replacing("\(folder)/\(Self.planName)"))
    }

    /// Removes its folder, once all that came back is taken over.
    package func remove() throws {
        guard access(folder, F_OK) == 0 else { return }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Files of candidates of a scan's task that have come back whole; none where the folder's plan is of another one.
    ///
    /// - Throws: where a plan is there that cannot be read.
    package func segments(of task: ScanTask) throws -> [String] {
        guard let plan: ClusterPlan = try content(of: Self.planName),
            let scene = plan.tasks.firstIndex(where: { $0.scan == task })
        else { return [] }
        return try parts().filter { access("\($0)/complete", F_OK) == 0 }.map { "\($0)/\(scene).candidates" }
            .filter { access($0, F_OK) == 0 }
    }

    /// A folder for each job that has come back.
    private func parts() throws -> [String] {
        let place = "\(folder)/segments"
        guard access(place, F_OK) == 0 else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: place).sorted().map { "\(place)/\($0)" }
    }

    /// Why the first range failed that did; `nil` where none has.
    package var firstFailure: String? {
        get throws {
            struct Row: Decodable { var cause: String }
            for part in try parts() {
                let rows: [Row]? = try content(of: part.dropFirst(folder.count + 1) + "/failures.json")
                if let row = rows?.first { return row.cause }
            }
            return nil
        }
    }

    /// Where the time of a scan went; `nil` until it is complete.
    package var account: ClusterAccount? {
        get throws { try content(of: Self.accountName) }
    }

    /// What one of its files holds; `nil` where it is not there.
    private func content<Content: Decodable>(of name: some StringProtocol) throws -> Content? {
        let path = "\(folder)/\(name)"
        guard access(path, F_OK) == 0 else { return nil }
        return try JSONDecoder().decode(Content.self, from: Data(readFile(path, limit: 1 << 30)))
    }

    /// Puts the model where the application finds it.
    package func putModel(_ model: Address) throws {
        try makeFolder(folder)
        var copy = try FileWriter(.replacing(modelPath))
        try FileReader(opening: model).forEachPart { try copy.write($0) }
        try copy.commit()
    }

    /// Classifies pictures until all have a row.
    ///
    /// - Throws: as `run`.
    package func predict(
        _ predictions: Predictions, _ settings: Settings, bundle: String, job: Job<Progress>
    ) throws -> Counts {
        try makeFolder(folder)
        try writeJSON(predictions, to: .replacing("\(folder)/\(Self.predictionsName)"))
        guard let counts = try run(settings, bundle: bundle, job: job) else {
            throw ClusterError("the application ended without a result")
        }
        return counts
    }

    /// Runs until all is committed.
    ///
    /// - Parameter bundle: the worker's archive.
    /// - Returns: what it has counted, where it counts.
    /// - Throws: `ClusterError`; `Cancelled`.
    @discardableResult package func run(
        _ settings: Settings, bundle: String, job: Job<Progress>
    ) throws -> Counts? {
        try Self.check(bundle)
        let python = "\(folder)/python"
        try Self.writePython(to: python)
        let process = Process()
        let submit = try settings.submitPath ?? Self.submitPath()
        // A folder can be entered, but not read.
        guard access(submit, X_OK) == 0, (try? FileReader(path: submit)) != nil else {
            throw ClusterError("\(submit) is not an executable program")
        }
        process.executableURL = URL(filePath: submit)
        process.arguments = arguments(settings, bundle: bundle, python: python)
        let output = Pipe()
        process.standardOutput = output
        let logPath = "\(folder)/\(Self.logName)"
        try writeFile("", to: .replacing(logPath))
        let log = try FileHandle(forWritingTo: URL(filePath: logPath))
        try log.seekToEnd()
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw ClusterError("\(submit) does not start: \(error.localizedDescription)")
        }
        let last = Mutex(Said())
        let isRead = DispatchSemaphore(value: 0)
        let reader = Thread { [handle = output.fileHandleForReading, log] in
            defer { isRead.signal() }
            var rest = Data()
            while case let data = handle.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = rest[..<end]
                    rest = Data(rest[(end + 1)...])
                    guard let event = try? JSONDecoder().decode(Event.self, from: line) else {
                        // Spark passes on as output what Python complains of.
                        try? log.write(contentsOf: line + Data("\n".utf8))
                        continue
                    }
                    if event.event == "progress",
                        let progress = try? JSONDecoder().decode(Progress.self, from: line)
                    {
                        job.report(progress)
                    } else if event.event == "counted" {
                        last.withLock { $0.counts = try? JSONDecoder().decode(Counts.self, from: line) }
                    } else if ["done", "refused"].contains(event.event) {
                        last.withLock { $0.end = event }
                    }
                }
            }
        }
        reader.start()
        var cancelledAt: ContinuousClock.Instant?
        while process.isRunning {
            if job.isCancelled, cancelledAt == nil {
                cancelledAt = .now
                process.terminate()
            }
            if let cancelledAt, cancelledAt.duration(to: .now) > .seconds(Self.graceSeconds) {
                kill(process.processIdentifier, SIGKILL)
            }
            // Nobody tells of a cancellation but whoever looks for it.
            usleep(50_000)
        }
        // What it said last may still be on its way.
        _ = isRead.wait(timeout: .now() + .seconds(Self.graceSeconds))
        try job.checkCancellation()
        let said = last.withLock { $0 }
        guard process.terminationStatus == 0, said.end?.event == "done" else {
            throw ClusterError(
                said.end?.cause ?? Self.explanation(of: logPath, status: process.terminationStatus))
        }
        return said.counts
    }

    private func arguments(
        _ settings: Settings, bundle: String, python: String
    ) -> [String] {
        var configuration = [
            "spark.driver.maxResultSize=0", "spark.sql.adaptive.enabled=false",
            "spark.ui.showConsoleProgress=false",
            "spark.archives=\(bundle)#tilescope", "spark.files=\(modelPath)",
            "spark.sql.parquet.compression.codec=zstd",
            // A machine that refuses a task is free at once, and would take it again and again.
            "spark.excludeOnFailure.enabled=true", "spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor=2",
            "spark.excludeOnFailure.task.maxTaskAttemptsPerNode=4", "spark.task.maxFailures=8",
        ]
        configuration += settings.configuration
        var arguments = ["--master", settings.master, "--py-files", "\(python)/\(Self.packageName)"]
        for setting in configuration { arguments += ["--conf", setting] }
        arguments += ["\(python)/job.py", folder, "--parent", "\(getpid())"]
        arguments += ["--wait", "\(settings.waitSeconds)", "--max-errors", "\(settings.errorLimit)"]
        if let exchange = settings.exchange { arguments += ["--exchange", exchange] }
        return arguments
    }

    // MARK: Finding Spark

    private static func submitPath() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        var folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for name in ["SPARK_HOME", "VIRTUAL_ENV"] {
            if let home = environment[name], !home.isEmpty { folders.insert(home + "/bin", at: 0) }
        }
        for folder in folders where access("\(folder)/spark-submit", X_OK) == 0 {
            return "\(folder)/spark-submit"
        }
        throw ClusterError(
            "there is no spark-submit in PATH, SPARK_HOME or VIRTUAL_ENV; python3 -m venv venv && venv/bin/pip install "
                + "pyspark pyarrow 'pandas<3' installs one, and --spark-submit names it")
    }

    /// What the log of a failed application says, in words that help.
    private static func explanation(of logPath: String, status: Int32) -> String {
        let text = (try? String(decoding: readFile(logPath, limit: 1 << 28), as: UTF8.self)) ?? ""
        let symptoms = [
            (
                "JAVA_HOME is not set",
                "Spark finds no Java: install a JRE 17 (openjdk-17-jre-headless), or set JAVA_HOME"
            ),
            (
                "java: not found",
                "Spark finds no Java: install a JRE 17 (openjdk-17-jre-headless), or set JAVA_HOME"
            ),
            (
                "bin/java: No such file",
                "Spark finds no Java: JAVA_HOME names a folder without one; install a JRE 17, or unset it"
            ),
            ("UnsupportedClassVersionError", "Spark 4 needs Java 17, but finds an older one"),
            ("All masters are unresponsive", "the master does not answer"),
            ("No module named 'pyarrow'", "Spark's Python has no pyarrow: pip install pyarrow there"),
            (
                "PACKAGE_NOT_INSTALLED",
                "Spark's Python lacks a package that it needs: pip install pyarrow 'pandas<3' there"
            ),
            ("Could not parse Master URL", "Spark does not understand the master's address"),
            ("local class incompatible", "the cluster has another version of Spark than this machine"),
            ("this machine cannot score the task", "a machine of the cluster cannot compute the same bits"),
        ]
        let lines = text.split(separator: "\n")
        for (mark, words) in symptoms {
            // What was tried again with success stands further up.
            guard let line = lines.last(where: { $0.contains(mark) }) else { continue }
            return "\(words) (\(line.trimmingCharacters(in: .whitespaces).prefix(300)))"
        }
        // Python names its bridge to Java first, then, after a colon, what Java says.
        let raised = #/(: )?[\w.]*(Error|Exception): /#
        let line =
            lines.last { $0.prefixMatch(of: raised) != nil && !$0.hasPrefix("py4j.") }
            ?? lines.first { $0.contains(" ERROR ") }
            ?? lines.last ?? ""
        return "spark-submit ended with status \(status): \(line.prefix(300)); the whole log is in \(logPath)"
    }

    // MARK: Its Python

    /// The package that workers import.
    private static let package = [
        ("tilescope/__init__.py", []), ("tilescope/worker.py", PackageResources.worker_py),
        ("tilescope/spark.py", PackageResources.spark_py),
        ("tilescope/candidates.py", PackageResources.candidates_py),
    ]
    /// What its archive is called, as `--py-files` takes it.
    package static let packageName = "tilescope.zip"

    /// Writes the archive into a folder.
    package static func writePackage(to folder: String) throws {
        try write(ZipArchive(package).bytes, to: "\(folder)/\(packageName)")
    }

    /// The application, and the package for this machine and for the others.
    private static func writePython(to folder: String) throws {
        try makeFolder(folder + "/tilescope")
        try writePackage(to: folder)
        for (name, bytes) in package + [("job.py", PackageResources.job_py)] {
            try write(bytes, to: "\(folder)/\(name)")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        var file = try FileWriter(.replacing(path))
        try file.write(bytes)
        try file.commit()
    }
}

/// A cluster did not do what it was asked for.
package struct ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
    package var cause: String

    init(_ cause: String) { self.cause = cause }

    package var description: String { "cannot compute on the cluster: \(cause)" }
}
