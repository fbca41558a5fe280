import Evaluation

/// One self-contained HTML page.
struct ReportPage {
    var title: String
    /// HTML.
    var lead = ""
    private var sections: [String] = []

    init(title: String) { self.title = title }

    /// - Parameter content: HTML.
    mutating func add(_ heading: String, _ content: String) {
        sections.append("<section>\n<h2>\(escaped(heading))</h2>\n\(content)\n</section>")
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title))</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <main>
        <header>
        <h1>\(escaped(title))</h1>
        <p class="lead">\(lead)</p>
        </header>
        \(sections.joined(separator: "\n"))
        <footer>Made by tilescope; nothing on this page is loaded from elsewhere.</footer>
        </main>
        </body>
        </html>

        """
    }

    private static let style = """
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
        .keys i { width: 12px; height: 12px; border-radius: 3px; border: 1px solid #0004; }
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
        .bar { display: flex; height: 14px; border-radius: 7px; overflow: hidden; background: var(--line); }
        .part0 { background: var(--part0); } .part1 { background: var(--part1); } .part2 { background: var(--part2); }
        .part3 { background: var(--part3); }
        footer { margin-top: 64px; color: var(--soft); font-size: 13px; }
        """
}

/// A table of texts; the first column is to the left, and a line stands where its text changes.
func htmlTable(columns: [String], rows: [[String]]) -> String {
    let head = columns.map { "<th>\(escaped($0))</th>" }.joined()
    var previous = rows.first?.first
    let body = rows.map { row in
        let begins = row.first != previous
        previous = row.first
        let cells = row.map { "<td>\(escaped($0))</td>" }.joined()
        return "<tr\(begins && columns.count > 3 ? #" class="first""# : "")>\(cells)</tr>"
    }
    return """
        <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
        \(body.joined(separator: "\n"))
        </tbody></table></div>
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
