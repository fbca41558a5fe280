import Bytes
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", JSON.null), (" true ", .bool(true)), ("false\n", .bool(false)),
        ("-0.5e+10", .number("-0.5e+10")),
        ("0", .number("0")), ("\"\"", .string("")),
        (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
        (#""\u00e9\ud83d\ude97""#, .string("é🚗")), ("[]", .array([])), ("{ }", .object([:])),
        (#"[1, {"a": [2]}]"#, .array([.number("1"), .object(["a": .array([.number("2")])])])),
    ])
    func reads(text: String, value: JSON) throws {
        #expect(try JSON(parsing: Array(text.utf8)) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "truex", "01", "-", "1.", ".5", "1e", "+1", "NaN", "\"", "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ude97\"", "\"\\ud83d\\u0041\"", "\"\n\"", "[", "[1", "[1,]",
        "[,1]",
        "[1 2]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "1 2", "{}{}",
        "// x",
        #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, String(repeating: "[", count: 100_000),
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test func refusesStringsThatAreNotUTF8() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }
}
