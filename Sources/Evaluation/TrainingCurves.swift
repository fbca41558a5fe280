/// Draws how a training went: loss and top-1 over epochs.
///
/// Training's curves are means over neighbouring steps, of augmented tiles and with the weights of that moment;
/// validation's have a point at the end of each epoch.
///
/// - Parameter metricsPath: a run's `metrics.jsonl`.
/// - Returns: a self-contained SVG, 880×300.
/// - Throws: `FileError`, or `EvaluationError` where a line is malformed or there are no steps.
public func curvesSVG(reading metricsPath: String) throws -> String {
    let history = try TrainingHistory(reading: metricsPath)
    let loss = LineChart(
        title: "Loss", unit: .number,
        series: [
            LineChart.Series(
                name: "training", colour: trainingColour,
                points: history.averaged(\.loss, pointLimit: pointLimit))
        ])
    var topOne = LineChart(
        title: "Top-1", unit: .percent,
        series: [
            LineChart.Series(
                name: "training", colour: trainingColour,
                points: history.averaged(\.correctFraction, pointLimit: pointLimit))
        ])
    let validation = history.validation
    if !validation.isEmpty {
        topOne.series.append(
            LineChart.Series(
                name: "validation", colour: validationColour, points: validation, marksPoints: true))
    }
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="880" height="300" viewBox="0 0 880 300" \
        font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="#333">
        <rect width="880" height="300" fill="#fff"/>
        \(loss.svg(x: 0, y: 0, width: 440, height: 300))
        \(topOne.svg(x: 440, y: 0, width: 440, height: 300))
        </svg>

        """
}

/// Points of a curve that is 360 pixels wide: few enough that each is the mean of some steps.
private let pointLimit = 60
/// Two colours that people who are colour-blind tell apart (Okabe and Ito 2008).
private let trainingColour = "#0072b2"
private let validationColour = "#d55e00"
