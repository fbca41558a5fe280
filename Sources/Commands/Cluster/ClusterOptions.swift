import ArgumentParser
import Cluster
import Devices
import Files
import Foundation

/// The Spark cluster that a command runs on.
struct SparkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Compute on a Spark cluster: spark://host:7077, yarn, k8s://…, or local[2] to try it. Needs spark-submit. See \
            docs/cluster.md.
            """, valueName: "master"))
    var cluster: String?
    @Option(
        help: ArgumentHelp(
            "With --cluster, a setting of Spark's; may be given several times.", valueName: "key=value"))
    var sparkConf: [String] = []
    @Option(
        help: ArgumentHelp(
            "With --cluster, the program that starts Spark's. Default: from SPARK_HOME, VIRTUAL_ENV or PATH.",
            valueName: "path"))
    var sparkSubmit: String?
    @Option(
        help: ArgumentHelp(
            "With --cluster, seconds to wait for the first machine that takes work; 120 by default.",
            valueName: "seconds"))
    var clusterWait: Int?

    func validate() throws {
        guard let cluster else {
            guard clusterWait == nil, sparkSubmit == nil, sparkConf.isEmpty else {
                throw ValidationError("--spark-conf, --spark-submit and --cluster-wait need --cluster")
            }
            return
        }
        guard
            cluster.wholeMatch(
                of:
                    /local(\[(\*|[1-9][0-9]*)(, *[0-9]+)?\])?|local-cluster\[[1-9][0-9, ]*\]|yarn|(spark|k8s):\/\/.+/
            ) != nil
        else {
            throw ValidationError(
                "--cluster names a master of Spark, such as spark://host:7077, yarn, k8s://host or local[2]: \(cluster)"
            )
        }
        guard (1...1 << 20).contains(clusterWait ?? 1) else {
            throw ValidationError("--cluster-wait must lie in 1...1048576")
        }
        for setting in sparkConf {
            let key = setting.prefix { $0 != "=" }
            guard !key.isEmpty, key.count < setting.count else {
                throw ValidationError("--spark-conf takes key=value: \(setting)")
            }
            guard !["spark.archives", "spark.files", "spark.submit.pyFiles"].contains(key) else {
                throw ValidationError(
                    "\(key) is set by tilescope, for the program and the model; leave it out")
            }
        }
    }

    /// Whether all machines are this one.
    var isLocal: Bool { cluster?.hasPrefix("local") ?? true }

    /// `nil` where the command runs in this process.
    var settings: SparkApplication.Settings? {
        guard let cluster else { return nil }
        var settings = SparkApplication.Settings(master: cluster)
        settings.submitPath = sparkSubmit
        settings.configuration = sparkConf
        settings.waitSeconds = clusterWait ?? settings.waitSeconds
        return settings
    }
}

/// Where a scan runs that is not to run in this process.
struct ClusterOptions: ParsableArguments {
    @OptionGroup var spark: SparkOptions
    @Option(
        help: ArgumentHelp(
            """
            With --cluster, how many ranges are scored at the same time. Sizes of ranges follow from it, results do not. Default: \
            with local[N] N, else 16.
            """,
            valueName: "count"))
    var slots: Int?
    @Option(
        help: ArgumentHelp(
            """
            With --cluster, a folder that all machines and this one reach, for what they hand over: hdfs://…, s3a://… or \
            file:///…. Only local[…] needs none.
            """, valueName: "address"))
    var exchange: String?
    @Option(
        help: ArgumentHelp(
            "With --cluster, ranges that may fail before the scan ends; 0 by default.", valueName: "count"))
    var maxErrors: Int?

    func validate() throws {
        guard spark.cluster != nil else {
            guard slots == nil, maxErrors == nil, exchange == nil else {
                throw ValidationError("--slots, --exchange and --max-errors need --cluster")
            }
            return
        }
        guard exchange != nil || spark.isLocal else {
            throw ValidationError(
                "--exchange must name a folder that all machines of the cluster and this one reach")
        }
        if let exchange {
            guard exchange.contains(/^[a-z0-9]+:\/\//), !exchange.hasPrefix("s3://") else {
                throw ValidationError(
                    "--exchange is an address as Spark has them, such as s3a://bucket/folder, hdfs:///folder or file:///folder: "
                        + exchange)
            }
        }
        guard (1...1 << 20).contains(slots ?? 1) else {
            throw ValidationError("--slots must lie in 1...1048576")
        }
        guard (0...1 << 30).contains(maxErrors ?? 0) else {
            throw ValidationError("--max-errors must lie in 0...1073741824")
        }
    }

    /// Why options of this machine cannot stand beside `--cluster`.
    static let machineOptionsObjection =
        "--device, --devices and --workers are this machine's; with --cluster, --spark-conf spark.task.cpus=2 gives each process "
        + "two threads"

    /// How many ranges are scored at the same time.
    var slotCount: Int {
        let named = spark.cluster?.firstMatch(of: /^local\[(\d+)/).flatMap { Int($0.1) }
        let all = spark.cluster == "local[*]" ? ProcessInfo.processInfo.activeProcessorCount : nil
        return slots ?? named ?? all ?? (spark.cluster == "local" ? 1 : 16)
    }

    /// `nil` where the scan runs in this process.
    var settings: SparkApplication.Settings? {
        guard var settings = spark.settings else { return nil }
        settings.exchange = exchange
        settings.errorLimit = maxErrors ?? 0
        return settings
    }
}

extension WorkerBundle {
    /// The worker's archive, made where it is not there yet; kept for all commands of this user.
    ///
    /// - Parameter folder: where it is put when this user has no folder for such things.
    static func cached(orIn folder: String, line: ProgressLine) throws -> String {
        line.show("packing the program for the cluster's machines")
        let folder = (Machine.cacheFolder?.path(percentEncoded: false) ?? folder) + "/bundles"
        return try WorkerBundle(folder: folder).archive()
    }
}
