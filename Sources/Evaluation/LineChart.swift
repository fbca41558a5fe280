import Foundation

/// A point in the chart's own units.
package struct ChartPoint: Hashable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
}

/// Curves over epochs, with axes, ticks and a legend.
struct LineChart {
    struct Series {
        var name: String
        /// As in CSS.
        var colour: String
        /// From left to right; at least one.
        var points: [ChartPoint]
        /// Whether each point gets a dot.
        var marksPoints = false
    }

    enum Unit { case number, percent }

    var title: String
    var unit: Unit
    var series: [Series]
    /// Whether the chart says what each colour stands for.
    var hasLegend = true

    /// The chart as an SVG group whose top left corner is at `x`, `y`.
    func svg(x: Double, y: Double, width: Double, height: Double) -> String {
        let points = series.flatMap(\.points)
        let frame = Frame(
            x: Axis(covering: [0] + points.map(\.x), from: 52, to: width - 22),
            y: Axis(covering: points.map(\.y), from: height - 46, to: 52))
        let parts =
            [#"<g transform="translate(\#(format(x)),\#(format(y)))">"#]
            + [heading] + yTicks(frame) + xTicks(frame) + series.map { curve($0, in: frame) } + ["</g>"]
        return parts.joined(separator: "\n")
    }

    private struct Frame {
        var x: Axis
        var y: Axis
    }

    /// The title, and what each colour stands for with its last value.
    private var heading: String {
        var parts = [#"<text x="52" y="26" font-size="14" font-weight="600">\#(title)</text>"#]
        var x = 120.0
        for series in hasLegend ? series : [] {
            let text = series.name + " " + (series.points.last.map { label($0.y, decimals: 2) } ?? "")
            parts += [
                #"<path d="M\#(format(x)) 22h18" stroke="\#(series.colour)" stroke-width="2"/>"#,
                #"<text x="\#(format(x + 24))" y="26">\#(text)</text>"#,
            ]
            x += 44 + 7 * Double(text.count)
        }
        return parts.joined(separator: "\n")
    }

    private func yTicks(_ frame: Frame) -> [String] {
        frame.y.ticks.map { tick in
            let y = format(frame.y.position(of: tick))
            let width = format(frame.x.end - frame.x.start)
            let text = label(
                tick, decimals: unit == .percent ? max(0, frame.y.decimals - 2) : frame.y.decimals)
            return #"<path d="M\#(format(frame.x.start)) \#(y)h\#(width)" stroke="gainsboro"/>"#
                + #"<text x="44" y="\#(y)" dy="0.35em" text-anchor="end">\#(text)</text>"#
        }
    }

    private func xTicks(_ frame: Frame) -> [String] {
        let bottom = format(frame.y.start)
        let axis = "M\(format(frame.x.start)) \(bottom)H\(format(frame.x.end))"
        let ticks = frame.x.ticks.map { tick in
            let x = format(frame.x.position(of: tick))
            let text = String(format: "%.\(frame.x.decimals)f", tick)
            return #"<path d="M\#(x) \#(bottom)v4" stroke="gray"/>"#
                + #"<text x="\#(x)" y="\#(format(frame.y.start + 18))" text-anchor="middle">\#(text)</text>"#
        }
        let middle = format((frame.x.start + frame.x.end) / 2)
        let name =
            #"<text x="\#(middle)" y="\#(format(frame.y.start + 36))" text-anchor="middle">epoch</text>"#
        return [#"<path d="\#(axis)" stroke="gray"/>"#] + ticks + [name]
    }

    private func curve(_ series: Series, in frame: Frame) -> String {
        let places = series.points.map {
            (x: format(frame.x.position(of: $0.x)), y: format(frame.y.position(of: $0.y)))
        }
        let line = places.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        var parts = [
            #"<polyline points="\#(line)" fill="none" stroke="\#(series.colour)" stroke-width="1.5" "#
                + #"stroke-linejoin="round"/>"#
        ]
        if series.marksPoints || places.count == 1 {
            parts += places.map {
                #"<circle cx="\#($0.x)" cy="\#($0.y)" r="2.2" fill="\#(series.colour)"/>"#
            }
        }
        return parts.joined(separator: "\n")
    }

    private func label(_ value: Double, decimals: Int) -> String {
        switch unit {
        case .number: String(format: "%.\(decimals)f", value)
        case .percent: String(format: "%.\(decimals)f %%", value * 100)
        }
    }
}

/// Pixels of an SVG need no more than a tenth.
private func format(_ value: Double) -> String { String(format: "%.1f", value) }
