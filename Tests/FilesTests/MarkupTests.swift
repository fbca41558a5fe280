import Files
import Foundation
import TestSupport
import Testing

@Suite struct MarkupTests {
    @Test(arguments: HostileName.all) func whatIsInterpolatedIsText(hostile: HostileName) {
        let name = hostile.text
        let markup: Markup = "<p title=\"\(name)\" lang='\(name)'>\(name)</p>"
        let inner = markup.text.dropFirst("<p title=\"".count).dropLast("</p>".count)
        #expect(inner.utf8.count { $0 == UInt8(ascii: "<") } == 0)
        #expect(inner.utf8.count { $0 == UInt8(ascii: "\"") } == 1)
        #expect(inner.utf8.count { $0 == UInt8(ascii: "'") } == 2)
        #expect(XMLCheck(markup.text).objections.isEmpty)
    }

    @Test func textsReadAsTheyWere() {
        let markup: Markup = "\("日本語 & é <b> \"'\n")"
        #expect(markup.text == "日本語 &amp; é &lt;b&gt; &quot;&#39;\n")
    }

    @Test func whatXMLCannotSayIsReplaced() {
        let markup: Markup = "\("\0\u{1B}\u{FFFE}\u{FFFF}\t\r\u{10FFFF}")"
        #expect(markup.text == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\t\r\u{10FFFF}")
    }

    @Test func whatIsNotSeenIsShown() {
        let markup: Markup = "\("a\u{202E}b\u{85}c\u{7F}")"
        #expect(markup.text == #"a\u{202E}b\u{85}c\u{7F}"#)
    }

    /// Else the number would be shown before the name, and the names in another order.
    @Test(arguments: [
        ("خلفية #12", "\u{2068}خلفية\u{2069} #12"), ("taken for خلفية", "taken for \u{2068}خلفية\u{2069}"),
        ("سيارة كبيرة: 3", "\u{2068}سيارة كبيرة\u{2069}: 3"),
        ("שלום 2 עולם, car 1", "\u{2068}שלום 2 עולם\u{2069}, car 1"),
        ("a خ b ש c", "a \u{2068}خ\u{2069} b \u{2068}ש\u{2069} c"), ("小船 #12", "小船 #12"),
    ]) func namesFromRightToLeftTurnNothingAroundThem(text: String, isolated: String) {
        let markup: Markup = "<p>\(text)</p>"
        #expect(markup.text == "<p>\(isolated)</p>")
        let copied: Markup = "<pre>\(copied: text)</pre>"
        #expect(copied.text == "<pre>\(text)</pre>")
    }

    @Test func markupStaysMarkup() {
        let items = ["a<b", "c"].map { "<li>\($0)</li>" as Markup }
        let list: Markup = "<ul>\(items.joined(separator: "\n"))</ul>\(3)"
        #expect(list.text == "<ul><li>a&lt;b</li>\n<li>c</li></ul>3")
    }

    @Test(arguments: HostileName.all) func dataOfAScriptElementCannotEndIt(hostile: HostileName) throws {
        let name = hostile.text
        let element: Markup = "<script>\(script: try JSONText([name: name]))</script>"
        let data = element.text.dropFirst("<script>".count).dropLast("</script>".count)
        #expect(!data.unicodeScalars.contains { $0 == "<" || $0 == ">" || $0 == "&" })
        #expect(!data.unicodeScalars.contains { $0 == "\u{2028}" || $0 == "\u{2029}" })
        #expect(try JSONDecoder().decode([String: String].self, from: Data(data.utf8)) == [name: name])
    }
}
