public import Testing

/// A name of a class or a file that tries to become markup, a formula, a command of the terminal or another name.
public struct HostileName: Sendable, CustomTestStringConvertible {
    public let text: String

    /// Harmless, as whoever runs the tests has a terminal too.
    public var testDescription: String {
        text.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
    }

    /// Each is different from all others, and none is empty.
    public static let all = texts.map { HostileName(text: $0) }

    /// Those that a file can have.
    public static let ofFiles = all.filter { name in
        !name.text.utf8.contains(0) && !name.text.utf8.contains(UInt8(ascii: "/"))
            && name.text.utf8.count < 200
    }

    private static let texts = [
        "plain", "日本語", "éclair & co",
        // U+0600 and the character after it are one `Character`; so are a letter and its marks.
        "\u{600}<script>attacked = 1</script>", "a\u{301}</script><script>attacked = 1</script>",
        "\"\u{301}><img src=x onerror=\"attacked = 1\">", "'\u{338} onload='attacked = 1",
        "&lt;b&gt;&\u{301}amp;",
        "<!-- ", "]]>", "</title></style><svg/onload=attacked=1>", "<\u{338}/pre>",
        "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\u{FF1D}1+1", "a,\u{301}b", "\"quoted\"\u{301}", "a;b",
        "\u{1B}[2J\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{7F}\u{8}\u{8}", "\u{0}null",
        "line\nerror: none", "line\r\nnext", "\rover", "line\u{2028}next\u{2029}", "\u{85}next",
        "right\u{202E}tfel\u{2066}", "zero\u{200B}width\u{FEFF}", "tag\u{E0041}",
        "'\u{301}; touch attacked; '", "$(touch attacked)", "\u{FFFE}\u{FFFF}",
        String(repeating: "long<", count: 2000),
    ]
}
