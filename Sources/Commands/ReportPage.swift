import Bytes
import Figures
import Files
import Foundation
import Pixels

/// One self-contained HTML page.
///
/// Its policy lets a browser load and run nothing but the style sheet and the script that are written here.
struct ReportPage {
    var title: String
    var lead: Markup = ""
    /// Rules of this page, beside those of all pages.
    var style: Markup = ""
    /// Runs at the end of the page.
    var script: Markup?
    private var sections: [Markup] = []

    init(title: String) { self.title = title }

    mutating func add(_ heading: String, _ content: Markup) {
        sections.append("<section>\n<h2>\(heading)</h2>\n\(content)\n</section>")
    }

    var html: String {
        let style: Markup = "\(Self.commonStyle)\n\(style)"
        let scriptPolicy = script.map { "script-src \(Self.source(of: $0)); " as Markup } ?? ""
        let scriptElement = script.map { "<script>\($0)</script>\n" as Markup } ?? ""
        let page: Markup = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
            style-src \(Self.source(of: style)); \(scriptPolicy)\
            base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            <header>
            <h1>\(title)</h1>
            <p class="lead">\(lead)</p>
            </header>
            \(sections.joined(separator: "\n"))
            <footer>Made by tilescope; nothing on this page is loaded from elsewhere.</footer>
            </main>
            \(scriptElement)</body>
            </html>

            """
        return page.text
    }

    /// How a content security policy names a style sheet or a script: by its SHA-256.
    private static func source(of element: Markup) -> Markup {
        var hash = SHA256()
        hash.update(Array(element.text.utf8).span.bytes)
        return "'sha256-\(Data(hash.finalize()).base64EncodedString())'"
    }

    /// The colours of curves in a theme.
    private static func seriesColours(_ theme: KeyPath<(light: RGB, dark: RGB), RGB>) -> Markup {
        Paint.seriesColours.enumerated().map { index, colours in
            "--series\(index): \(colours[keyPath: theme].css);"
        }.joined(separator: " ")
    }

    private static let commonStyle: Markup = """
        :root {
          color-scheme: light dark;
          --ground: #fbfaf8; --ink: #22252a; --soft: #62676f; --line: #dcd8d1; --panel: #f2f0ec; --shade: #0003;
          \(seriesColours(\.light))
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #17191c; --ink: #e4e3e0; --soft: #a3a7af; --line: #383c42; --panel: #1f2226; --shade: #000c;
            \(seriesColours(\.dark))
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
        }
        main { max-width: 960px; margin: 0 auto; padding: clamp(24px, 6vw, 56px) clamp(16px, 4vw, 24px) 40px; }
        h1 { font-size: clamp(26px, 6vw, 34px); line-height: 1.2; overflow-wrap: anywhere; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 12px; }
        h2 { font-size: 20px; font-weight: 600; margin: 0 0 14px; }
        .lead { font-size: 18px; color: var(--soft); max-width: 44em; margin: 0; }
        .lead strong { color: var(--ink); font-weight: 600; }
        section { margin-top: 48px; }
        figure { margin: 0; }
        figure + figure { margin-top: 20px; }
        figcaption, .note { color: var(--soft); font-size: 14px; margin: 8px 0 0; }
        img, svg { display: block; max-width: 100%; height: auto; border-radius: 6px; }
        figure > img.page { margin: 0 auto; }
        .pixels { image-rendering: pixelated; width: 100%; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px; }
        .charts figure + figure { margin: 0; }
        .charts svg { width: 100%; max-width: 560px; margin: 0 auto; }
        .cases { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 16px 12px; }
        .cases figure + figure { margin: 0; }
        .cases img { width: 100%; max-width: 112px; aspect-ratio: 1; object-fit: contain; border-radius: 4px; }
        .cases figcaption { color: var(--ink); font-size: 13px; line-height: 1.35; margin: 4px 0 0; overflow-wrap: anywhere; }
        h3 { font-size: 16px; font-weight: 600; margin: 28px 0 12px; }
        p { max-width: 44em; }
        .keys { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 10px 0 0; padding: 0; list-style: none; }
        .keys li { display: flex; align-items: center; gap: 8px; font-size: 14px; }
        .keys svg { width: 14px; height: 14px; border-radius: 3px; border: 1px solid var(--soft); flex: none; }
        .keys svg.mark { width: 20px; height: 20px; border: 0; border-radius: 0; flex: none; }
        .tiles { display: grid; grid-template-columns: minmax(0, max-content) minmax(0, 1fr); gap: 8px 16px; align-items: center; margin-top: 20px; }
        .tiles img { min-width: 560px; border-radius: 0; }
        @media (max-width: 600px) { .tiles { grid-template-columns: minmax(0, 1fr); gap: 4px; } }
        .tiles span { font-size: 14px; color: var(--soft); }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 15px; }
        th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); }
        th { font-weight: 600; font-size: 13px; color: var(--soft); }
        th:first-child, td:first-child { text-align: left; padding-left: 0; }
        th:last-child, td:last-child { padding-right: 0; }
        tr.first td { border-top: 1px solid var(--soft); }
        /* Shades at the sides say that there is more; they are covered where the table ends. */
        .scroll {
          overflow-x: auto;
          background:
            linear-gradient(to right, var(--ground) 60%, transparent) left / 36px 100% no-repeat local,
            linear-gradient(to left, var(--ground) 60%, transparent) right / 36px 100% no-repeat local,
            radial-gradient(farthest-side at 0 50%, var(--shade), transparent) left / 14px 100% no-repeat scroll,
            radial-gradient(farthest-side at 100% 50%, var(--shade), transparent) right / 14px 100% no-repeat scroll;
        }
        .scroll td, .scroll th { white-space: nowrap; }
        .scroll td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 6.5em; }
        .scroll td.long { min-width: 16em; }
        pre {
          background: var(--panel); border: 1px solid var(--line); border-radius: 6px; margin: 0;
          padding: 14px 16px; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, "DejaVu Sans Mono", monospace;
        }
        details { margin-top: 8px; }
        summary { cursor: pointer; color: var(--soft); margin-bottom: 8px; }
        .bar { width: 100%; height: 14px; border-radius: 7px; background: var(--line); }
        footer { margin-top: 64px; color: var(--soft); font-size: 13px; }
        """
}

/// A table of texts; the first column is to the left. Where several rows have the same first text, a line stands between groups.
func htmlTable(columns: [String], rows: [[String]]) -> Markup {
    let hasGroups = Set(rows.map(\.first)).count < rows.count
    let head = columns.map { "<th>\($0)</th>" as Markup }.joined()
    var previous = rows.first?.first
    let body = rows.map { row -> Markup in
        let begins = row.first != previous
        previous = row.first
        let cells = row.enumerated().map { $0 == 0 ? nameCell($1) : "<td>\($1)</td>" }.joined()
        return begins && hasGroups ? "<tr class=\"first\">\(cells)</tr>" : "<tr>\(cells)</tr>"
    }
    return """
        <div class="scroll" tabindex="0"><table><thead><tr>\(head)</tr></thead><tbody>
        \(body.joined(separator: "\n"))
        </tbody></table></div>
        """
}

/// The first cell of a row: a name, which is whole. A long one gets room for several words beside each other.
func nameCell(_ name: String) -> Markup {
    name.count > longNameLength ? "<td class=\"long\">\(name)</td>" : "<td>\(name)</td>"
}

/// Names of more characters get a wider column.
let longNameLength = 40

/// The nearest whole number, with commas between thousands; `"-"` for one that is no number, or absurd.
func grouped(_ value: Double) -> String { Int(rounding: value).map { grouped($0) } ?? "-" }

/// A bar of parts that add up to a whole, and what each is.
///
/// - Parameter parts: at most four; their sizes are not negative, and `text` says them for people.
func bar(of parts: [(name: String, size: Double, text: String)]) -> Markup {
    let total = max(parts.reduce(0) { $0 + $1.size }, .leastNormalMagnitude)
    var rects: [Markup] = []
    var keys: [Markup] = []
    let summary = parts.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    var start = 0.0
    for (index, part) in parts.enumerated() {
        let width = 100 * part.size / total
        rects.append(
            """
            <rect fill="var(--series\(index))" x="\(start.fixed(2))" width="\(width.fixed(2))" height="1"/>
            """)
        keys.append(
            """
            <li>\(swatch(.series(index)))\(part.name) \(part.text)</li>
            """)
        start += width
    }
    return """
        <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="\(summary)">\(rects.joined())</svg>
        <ul class="keys">\(keys.joined())</ul>
        """
}

/// With commas between thousands.
func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
}
