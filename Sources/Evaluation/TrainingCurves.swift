package import Figures

/// Draws how a training went, over epochs: loss, top-1, top-5, learning rate and images a second, as far as its lines say.
///
/// Training's curves are means over neighbouring steps, of augmented tiles and with the weights of that moment;
/// validation's have a point at the end of each epoch.
///
/// - Parameter metricsPath: a run's `metrics.jsonl`.
/// - Throws: `FileError`, or `EvaluationError` where a line is malformed or there are no steps.
package func trainingCurves(reading metricsPath: String) throws -> FigureGrid {
    let history = try TrainingHistory(reading: metricsPath)
    let charts = curves.compactMap { curve -> LineChart? in
        let kinds = [("training", curve.training(history)), ("validation", curve.validation(history))]
        let series = kinds.enumerated().compactMap { index, kind in
            kind.1.isEmpty
                ? nil
                : LineChart.Series(
                    name: kind.0, paint: .series(index), points: kind.1, marksPoints: kind.0 == "validation")
        }
        guard !series.isEmpty else { return nil }
        return LineChart(title: curve.title, unit: curve.unit, series: series)
    }
    return FigureGrid(charts.map(\.figure))
}

/// One of several runs in a picture.
public struct NamedRun: Hashable, Sendable {
    public var name: String
    /// Its `metrics.jsonl`.
    public var metricsPath: String

    public init(name: String, metricsPath: String) { (self.name, self.metricsPath) = (name, metricsPath) }
}

/// As many runs as one picture can tell apart by colour.
package let runCurvesLimit = Paint.seriesColours.count

/// Draws how several trainings went, side by side. What was measured while training and what on validation samples stands in
/// charts of its own: the two cannot be compared.
///
/// - Parameter runs: 1 to `runCurvesLimit`.
/// - Throws: `FileError`, or `EvaluationError` where a line is malformed or there are no steps.
package func trainingCurves(of runs: [NamedRun]) throws -> FigureGrid {
    precondition(!runs.isEmpty && runs.count <= runCurvesLimit)
    let histories = try runs.map { try TrainingHistory(reading: $0.metricsPath) }
    func chart(
        _ title: String, _ unit: LineChart.Unit, marksPoints: Bool,
        _ points: (TrainingHistory) -> [ChartPoint]
    ) -> LineChart? {
        let series = zip(runs, histories.enumerated()).compactMap { run, history in
            let points = points(history.element)
            return points.isEmpty
                ? nil
                : LineChart.Series(
                    name: run.name, paint: .series(history.offset), points: points, marksPoints: marksPoints)
        }
        return series.isEmpty ? nil : LineChart(title: title, unit: unit, series: series, hasLegend: false)
    }
    let charts = curves.flatMap { curve in
        [
            chart(
                curve.hasValidation ? curve.title + ", training" : curve.title, curve.unit,
                marksPoints: false,
                curve.training),
            chart(curve.title + ", validation", curve.unit, marksPoints: true, curve.validation),
        ]
    }.compactMap(\.self)
    let keys = runs.enumerated().map { FigureGrid.Key(name: $1.name, paint: .series($0)) }
    return FigureGrid(charts.map(\.figure), keys: keys)
}

/// One value over epochs.
private struct Curve {
    var title: String
    var unit: LineChart.Unit
    var hasValidation = false
    var training: (TrainingHistory) -> [ChartPoint]
    var validation: (TrainingHistory) -> [ChartPoint] = { _ in [] }
}

/// Points of a curve that is 500 pixels wide: few enough that each is the mean of some steps.
private let pointLimit = 60

/// All that is drawn of a run.
private var curves: [Curve] {
    [
        Curve(title: "Loss", unit: .number) { $0.averaged({ Double($0.loss) }, pointLimit: pointLimit) },
        Curve(
            title: "Top-1", unit: .percent, hasValidation: true,
            training: { $0.averaged({ Double($0.correctFraction) }, pointLimit: pointLimit) },
            validation: { $0.validation { $0.validationTopOne } }),
        Curve(
            title: "Top-5", unit: .percent, hasValidation: true,
            training: { $0.averaged({ $0.topFiveFraction.map(Double.init) }, pointLimit: pointLimit) },
            validation: { $0.validation { $0.validationTopFive } }),
        Curve(title: "Learning rate", unit: .number) {
            $0.averaged({ $0.learningRate.map(Double.init) }, pointLimit: pointLimit)
        },
        Curve(title: "Images per second", unit: .number) {
            $0.averaged({ $0.imagesPerSecond }, pointLimit: pointLimit)
        },
    ]
}
