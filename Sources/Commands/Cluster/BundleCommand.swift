import ArgumentParser
import Cluster
import Files
import Foundation

/// Writes what a job of one's own needs.
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Write what Spark jobs of your own need: the program for workers, and its Python.",
        discussion: """
            The program comes with every library that it needs and with the C library. Its name has its contents' digest: the \
            same program makes the same file.
            """)

    @Argument(help: "The folder to write into.") var folder: String

    func run() throws {
        try makeFolder(folder)
        let line = ProgressLine()
        line.show("packing the program with its libraries; this takes half a minute")
        let bundle = try WorkerBundle(folder: folder).archive()
        line.finish("packed the program with its libraries")
        try SparkApplication.writePackage(to: folder)
        let package = "\(folder)/\(SparkApplication.packageName)"
        let size = try FileReader(path: bundle).byteCount
        say("\(bundle): \(size / 1_000_000) MB")
        say("\(package)")
        say(
            "\nspark-submit --archives \(shellWord(bundle + "#tilescope")) --py-files \(shellWord(package)) \\\n"
                + "    --conf spark.excludeOnFailure.enabled=true --conf spark.task.maxFailures=8 job.py\n\nand in job.py:"
        )
        say(
            """
                from tilescope import spark as tilescope
                found = tilescope.scan(spark, scenes, "model.safetensors")
            """)
    }
}
