import Labelling
import Testing

@Suite struct CheckFoldsTests {
    private func photographs(_ sources: [String], full: Set<String>) -> [CheckFolds.Photograph] {
        sources.enumerated().map {
            CheckFolds.Photograph(index: $0, source: $1, hasObjects: full.contains($1))
        }
    }

    @Test func partsAreAlike() {
        let all = photographs(
            (0..<30).map { "\($0)" }, full: Set((0..<12).map { "\($0)" }))
        let folds = CheckFolds.folds(all, count: 3)
        #expect(folds.joined().sorted() == Array(0..<30))
        for fold in folds {
            #expect(fold.count == 10 && fold.count { $0 < 12 } == 4 && fold == fold.sorted())
        }
    }

    /// The same photograph under two names.
    @Test func aPhotographThatIsThereTwiceIsInOnePart() {
        let sources = ["b", "a", "c", "b", "d", "a", "e", "e"]
        let folds = CheckFolds.folds(photographs(sources, full: ["a", "b", "c", "d"]), count: 3)
        #expect(folds.joined().sorted() == Array(0..<8))
        for pair in [[0, 3], [1, 5], [6, 7]] {
            #expect(folds.count { fold in pair.contains { fold.contains($0) } } == 1)
        }
    }

    @Test func twoDifferentPhotographsWithObjectsAreNeeded() {
        #expect(CheckFolds.folds(photographs(["a", "a", "b"], full: ["a"]), count: 3).isEmpty)
        #expect(
            CheckFolds.folds(photographs(["a", "c", "b"], full: ["a", "c"]), count: 3) == [[0, 2], [1]])
        #expect(CheckFolds.folds([], count: 3).isEmpty)
    }
}
