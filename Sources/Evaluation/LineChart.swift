import Figures
import Foundation

/// A point in the chart's own units.
package struct ChartPoint: Hashable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

    /// Whether an axis can hold it: what a damaged file says is left out.
    var canBeDrawn: Bool { max(abs(x), abs(y)) < 1e40 }
}

/// Curves over epochs or over another value, with axes, ticks and a legend.
struct LineChart {
    /// What lies between two values.
    struct Interval {
        var low: Double
        var high: Double
    }

    struct Series {
        /// Empty where the chart has no legend.
        var name: String
        var paint: Paint
        /// From left to right; at least one.
        var points: [ChartPoint]
        /// Whether each point gets a dot.
        var marksPoints = false
        /// Places that get a dot, on the curve or beside it.
        var dots: [ChartPoint] = []
        /// For each point how far its value may be off; empty where nobody knows.
        var band: [Interval] = []
    }

    enum Unit { case number, percent }

    var title: String
    /// In words for readers that do not see it; `nil` for the title.
    var spokenTitle: String?
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
    private static let (width, height) = (460, 330)
    private static let (left, right, top, bottom) = (72, 16, 66, 58)
    private static let fontSize = 13

    /// The chart with its title, axes and curves.
    var figure: Figure {
        var figure = Figure(width: Self.width, height: Self.height, summary: summary)
        let limits = series.flatMap { series in
            zip(series.points, series.band).flatMap { point, interval in
                [ChartPoint(x: point.x, y: interval.low), ChartPoint(x: point.x, y: interval.high)]
            }
        }
        let points = series.flatMap(\.points) + limits + corners
        let frame = Frame(
            x: Axis(
                covering: [0] + points.map(\.x), from: Double(Self.left), to: Double(Self.width - Self.right)),
            y: Axis(
                covering: points.map(\.y), from: Double(Self.height - Self.bottom), to: Double(Self.top),
                limit: unit == .percent ? 1 : nil))
        writeHeading(on: &figure)
        writeTicks(on: &figure, frame)
        for series in series {
            let places = series.points.map(frame.place)
            figure.add(.line(places, width: 2.2, series.paint))
            for limit in [\Interval.low, \.high] where !series.band.isEmpty {
                let edge = zip(series.points, series.band).map {
                    frame.place(of: ChartPoint(x: $0.x, y: $1[keyPath: limit]))
                }
                figure.add(.line(edge, width: 0.7, series.paint))
            }
            for dot in series.dots { figure.add(.dot(frame.place(of: dot), radius: 5, series.paint)) }
            guard series.marksPoints || places.count == 1 else { continue }
            for place in places { figure.add(.dot(place, radius: 3, series.paint)) }
        }
        return figure
    }

    /// From where to where each curve goes.
    private var summary: String {
        let curves = series.compactMap { series -> String? in
            guard let first = series.points.first, let last = series.points.last else { return nil }
            let name = series.name.isEmpty ? "" : series.name + " "
            return "\(name)from \(label(first.y, decimals: 2)) to \(label(last.y, decimals: 2))"
        }
        return "\(spokenTitle ?? title), over \(xTitle): \(curves.joined(separator: ", "))"
    }

    private struct Frame {
        var x: Axis
        var y: Axis

        func place(of point: ChartPoint) -> Figure.Point {
            Figure.Point(x: x.position(of: point.x), y: y.position(of: point.y))
        }
    }

    /// The title, and below it what each colour stands for with its last value.
    private func writeHeading(on figure: inout Figure) {
        figure.write(title, x: Self.left, y: 20, size: 16, .ink)
        var place = Self.left
        for series in hasLegend ? series : [] {
            let value = series.points.last.map { label($0.y, decimals: 2) } ?? ""
            let text = (series.name + " " + value).trimmingCharacters(in: .whitespaces)
            figure.fill(x0: place, y0: 43, x1: place + 18, y1: 46, series.paint)
            figure.write(text, x: place + 24, y: 44, size: Self.fontSize, .ink)
            place += 24 + textWidth(text, size: Self.fontSize) + 16
        }
    }

    private func writeTicks(on figure: inout Figure, _ frame: Frame) {
        let (left, right) = (Int(frame.x.start), Int(frame.x.end))
        for tick in frame.y.ticks {
            let y = Int(frame.y.position(of: tick).rounded())
            let decimals = unit == .percent ? max(0, frame.y.decimals - 2) : frame.y.decimals
            figure.fill(x0: left, y0: y, x1: right, y1: y + 1, .rule)
            figure.write(
                label(tick, decimals: decimals), x: left - 8, y: y, size: Self.fontSize, anchor: .end, .soft)
        }
        let bottom = Int(frame.y.start)
        figure.fill(x0: left, y0: bottom, x1: right, y1: bottom + 1, .soft)
        for tick in frame.x.ticks {
            let x = Int(frame.x.position(of: tick).rounded())
            figure.fill(x0: x, y0: bottom, x1: x + 1, y1: bottom + 6, .soft)
            figure.write(
                String(format: "%.\(frame.x.decimals)f", tick), x: x, y: bottom + 18, size: Self.fontSize,
                anchor: .middle, .soft)
        }
        figure.write(
            xTitle, x: (left + right) / 2, y: bottom + 42, size: Self.fontSize, anchor: .middle, .ink)
        figure.write(
            yTitle, x: 14, y: (Int(frame.y.end) + bottom) / 2, size: Self.fontSize, anchor: .middle,
            direction: .upwards, .ink)
    }

    private func label(_ value: Double, decimals: Int) -> String {
        switch unit {
        case .number where abs(value) >= 1e7: String(format: "%.3g", value)
        case .number: String(format: "%.\(decimals)f", value)
        case .percent: String(format: "%.\(decimals)f %%", value * 100)
        }
    }
}
