import Files

/// Rows of texts below headings, for a terminal or a page.
struct TextTable {
    var heads: [String]
    var rows: [[String]]
    /// Columns whose texts begin below each other on a terminal; those of the others end below each other.
    var leftCount = 1

    var text: TerminalText { columns([heads] + rows, leftCount: leftCount).joined(separator: "\n") }

    var markup: Markup { htmlTable(columns: heads, rows: rows) }
}
