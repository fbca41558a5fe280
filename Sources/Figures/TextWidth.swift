import Files

/// About how many pixels a text takes, a little more rather than less.
///
/// An estimate that needs no font, because a reader's browser has other fonts than this machine: the widths of DejaVu Sans, one of
/// the widest common fonts, by kinds of letters.
///
/// - Parameter size: of the font, in pixels.
package func textWidth(_ text: String, size: Int) -> Int {
    let parts = text.unicodeScalars.reduce(0) { $0 + $1.widthInHundredths }
    return (parts * size + 99) / 100
}

extension Unicode.Scalar {
    /// In hundredths of the font's size.
    fileprivate var widthInHundredths: Int {
        switch self {
        case "i", "j", "l", "I", "|", "!", ".", ",", ":", ";", "'", " ", "(", ")", "[", "]", "/", "f", "t",
            "r":
            42
        case "m", "w", "M", "W", "@", "%", "…": 100
        case "A"..."Z", "&", "+", "=", "<", ">", "#", "~": 84
        default: columnCount == 1 ? 66 : 50 * columnCount
        }
    }
}

/// A text with at most so many characters; what is too long ends in "…".
package func shortened(_ text: String, to count: Int) -> String {
    text.count <= count ? text : text.prefix(max(1, count - 1)) + "…"
}
