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
    }
}
