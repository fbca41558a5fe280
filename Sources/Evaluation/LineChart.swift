import Foundation
import Pixels

/// A point in the chart's own units, or in pixels of a figure.
package struct ChartPoint: Hashable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

    /// Whether an axis can hold it: what a damaged file says is left out.
    var canBeDrawn: Bool { max(abs(x), abs(y)) < 1e40 }
}

/// Curves over epochs or over another value, with axes, ticks and a legend.
struct LineChart {
    struct Series {
        var name: String
        var color: RGB
        /// From left to right; at least one.
        var points: [ChartPoint]
        /// Whether each point gets a dot.
        var marksPoints = false
        /// Places that get a dot, on the curve or beside it.
        var dots: [ChartPoint] = []
    }

    enum Unit { case number, percent }

    var title: String
    var unit: Unit
    var series: [Series]
    /// Whether the chart says what each colour stands for.
    var hasLegend = true
    var xTitle = "epoch"
    /// Runs upwards; empty where the title says it.
    var yTitle = ""
    /// What the axes reach at least.
    var corners: [ChartPoint] = []

    /// Pixels of a chart.
    static let (width, height) = (620, 400)
    /// Two colours that people who are colour-blind tell apart (Okabe and Ito 2008), and others of the same set.
    static let colours = [
        RGB(0, 114, 178), RGB(213, 94, 0), RGB(0, 158, 115), RGB(204, 121, 167), RGB(230, 159, 0),
        RGB(86, 180, 233), RGB(0, 0, 0),
    ]

    private static let ink = RGB(50, 50, 50)
    private static let faintInk = RGB(220, 220, 220)

    /// Charts side by side.
    ///
    /// - Parameter columnLimit: charts of a row, at most.
    static func figure(
        of charts: [LineChart], legend: [(name: String, color: RGB)] = [], columnLimit: Int = 3
    ) -> Figure {
        let columnCount = max(1, min(columnLimit, charts.count))
        let rowCount = (charts.count + columnCount - 1) / columnCount
        var figure = Figure(
            width: columnCount * width,
            height: rowCount * height + 26 * legend.count + (legend.isEmpty ? 0 : 20),
            ground: RGB(255, 255, 255))
        for (index, chart) in charts.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
            chart.draw(on: &figure, x: column * width, y: row * height)
        }
        for (index, entry) in legend.enumerated() {
            let y = rowCount * height + 14 + 26 * index
            figure.fill(x0: 80, y0: y - 1, x1: 110, y1: y + 2, entry.color)
            figure.write(entry.name, x: 122, y: y, scale: 2, ink)
        }
        return figure
    }

    /// Draws the chart with its top left corner at `x`, `y`.
    private func draw(on figure: inout Figure, x: Int, y: Int) {
        let points = series.flatMap(\.points) + corners
        let frame = Frame(
            x: Axis(
                covering: [0] + points.map(\.x), from: Double(x + 96), to: Double(x + Self.width - 30)),
            y: Axis(covering: points.map(\.y), from: Double(y + Self.height - 64), to: Double(y + 64)))
        writeHeading(on: &figure, x: x, y: y)
        writeTicks(on: &figure, frame)
        for series in series {
            let places = series.points.map {
                ChartPoint(x: frame.x.position(of: $0.x), y: frame.y.position(of: $0.y))
            }
            figure.add(.line(places, width: 2.2, series.color))
            for dot in series.dots {
                let place = ChartPoint(x: frame.x.position(of: dot.x), y: frame.y.position(of: dot.y))
                figure.add(.dot(place, radius: 5, series.color))
            }
            guard series.marksPoints || places.count == 1 else { continue }
            for place in places { figure.add(.dot(place, radius: 3, series.color)) }
        }
    }

    private struct Frame {
        var x: Axis
        var y: Axis
    }

    /// The title, and what each colour stands for with its last value.
    private func writeHeading(on figure: inout Figure, x: Int, y: Int) {
        figure.write(title, x: x + 96, y: y + 30, scale: 2, RGB(0, 0, 0))
        var place = x + 96 + Image.textSize(title, scale: 2).width + 28
        for series in hasLegend ? series : [] {
            let value = series.points.last.map { label($0.y, decimals: 2) } ?? ""
            let text = (series.name + " " + value).trimmingCharacters(in: .whitespaces)
            figure.fill(x0: place, y0: y + 29, x1: place + 20, y1: y + 32, series.color)
            figure.write(text, x: place + 28, y: y + 30, scale: 2, Self.ink)
            place += 28 + Image.textSize(text, scale: 2).width + 24
        }
    }

    private func writeTicks(on figure: inout Figure, _ frame: Frame) {
        let (left, right) = (Int(frame.x.start), Int(frame.x.end))
        for tick in frame.y.ticks {
            let y = Int(frame.y.position(of: tick).rounded())
            let decimals = unit == .percent ? max(0, frame.y.decimals - 2) : frame.y.decimals
            figure.fill(x0: left, y0: y, x1: right, y1: y + 1, Self.faintInk)
            figure.write(
                label(tick, decimals: decimals), x: left - 10, y: y, scale: 2, anchor: .end, Self.ink)
        }
        let bottom = Int(frame.y.start)
        figure.fill(x0: left, y0: bottom, x1: right, y1: bottom + 1, Self.ink)
        for tick in frame.x.ticks {
            let x = Int(frame.x.position(of: tick).rounded())
            figure.fill(x0: x, y0: bottom, x1: x + 1, y1: bottom + 6, Self.ink)
            figure.write(
                String(format: "%.\(frame.x.decimals)f", tick), x: x, y: bottom + 20, scale: 2,
                anchor: .middle,
                Self.ink)
        }
        figure.write(xTitle, x: (left + right) / 2, y: bottom + 46, scale: 2, anchor: .middle, Self.ink)
        figure.write(
            yTitle, x: left - 78, y: (Int(frame.y.end) + bottom) / 2, scale: 2, anchor: .middle,
            direction: .upwards, Self.ink)
    }

    private func label(_ value: Double, decimals: Int) -> String {
        switch unit {
        case .number where abs(value) >= 1e7: String(format: "%.3g", value)
        case .number: String(format: "%.\(decimals)f", value)
        case .percent: String(format: "%.\(decimals)f %%", value * 100)
        }
    }
}
