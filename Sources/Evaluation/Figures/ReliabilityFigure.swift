import Foundation
import Pixels

extension Calibration {
    /// A reliability diagram: how often the model is right over how sure it is, with the samples of each bin below.
    package func figure(title: String) -> Figure {
        let (left, top, side, below) = (84, 64, 440, 110)
        let ink = RGB(30, 30, 30)
        let (faint, blue, red) = (RGB(200, 200, 200), RGB(0, 114, 178), RGB(213, 94, 0))
        var figure = Figure(
            width: left + side + 36, height: top + side + below + 90, ground: RGB(255, 255, 255))
        figure.write(title, x: left, y: 24, scale: 2, ink)
        let note = error.map { "expected calibration error " + String(format: "%.2f %%", 100 * $0) } ?? ""
        figure.write(note, x: left, y: 46, ink)
        let (bottom, base) = (top + side, top + side + 20 + below)
        func x(_ value: Double) -> Int { left + Int((value * Double(side)).rounded()) }
        func y(_ value: Double) -> Int { bottom - Int((value * Double(side)).rounded()) }
        for tick in stride(from: 0.0, through: 1, by: 0.2) {
            figure.fill(x0: left, y0: y(tick), x1: left + side, y1: y(tick) + 1, faint)
            figure.write(String(format: "%.1f", tick), x: left - 8, y: y(tick), scale: 2, anchor: .end, ink)
            figure.write(
                String(format: "%.1f", tick), x: x(tick), y: base + 16, scale: 2, anchor: .middle, ink)
        }
        let most = Double(max(1, bins.map(\.count).max() ?? 1))
        for bin in bins where bin.count > 0 {
            let (x0, x1) = (x(bin.low) + 1, x(bin.high) - 1)
            if let right = bin.rightFraction, let score = bin.meanScore {
                figure.fill(x0: x0, y0: y(right), x1: x1, y1: bottom, blue)
                // What is missing to the mean score, or too much.
                let (high, low) = (y(max(right, score)), y(min(right, score)))
                figure.fill(x0: x0, y0: high, x1: x0 + 2, y1: low, red)
                figure.fill(x0: x1 - 2, y0: high, x1: x1, y1: low, red)
                figure.fill(x0: x0, y0: y(score), x1: x1, y1: y(score) + 2, red)
            }
            let height = max(1, Int((Double(bin.count) / most * Double(below)).rounded()))
            figure.fill(x0: x0, y0: base - height, x1: x1, y1: base, RGB(130, 130, 130))
        }
        let corners = [
            ChartPoint(x: Double(left), y: Double(bottom)),
            ChartPoint(x: Double(left + side), y: Double(top)),
        ]
        figure.add(.line(corners, width: 1.5, RGB(110, 110, 110)))
        figure.frame(x0: left, y0: top, x1: left + side, y1: bottom, ink)
        figure.fill(x0: left, y0: base, x1: left + side, y1: base + 1, ink)
        figure.write("highest score", x: left + side / 2, y: base + 44, scale: 2, anchor: .middle, ink)
        figure.write(
            "part that is right", x: 22, y: top + side / 2, scale: 2, anchor: .middle, direction: .upwards,
            ink)
        figure.write("samples", x: left - 8, y: base - below / 2, anchor: .end, ink)
        figure.write("\(Int(most))", x: left - 8, y: base - below + 4, anchor: .end, ink)
        figure.fill(x0: left + 14, y0: top + 16, x1: left + 30, y1: top + 28, blue)
        figure.write("right", x: left + 38, y: top + 22, scale: 2, ink)
        figure.fill(x0: left + 14, y0: top + 44, x1: left + 30, y1: top + 46, red)
        figure.write("mean score", x: left + 38, y: top + 45, scale: 2, ink)
        return figure
    }
}
