/// A text as a cell of CSV, as RFC 4180 has it.
///
/// A spreadsheet takes a cell that begins with one of `=+-@`, a tab or a line end for a formula. Such a text gets a `'` before
/// it, which makes it text there.
package func csvField(_ text: String) -> String {
    let isFormula = text.unicodeScalars.first.map(formulaBeginnings.contains) ?? false
    guard isFormula || !quotedCharacters.isDisjoint(with: text.unicodeScalars) else { return text }
    var field = isFormula ? "\"'" : "\""
    for scalar in text.unicodeScalars {
        if scalar == "\"" { field += "\"" }
        field.unicodeScalars.append(scalar)
    }
    return field + "\""
}

/// The text that `csvField` made such a quoted cell of.
///
/// - Parameter field: without its quotes, and with single ones for the doubled ones in it.
package func csvText(ofQuoted field: String) -> String {
    let scalars = field.unicodeScalars
    guard scalars.first == "'", let second = scalars.dropFirst().first, formulaBeginnings.contains(second)
    else { return field }
    return String(scalars.dropFirst())
}

private let quotedCharacters: Set<Unicode.Scalar> = [",", "\"", "\r", "\n"]

/// The wide forms count too, where a spreadsheet speaks Chinese or Japanese (OWASP, "CSV Injection").
private let formulaBeginnings: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
]
