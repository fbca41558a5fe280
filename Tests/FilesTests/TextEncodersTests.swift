import Files
import Foundation
import TestSupport
import Testing

@Test(arguments: HostileName.all) func aJSONStringReadsAsTheSameText(hostile: HostileName) throws {
    let name = hostile.text
    for json in [jsonString(name), try JSONText(name).text, try JSONText(name, isIndented: true).text] {
        #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)).utf8.elementsEqual(name.utf8))
        // What is longer is cut off on a terminal.
        let beginning = String(json.unicodeScalars.prefix(4096))
        let shown: TerminalText = "\(beginning)"
        #expect(shown.description == beginning, "an invisible character")
    }
}

@Test func jsonHasSortedKeysAndTheLineEndsThatIndentIt() throws {
    #expect(try JSONText(["b": "/\u{202E}", "a": "é"]).text == #"{"a":"é","b":"/\u202e"}"#)
    #expect(try JSONText(["a": "\n"], isIndented: true).text == "{\n  \"a\" : \"\\n\"\n}")
    #expect(jsonString("\u{E0041}\u{0}\"\\") == #""\udb40\udc41\u0000\"\\""#)
}

@Test(arguments: HostileName.all) func aCellOfCSVIsOneTextAndNoFormula(hostile: HostileName) throws {
    let name = hostile.text
    let cells = try #require(CSVRow(csvField(name) + "," + csvField(name)).cells)
    #expect(cells.count == 2)
    for cell in cells {
        let guarded = cell.unicodeScalars.first == "'" && name.unicodeScalars.first != "'"
        let text = guarded ? String(cell.unicodeScalars.dropFirst()) : cell
        #expect(text.utf8.elementsEqual(name.utf8))
        #expect(!["=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}"].contains(cell.unicodeScalars.first))
    }
}

@Test(arguments: [
    ("plain", "plain"), ("a b", "a b"), ("tabby, cat", #""tabby, cat""#), (#"a "b""#, #""a ""b""""#),
    ("a\rb", "\"a\rb\""), ("a,\u{301}", "\"a,\u{301}\""), ("=1+1", #""'=1+1""#), ("x=1", "x=1"),
    ("@\"", #""'@""""#), ("'=1", "'=1"),
]) func quotesWhatHasAMeaningInCSV(text: String, cell: String) {
    #expect(csvField(text).unicodeScalars.elementsEqual(cell.unicodeScalars))
}

@Test(arguments: HostileName.ofFiles) func aShellTakesAWordAsItWas(hostile: HostileName) throws {
    let name = hostile.text
    try withTemporaryFolder { folder in
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.currentDirectoryURL = URL(filePath: folder)
        process.arguments = ["-c", shellLine(["printf", "%s", name, ""])]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitForEnd()
        #expect(process.terminationStatus == 0)
        #expect(output.elementsEqual(name.utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}

@Test func plainWordsOfAShellStandBare() {
    #expect(
        shellLine(["train", "a/b-c_d.rec", "--x=1,2", "a b", "it's", ""])
            == #"train a/b-c_d.rec --x=1,2 'a b' 'it'\''s' ''"#)
}

/// One row of CSV, read byte by byte as RFC 4180 says.
private struct CSVRow {
    /// `nil` for what is no CSV.
    var cells: [String]?

    init(_ text: String) {
        var (cells, cell, isQuoted): ([String], [UInt8], Bool) = ([], [], false)
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch (byte, isQuoted) {
            case (UInt8(ascii: "\""), true) where rest.first == byte: cell.append(rest.removeFirst())
            case (UInt8(ascii: "\""), true): isQuoted = false
            case (UInt8(ascii: "\""), false):
                guard cell.isEmpty else { return }
                isQuoted = true
            case (UInt8(ascii: ","), false):
                cells.append(String(decoding: cell, as: UTF8.self))
                cell = []
            case (UInt8(ascii: "\r"), false), (UInt8(ascii: "\n"), false): return
            default: cell.append(byte)
            }
        }
        guard !isQuoted else { return }
        self.cells = cells + [String(decoding: cell, as: UTF8.self)]
    }
}
