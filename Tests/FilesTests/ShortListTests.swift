import Files
import Testing

@Suite struct ShortListTests {
    @Test func namesTwentyAndCountsTheRest() {
        let names = (1...22).map { "\($0)" }
        let twenty = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20"
        #expect(shortList([]) == "")
        #expect(shortList(["b", "a"]) == "b, a")
        #expect(shortList(Array(names.prefix(20))) == twenty)
        #expect(shortList(names) == twenty + " and 2 more")
        #expect(shortList(names, limit: 2) == "1, 2 and 20 more")
    }

    @Test func aLongNameKeepsItsBeginningAndItsEnd() {
        let long = "begin" + String(repeating: "x", count: 5000) + "end"
        let short = shortName(long)
        #expect(short.count == 100 && short.hasPrefix("beginx") && short.hasSuffix("xend"))
        #expect(shortName(String(long.prefix(100))) == String(long.prefix(100)))
        #expect(shortList([long, "b"]) == short + ", b")
    }

    @Test func countsHaveTheirPlural() {
        #expect([0, 1, 2].map { counted($0, "tile") } == ["0 tiles", "1 tile", "2 tiles"])
        #expect([1, 2].map { counted($0, "box", "boxes") } == ["1 box", "2 boxes"])
    }
}
