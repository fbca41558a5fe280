package import Figures
import Foundation

extension Calibration {
    /// A reliability diagram: how often the model is right over how sure it is, with the samples of each bin below.
    package func figure(title: String) -> Figure {
        let (left, right, top, side, below) = (78, 24, 86, 340, 90)
        let size = 13
        let note = error.map { "expected calibration error " + String(format: "%.2f %%", 100 * $0) } ?? ""
        var figure = Figure(
            width: left + side + right, height: top + side + below + 76,
            summary:
                "\(title): \(note). Bars: the part of the samples that is right, for each range of scores; "
                + "lines: their mean score.")
        figure.write(title, x: left, y: 20, size: 16, .ink)
        figure.write(note, x: left, y: 44, size: size, .soft)
        let (bottom, base) = (top + side, top + side + 20 + below)
        func x(_ value: Double) -> Int { left + Int((value * Double(side)).rounded()) }
        func y(_ value: Double) -> Int { bottom - Int((value * Double(side)).rounded()) }
        for tick in stride(from: 0.0, through: 1, by: 0.2) {
            figure.fill(x0: left, y0: y(tick), x1: left + side, y1: y(tick) + 1, .rule)
            figure.write(
                String(format: "%.1f", tick), x: left - 8, y: y(tick), size: size, anchor: .end, .soft)
            figure.write(
                String(format: "%.1f", tick), x: x(tick), y: base + 16, size: size, anchor: .middle, .soft)
        }
        let most = Double(max(1, bins.map(\.count).max() ?? 1))
        for bin in bins where bin.count > 0 {
            let (x0, x1) = (x(bin.low) + 1, x(bin.high) - 1)
            if let right = bin.rightFraction, let score = bin.meanScore {
                figure.fill(x0: x0, y0: y(right), x1: x1, y1: bottom, .series(0))
                // What is missing to the mean score, or too much.
                let (high, low) = (y(max(right, score)), y(min(right, score)))
                figure.fill(x0: x0, y0: high, x1: x0 + 2, y1: low, .series(1))
                figure.fill(x0: x1 - 2, y0: high, x1: x1, y1: low, .series(1))
                figure.fill(x0: x0, y0: y(score), x1: x1, y1: y(score) + 2, .series(1))
            }
            let height = max(1, Int((Double(bin.count) / most * Double(below)).rounded()))
            figure.fill(x0: x0, y0: base - height, x1: x1, y1: base, .soft)
        }
        let corners = [
            Figure.Point(x: Double(left), y: Double(bottom)),
            Figure.Point(x: Double(left + side), y: Double(top)),
        ]
        figure.add(.line(corners, width: 1.5, .soft))
        figure.frame(x0: left, y0: top, x1: left + side, y1: bottom, .soft)
        figure.fill(x0: left, y0: base, x1: left + side, y1: base + 1, .soft)
        figure.write("highest score", x: left + side / 2, y: base + 42, size: size, anchor: .middle, .ink)
        figure.write(
            "part that is right", x: 18, y: top + side / 2, size: size, anchor: .middle, direction: .upwards,
            .ink)
        figure.write("samples", x: left - 8, y: base - below / 2, size: size, anchor: .end, .soft)
        figure.write("\(Int(most))", x: left - 8, y: base - below + 4, size: size, anchor: .end, .soft)
        figure.fill(x0: left, y0: top - 26, x1: left + 16, y1: top - 14, .series(0))
        figure.write("right", x: left + 24, y: top - 20, size: size, .ink)
        figure.fill(x0: left + 84, y0: top - 21, x1: left + 100, y1: top - 19, .series(1))
        figure.write("mean score", x: left + 108, y: top - 20, size: size, .ink)
        return figure
    }
}
