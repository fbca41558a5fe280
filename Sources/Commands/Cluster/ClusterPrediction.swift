import ArgumentParser
import Cluster
import Devices
import Files
import Foundation
import ModelFiles
import Records

/// How images of a table are classified on a cluster.
struct PredictionClusterOptions: ParsableArguments {
    @OptionGroup var spark: SparkOptions
    @Option(
        help: ArgumentHelp(
            """
            With --cluster, a folder for the answers as Parquet, which all machines reach, in Spark's words: hdfs://…, s3a://… or \
            file:///….
            """, valueName: "address"))
    var output: String?
    @Option(
        help: ArgumentHelp(
            "With --cluster, the table's column with addresses; the first by default.", valueName: "name"))
    var column: String?
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard (spark.cluster != nil) == (output != nil), spark.cluster != nil || column == nil else {
            throw ValidationError("--cluster needs --output, and --output and --column need --cluster")
        }
    }

    /// Runs it.
    ///
    /// - Parameter table: lists of addresses: .txt, .csv or Parquet, which all machines reach.
    func run(
        _ table: String, model: String, top: Int, numerics: EngineOptions, cancellation: Cancellation
    ) throws {
        guard let settings = spark.settings, let output else { preconditionFailure("checked above") }
        let line = ProgressLine()
        let format =
            ["txt": "text", "lst": "text", "csv": "csv"][(table as NSString).pathExtension.lowercased()]
            ?? "parquet"
        _ = try Model(reading: model)
        if let path = Address(table).localPath {
            guard access(path, R_OK) == 0 else {
                throw CommandError(
                    operation: "read the table", path: path, cause: String(cString: strerror(errno)))
            }
        }
        guard !ImageCollection.imageEndings.contains(ending(of: table)) else {
            throw CommandError(
                operation: "read the table", path: table,
                cause: "it is an image; with --cluster, give a table of addresses: .txt, .csv or Parquet")
        }
        var predictions = SparkApplication.Predictions(
            table: Self.address(table), format: format, top: top, output: Self.address(output),
            overwrites: overwriting.isGiven)
        predictions.column = column
        predictions.precision = numerics.givenPrecision
        predictions.kernels = numerics.givenKernels
        let folder = try TemporaryFolder()
        let application = SparkApplication(folder: folder.path)
        try application.putModel(Address(model))
        let bundle = try WorkerBundle.cached(orIn: application.folder, line: line)
        line.show("starting \(settings.master)")
        let job = Job<SparkApplication.Progress>(
            cancellation: cancellation,
            progress: { line.show($0.text(unit: "tasks", perTask: 1, of: "tasks")) })
        let counts: SparkApplication.Counts
        do {
            counts = try application.predict(predictions, settings, bundle: bundle, job: job)
        } catch let error as ClusterError {
            // The error names the application's log.
            folder.stays()
            throw error
        }
        line.finish("\(counted(counts.pictures, "image")) on \(settings.master)")
        say("written to \(output)")
        guard counts.failures == 0 else {
            throw CommandError(
                operation: "classify \(counts.failures) of \(counted(counts.pictures, "image"))",
                path: table,
                cause: counts.cause ?? "the rows say why")
        }
    }

    /// A path of this machine as Spark takes it for one of every machine.
    private static func address(_ text: String) -> String {
        guard let path = Address(text).localPath else { return text }
        return "file://"
            + (path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path)
    }
}
