import Bytes
import Evaluation
import Files
import Foundation

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

    private static let commonStyle: Markup = """
        :root {
          color-scheme: light dark;
          --ground: #fbfaf8; --ink: #22252a; --soft: #6b7078; --line: #e2dfd9; --panel: #f2f0ec;
          --part0: #0072b2; --part1: #d55e00; --part2: #009e73; --part3: #cc79a7;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #17191c; --ink: #e4e3e0; --soft: #9a9ea6; --line: #303439; --panel: #1f2226;
            --part0: #56b4e9; --part1: #e69f00; --part2: #34c398; --part3: #d9a3c3;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
        }
        main { max-width: 960px; margin: 0 auto; padding: 56px 24px 40px; }
        h1 { font-size: 34px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 12px; }
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
        .paper { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 8px 16px; }
        .keys { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 10px 0 0; padding: 0; list-style: none; }
        .keys li { display: flex; align-items: center; gap: 8px; font-size: 14px; }
        .keys svg { width: 12px; height: 12px; border-radius: 3px; border: 1px solid #0004; }
        .keys svg.mark { width: 20px; height: 20px; border: 0; border-radius: 0; flex: none; }
        .tiles { display: grid; grid-template-columns: auto 1fr; gap: 8px 16px; align-items: center; margin-top: 20px; }
        .tiles span { font-size: 14px; color: var(--soft); }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 15px; }
        th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); }
        th { font-weight: 600; font-size: 13px; color: var(--soft); }
        th:first-child, td:first-child { text-align: left; padding-left: 0; }
        th:last-child, td:last-child { padding-right: 0; }
        tr.first td { border-top: 1px solid var(--soft); }
        .scroll { overflow-x: auto; }
        pre {
          background: var(--panel); border: 1px solid var(--line); border-radius: 6px; margin: 0;
          padding: 14px 16px; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, "DejaVu Sans Mono", monospace;
        }
        details { margin-top: 8px; }
        summary { cursor: pointer; color: var(--soft); margin-bottom: 8px; }
        .bar { width: 100%; height: 14px; border-radius: 7px; background: var(--line); }
        .part0 { fill: var(--part0); } .part1 { fill: var(--part1); } .part2 { fill: var(--part2); } .part3 { fill: var(--part3); }
        footer { margin-top: 64px; color: var(--soft); font-size: 13px; }
        """
}

/// A table of texts; the first column is to the left, and a line stands where its text changes.
func htmlTable(columns: [String], rows: [[String]]) -> Markup {
    let head = columns.map { "<th>\($0)</th>" as Markup }.joined()
    var previous = rows.first?.first
    let body = rows.map { row -> Markup in
        let begins = row.first != previous
        previous = row.first
        let cells = row.map { "<td>\($0)</td>" as Markup }.joined()
        return begins && columns.count > 3 ? "<tr class=\"first\">\(cells)</tr>" : "<tr>\(cells)</tr>"
    }
    return """
        <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
        \(body.joined(separator: "\n"))
        </tbody></table></div>
        """
}

/// The nearest whole number, with commas between thousands; `"-"` for one that is no number, or absurd.
func grouped(_ value: Double) -> String { Int(rounding: value).map { grouped($0) } ?? "-" }

/// A bar of parts that add up to a whole, and what each is.
///
/// - Parameter parts: at most four; their sizes are not negative, and `text` says them for people.
func bar(of parts: [(name: String, size: Double, text: String)]) -> Markup {
    let total = max(parts.reduce(0) { $0 + $1.size }, .leastNormalMagnitude)
    var rects: [Markup] = []
    var keys: [Markup] = []
    var start = 0.0
    for (index, part) in parts.enumerated() {
        let width = 100 * part.size / total
        rects.append(
            """
            <rect class="part\(index)" x="\(start.fixed(2))" width="\(width.fixed(2))" height="1"/>
            """)
        keys.append(
            """
            <li><svg viewBox="0 0 1 1"><rect class="part\(index)" width="1" height="1"/></svg>\(part.name) \(part.text)</li>
            """)
        start += width
    }
    return """
        <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none">\(rects.joined())</svg>
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
