import ArgumentParser
import Cluster

/// Where a scan runs that is not to run in this process.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Score on a Spark cluster: spark://host:7077, yarn, k8s://…, or local[2] to try it. Needs spark-submit, and a folder \
            that all machines reach. See docs/cluster.md.
            """, valueName: "master"))
    var cluster: String?
    @Option(
        help: ArgumentHelp(
            "With --cluster, ranges that are scored at the same time; 16 by default. It decides their size, no result.",
            valueName: "count"))
    var slots: Int?
    @Option(
        help: ArgumentHelp(
            """
            With --cluster, a folder that all machines and this one reach, for what they hand over: hdfs://…, s3a://… or \
            file:///…; needed but for local[…].
            """, valueName: "address"))
    var exchange: String?
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
            "With --cluster, ranges that may fail before the scan ends; 0 by default.", valueName: "count"))
    var maxErrors: Int?
    @Option(
        help: ArgumentHelp(
            "With --cluster, seconds to wait for the first machine that takes work; 120 by default.",
            valueName: "seconds"))
    var clusterWait: Int?

    func validate() throws {
        guard let cluster else {
            let given =
                [slots, maxErrors, clusterWait].contains { $0 != nil } || exchange != nil
                || sparkSubmit != nil || !sparkConf.isEmpty
            guard !given else {
                throw ValidationError(
                    "--slots, --exchange, --spark-conf, --spark-submit, --max-errors and --cluster-wait are for --cluster"
                )
            }
            return
        }
        guard cluster.wholeMatch(of: /(local|local-cluster)\[.+\]|local|yarn|(spark|k8s):\/\/.+/) != nil
        else {
            throw ValidationError(
                "--cluster names a master of Spark, such as spark://host:7077, yarn, k8s://host or local[2]: \(cluster)"
            )
        }
        guard exchange != nil || cluster.hasPrefix("local") else {
            throw ValidationError(
                "--exchange must name a folder that all machines of the cluster and this one reach")
        }
        for (name, value, most) in [
            ("--slots", slots ?? 1, 1 << 20), ("--max-errors", (maxErrors ?? 0) + 1, 1 << 30),
            ("--cluster-wait", clusterWait ?? 1, 1 << 20),
        ]
        where !(1...most).contains(value) {
            throw ValidationError("\(name) must lie in 1...\(most)")
        }
        for setting in sparkConf where !setting.contains("=") {
            throw ValidationError("--spark-conf takes key=value: \(setting)")
        }
    }

    /// `nil` where the scan runs in this process.
    var settings: SparkApplication.Settings? {
        guard let cluster else { return nil }
        var settings = SparkApplication.Settings(master: cluster)
        settings.submitPath = sparkSubmit
        settings.configuration = sparkConf
        settings.exchange = exchange
        settings.errorLimit = maxErrors ?? 0
        settings.waitSeconds = clusterWait ?? settings.waitSeconds
        return settings
    }
}
