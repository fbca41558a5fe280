import ArgumentParser
import Cluster
import Files
import Foundation
import Scanning

/// Replays measured costs.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Estimate how long other numbers of workers would take, from measured costs.",
        discussion: """
            Replays the costs of a scan --cluster, which its output folder has in \(ClusterScan.accountName), for three ways to \
            share windows out: a horizontal strip for each worker, an even block for each, and the ranges of scan --cluster. The \
            starts of machines and of Spark are not in it.
            """)

    @Option(
        help: ArgumentHelp("\(ClusterScan.accountName) of a whole scan of one scene.", valueName: "file"))
    var costs: String
    @Option(help: ArgumentHelp("Workers with one slot each.", valueName: "count")) var workers = 12
    @Option(
        help: ArgumentHelp(
            "Lay so many copies of the scene beside each other in both directions: 10 is a scene that is 100 times as large.",
            valueName: "count"))
    var enlarge = 1
    @Option(
        help: ArgumentHelp(
            "Time that is lost with each range or strip. Default: what writing and scheduling took for each range of the scan.",
            valueName: "seconds"))
    var overhead: Double?
    @Option(help: ArgumentHelp("Draw who gets which part, as SVG.", valueName: "figure.svg")) var output:
        String?
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard (1...100_000).contains(workers) else {
            throw ValidationError("--workers must lie in 1...100000: \(workers)")
        }
        guard (1...100).contains(enlarge) else {
            throw ValidationError("--enlarge must lie in 1...100: \(enlarge)")
        }
        guard output.map({ $0.lowercased().hasSuffix(".svg") }) ?? true else {
            throw ValidationError("--output must end in .svg: \(output ?? "")")
        }
        guard (0...3600).contains(overhead ?? 0) else {
            throw ValidationError("--overhead must lie in 0...3600: \(overhead ?? 0)")
        }
    }

    func run() throws {
        var outputs = overwriting.outputs(reading: [costs])
        let figure = try output.map { try outputs.file($0) }
        let account = try account()
        let map = try CostMap(account.ranges, repeats: enlarge)
        let overhead = overhead ?? account.overheadSeconds
        let total = map.seconds(of: map.range)
        say(
            "\(counted(map.range.windowCount, "window")), \(duration(total)) of one slot; \((1000 * overhead).fixed(0)) ms are lost with each part"
        )
        let simulations = Simulation.Way.allCases.map {
            ($0, Simulation(map, $0, workerCount: workers, overheadSeconds: overhead))
        }
        for (way, simulation) in simulations {
            say(
                "\(way.rawValue): \(simulation.pieces.count) parts, \(duration(simulation.seconds)), "
                    + "\((100 * simulation.efficiency).fixed(1)) % of \(counted(workers, "worker"))")
        }
        if let figure {
            try writeFile(SimulationFigure(map, simulations, workerCount: workers).svg, to: figure)
            say("drawn in \(figure.path)")
        }
    }

    private func account() throws -> ClusterAccount {
        let bytes = try StoredFile.bytes(of: Address(costs), limit: 1 << 30)
        guard let account = try? JSONDecoder().decode(ClusterAccount.self, from: Data(bytes)),
            account.isPossible
        else {
            throw CommandError(
                operation: "read costs", path: costs,
                cause: "it is not a \(ClusterScan.accountName) of scan --cluster")
        }
        guard !account.ranges.isEmpty else {
            throw CommandError(operation: "read costs", path: costs, cause: "it has no ranges")
        }
        guard Set(account.ranges.map(\.scene)).count == 1 else {
            throw CommandError(
                operation: "read costs", path: costs, cause: "it covers several scenes; scan one scene alone")
        }
        return account
    }
}

/// Who gets which part of a scene, in each way, with how long it takes.
private struct SimulationFigure {
    private static let (width, gap, headline) = (300.0, 24.0, 44.0)

    let svg: String

    init(_ map: CostMap, _ simulations: [(Simulation.Way, Simulation)], workerCount: Int) {
        let height = Self.width * Double(map.rowCount) / Double(map.columnCount)
        let scale = Self.width / Double(map.columnCount)
        var lines: [String] = []
        for (index, (way, simulation)) in simulations.enumerated() {
            let left = Self.gap + Double(index) * (Self.width + Self.gap)
            lines.append(
                "<text x=\"\(left.fixed(1))\" y=\"20\">\(way.rawValue): \(counted(workerCount, "worker"))</text>"
                    + "<text x=\"\(left.fixed(1))\" y=\"36\">\(duration(simulation.seconds)), \((100 * simulation.efficiency).fixed(1)) %</text>"
            )
            for piece in simulation.pieces {
                let (rows, columns) = (piece.windows.rows, piece.windows.columns)
                let hue = (Double(piece.worker) * 137.508).truncatingRemainder(dividingBy: 360)
                lines.append(
                    "<rect x=\"\((left + scale * Double(columns.lowerBound)).fixed(2))\" y=\"\((Self.headline + scale * Double(rows.lowerBound)).fixed(2))\" "
                        + "width=\"\((scale * Double(columns.count)).fixed(2))\" height=\"\((scale * Double(rows.count)).fixed(2))\" "
                        + "fill=\"hsl(\(hue.fixed(0)) 60% \(55 + 10 * (piece.worker % 3))%)\"/>")
            }
        }
        let whole = (
            Self.gap + Double(simulations.count) * (Self.width + Self.gap), Self.headline + height + Self.gap
        )
        svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(whole.0.fixed(0))" height="\(whole.1.fixed(0))" font-family="sans-serif" font-size="14">
            <rect width="100%" height="100%" fill="white"/>
            <g shape-rendering="crispEdges">
            \(lines.joined(separator: "\n"))
            </g>
            </svg>

            """
    }
}
