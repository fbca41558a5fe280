import ArgumentParser

/// Commands about clusters that do not compute on one.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Prepare Spark jobs of your own, or estimate how long a larger cluster would take.",
        discussion: """
            To compute on a cluster, give scan or predict --cluster. See docs/cluster.md.
            """, subcommands: [BundleCommand.self, SimulateCommand.self])
}
