package import Files
import Foundation
package import Pixels

/// The colour of a part of a figure: one that never changes, or one that follows the theme of a page.
package enum Paint: Hashable, Sendable {
    /// Behind everything.
    case ground
    case ink
    /// What is less important than ink.
    case soft
    /// Rules and grids.
    case rule
    /// One of several curves. After the last colour they begin again.
    case series(Int)
    case fixed(RGB)

    /// Where a figure is shown.
    package enum Theme: Sendable {
        /// In a file of its own, on white.
        case paper
        /// In a page, whose style sheet says what each colour is: light or dark, as the reader wants it.
        case page
    }

    /// The colours of curves, on white and on a dark ground. People who are colour-blind tell the first two apart.
    ///
    /// - Source: Okabe and Ito 2008; some are brighter on a dark ground.
    package static let seriesColours: [(light: RGB, dark: RGB)] = [
        (RGB(0, 114, 178), RGB(86, 180, 233)), (RGB(213, 94, 0), RGB(255, 145, 70)),
        (RGB(0, 158, 115), RGB(52, 195, 152)), (RGB(204, 121, 167), RGB(226, 160, 200)),
        (RGB(230, 159, 0), RGB(240, 200, 70)), (RGB(86, 180, 233), RGB(150, 165, 255)),
        (RGB(0, 0, 0), RGB(255, 255, 255)),
    ]

    /// As an attribute of SVG: `"#0072b2"`, or in a page `"var(--series0)"`.
    package func css(_ theme: Theme) -> Markup {
        switch (theme, self) {
        case (_, .fixed(let color)): color.css
        case (.paper, .ground): RGB(255, 255, 255).css
        case (.paper, .ink): RGB(30, 30, 30).css
        case (.paper, .soft): RGB(105, 105, 105).css
        case (.paper, .rule): RGB(220, 220, 220).css
        case (.paper, .series(let index)): Self.seriesColours[index % Self.seriesColours.count].light.css
        case (.page, .ground): "var(--ground)"
        case (.page, .ink): "var(--ink)"
        case (.page, .soft): "var(--soft)"
        case (.page, .rule): "var(--line)"
        case (.page, .series(let index)): "var(--series\(index % Self.seriesColours.count))"
        }
    }
}

extension RGB {
    /// As style sheets and SVG write it: `"#060e09"`.
    package var css: Markup { "\(String(format: "#%02x%02x%02x", red, green, blue))" }
}
