import Bytes
import Files
import Labelling
import Labels
import Pixels
import Records
import TestSupport
import Testing

/// Tiles of a pack as they are labelled, and tables about them.
@Suite struct LabelledPackTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A pack of tiles of one colour each.
    private func pack(_ name: String, _ tiles: [(colour: UInt8, label: Int)]) throws -> LabelledPack {
        let writer = try TilePackWriter(
            .replacing(folder.file(name)), tileWidth: 4, tileHeight: 4, classNames: ["cat", "dog"])
        for tile in tiles {
            try writer.append([UInt8](repeating: tile.colour, count: 48).span, label: tile.label)
        }
        try writer.commit()
        return try LabelledPack(opening: folder.file(name), cancellation: Cancellation())
    }

    private func event(_ id: String, _ place: LabelPlace, _ label: Label) -> LabelEvent {
        LabelEvent(id: id, who: "ann", source: LabelledPack.source, action: .set(place, to: label))
    }

    @Test func aPackThatIsMadeAgainKeepsItsLabels() throws {
        let first = try pack("a.tiles", [(1, 0), (2, 1), (3, 0), (2, 1)])
        let store = try LabelStore(opening: folder.file("labels.sqlite"))
        try store.append([
            event("1", first.place(of: 0), .class("cat")), event("2", first.place(of: 1), .class("dog")),
            event("3", first.place(of: 2), .unsure),
        ])
        // Tiles that are the same have one label, and count once.
        #expect(try first.labels(in: store) == [.class("cat"), .class("dog"), .unsure, .class("dog")])
        #expect(first.count(try first.labels(in: store)) == 3)
        #expect((0..<4).map(first.isCopy) == [false, false, false, true])
        // In another order, and with another tile.
        let again = try pack("b.tiles", [(9, 1), (3, 1), (2, 0), (1, 1)])
        let labels = try again.labels(in: store)
        #expect(labels == [nil, .unsure, .class("dog"), .class("cat")])
        #expect(again.answers[again.place(of: 2)] == "cat")

        try again.write(labels, classes: ["dog", "cat"], to: .replacing(folder.file("c.tiles")))
        let written = try TilePack(opening: folder.file("c.tiles"))
        #expect(written.classNames == ["dog", "cat"] && written.count == 2)
        #expect((0..<2).map(written.label) == [0, 1])
        #expect(try (0..<2).map { try written.tile($0).pixelsHWC[0] } == [2, 1])
    }

    private func rows(_ text: String, _ name: String) throws -> [SampleRow] {
        try SampleRow.read(try folder.write(Array(text.utf8), to: name), sampleCount: 9)
    }

    @Test(arguments: [
        ("number,sample,class,value\n1,3,cat,0.5\n2,8,,\n3,0, dog ,\n", "a.csv"),
        // As spreadsheets write it.
        ("\u{FEFF}number;class;sample\r\n1;cat;3\r\n2;;8\r\n3;\"dog\";0\r\n", "b.csv"),
        (
            "{\"sample\":3,\"class\":\"cat\"}\r\n{\"class\":null,\"sample\":8}\r\n\r\n{\"sample\":0,\"class\":\"dog\"}",
            "c.jsonl"
        ),
    ]) func readsTables(text: String, name: String) throws {
        let expected = [
            SampleRow(sample: 3, className: "cat"), SampleRow(sample: 8, className: nil),
            SampleRow(sample: 0, className: "dog"),
        ]
        #expect(try rows(text, name) == expected)
        #expect(try rows(SampleRow.text(of: expected), "again.csv") == expected)
        // Names that a spreadsheet would take for formulas.
        let signed = [
            SampleRow(sample: 1, className: "-1", digest: "ab"), SampleRow(sample: 2, className: "+1"),
        ]
        #expect(try rows(SampleRow.text(of: signed), "signed.csv") == signed)
    }

    @Test(arguments: [
        ("sample,class\n9,cat\n", "a.csv", "line 2: the pack has no sample 9"),
        ("sample,class\n1,cat\n-1,cat\n", "b.csv", "line 3: the pack has no sample -1"),
        ("scene,class\n1,cat\n", "c.csv", "line 1: the first row"),
        ("", "d.csv", "line 1: the first row"),
        ("sample,class\nfour,cat\n", "e.csv", "line 2"),
        ("sample,class\n1\n", "f.csv", "line 2"),
        ("sample,class\n1,\"cat\n", "g.csv", "line 2"),
        ("{\"sample\":1}\n{\"class\":\"cat\"}\n", "h.jsonl", "line 2"),
        ("{\"sample\":1,\"class\":7}\n", "i.jsonl", "line 1"),
    ]) func saysWhichLineIsWrong(text: String, name: String, words: String) throws {
        let error = #expect(throws: LabellingError.self) { try rows(text, name) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
