import Files
import Foundation
import TestSupport
import Testing

@Suite struct TerminalTextTests {
    @Test(arguments: HostileName.all) func aNameNeitherEndsALineNorCommandsTheTerminal(hostile: HostileName) {
        let name = hostile.text
        let text: TerminalText = "a \(name)\nb"
        let inner = text.description.unicodeScalars.dropFirst(2).dropLast(2)
        for scalar in inner {
            let category = scalar.properties.generalCategory
            #expect(![.control, .format, .lineSeparator, .paragraphSeparator].contains(category))
        }
    }

    @Test(arguments: [
        ("\u{1B}[2J\u{9B}\u{7F}\n\t\r", #"\u{1B}[2J\u{9B}\u{7F}\u{A}\u{9}\u{D}"#),
        ("a\u{202E}b\u{2066}\u{61C}\u{200F}", #"a\u{202E}b\u{2066}\u{61C}\u{200F}"#),
        (
            "a\u{200B}\u{FEFF}\u{AD}\u{2028}\u{E0041}\u{3164}",
            #"a\u{200B}\u{FEFF}\u{AD}\u{2028}\u{E0041}\u{3164}"#
        ),
    ]) func whatIsNotSeenStandsAsItsNumber(name: String, shown: String) {
        let text: TerminalText = "\(name)"
        #expect(text.description == shown)
    }

    @Test(arguments: ["日本語", "é", "e\u{301}", "ไทย", "العربية", "🚗", "❤️", "a b", #"C:\a"#, "ﬁ – “x”"])
    func whatIsSeenStays(name: String) {
        let text: TerminalText = "\(name)"
        #expect(text.description.unicodeScalars.elementsEqual(name.unicodeScalars))
    }

    @Test func errorsAreNames() {
        struct Failure: Error, CustomStringConvertible { var description = "a\nb" }
        let error: any Error = Failure()
        let texts: [TerminalText] = ["\(error)", "\(Failure())"]
        #expect(texts.map(\.description) == [#"a\u{A}b"#, #"a\u{A}b"#])
    }

    @Test(arguments: [
        ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｶﾅ", 2), ("한국", 4), ("🚗", 2), ("\u{1B}", 6),
        ("", 0),
    ]) func takesAsManyColumnsAsATerminalShows(name: String, width: Int) {
        let text: TerminalText = "\(name)"
        #expect(text.width == width)
        #expect(text.prefix(columns: width) == text)
        #expect(text.prefix(columns: width - 1).width <= max(0, width - 1))
    }

    @Test func linesAreNamesWithLineEndsBetween() {
        #expect(TerminalText(lines: ["a\nb", "c"]).description == "a\\u{A}b\nc")
    }

    @Test func whatIsLongerThanAnyPathIsCutOff() {
        let text: TerminalText = "\(String(repeating: "a", count: 100_000)), and so on"
        #expect(text.description == String(repeating: "a", count: 4096) + "…, and so on")
    }
}
