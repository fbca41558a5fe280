/// One of several runs in a picture.
public struct NamedRun: Hashable, Sendable {
    public var name: String
    /// Its `metrics.jsonl`.
    public var metricsPath: String

    public init(name: String, metricsPath: String) { (self.name, self.metricsPath) = (name, metricsPath) }
}

/// As many runs as one picture can tell apart by colour.
public let runCurvesLimit = colours.count

/// Draws how several trainings went: the loss of each, and its top-1 on the validation samples, or while it trained
/// where it has none.
///
/// - Parameter runs: 1 to `runCurvesLimit`.
/// - Returns: a self-contained SVG.
/// - Throws: `FileError`, or `EvaluationError` where a line is malformed or there are no steps.
public func curvesSVG(of runs: [NamedRun]) throws -> String {
    precondition(!runs.isEmpty && runs.count <= runCurvesLimit)
    let histories = try runs.map { try TrainingHistory(reading: $0.metricsPath) }
    func chart(_ title: String, _ unit: LineChart.Unit, _ points: (TrainingHistory) -> [ChartPoint])
        -> LineChart
    {
        LineChart(
            title: title, unit: unit,
            series: zip(runs, zip(histories, colours)).map { run, drawn in
                LineChart.Series(name: run.name, colour: drawn.1, points: points(drawn.0))
            }, hasLegend: false)
    }
    let loss = chart("Loss", .number) { $0.averaged(\.loss, pointLimit: pointLimit) }
    let topOne = chart("Top-1", .percent) { history in
        let validation = history.validation
        return validation.isEmpty
            ? history.averaged(\.correctFraction, pointLimit: pointLimit) : validation
    }
    let height = 310 + 20 * runs.count
    let legend = zip(runs, colours).enumerated().map { index, entry in
        let y = 312 + 20 * index
        return #"<path d="M52 \#(y)h18" stroke="\#(entry.1)" stroke-width="2"/>"#
            + #"<text x="76" y="\#(y + 4)">\#(escaped(entry.0.name))</text>"#
    }
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="880" height="\(height)" viewBox="0 0 880 \(height)" \
        font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="#333">
        <rect width="880" height="\(height)" fill="#fff"/>
        \(loss.svg(x: 0, y: 0, width: 440, height: 300))
        \(topOne.svg(x: 440, y: 0, width: 440, height: 300))
        \(legend.joined(separator: "\n"))
        </svg>

        """
}

/// Points of a curve that is 360 pixels wide.
private let pointLimit = 60

/// Colours that people who are colour-blind tell apart, without the yellow, which is pale on white (Okabe and Ito 2008).
private let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
