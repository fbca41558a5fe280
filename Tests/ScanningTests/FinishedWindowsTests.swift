import Bytes
import Pixels
import Scanning
import Testing

@Suite struct FinishedWindowsTests {
    private static let grid = WindowRange(rows: 0..<9, columns: 0..<14)

    private func randomRange(_ random: inout SplitMix64) -> WindowRange {
        func part(_ count: Int) -> Range<Int> {
            let first = Int.random(in: 0..<count, using: &random)
            return first..<Int.random(in: first...count, using: &random)
        }
        return WindowRange(rows: part(9), columns: part(14))
    }

    private func windows(_ range: WindowRange) -> Set<[Int]> {
        Set(range.rows.flatMap { row in range.columns.map { [row, $0] } })
    }

    @Test(arguments: UInt64(0)..<100) func whatIsMissingIsWhatWasNotInserted(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var finished = FinishedWindows(rowCount: 9)
        var expected: Set<[Int]> = []
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let range = randomRange(&random)
            finished.insert(range)
            expected.formUnion(windows(range))
        }
        #expect(finished.windowCount == expected.count)
        let asked = randomRange(&random)
        let missing = finished.missing(in: asked)
        #expect(missing.reduce(0) { $0 + $1.windowCount } == windows(asked).subtracting(expected).count)
        #expect(
            missing.reduce(into: Set()) { $0.formUnion(windows($1)) } == windows(asked).subtracting(expected))
    }

    @Test func neighbouringRowsThatLackTheSameAreOneRectangle() {
        var finished = FinishedWindows(rowCount: 9)
        finished.insert(WindowRange(rows: 0..<9, columns: 0..<5))
        finished.insert(WindowRange(rows: 0..<9, columns: 8..<14))
        #expect(finished.missing(in: Self.grid) == [WindowRange(rows: 0..<9, columns: 5..<8)])
    }

    @Test func intervalsThatTouchAreMerged() {
        var (a, b) = (FinishedWindows(rowCount: 1), FinishedWindows(rowCount: 1))
        for column in [3, 0, 2, 1] { a.insert(WindowRange(rows: 0..<1, columns: column..<column + 1)) }
        b.insert(WindowRange(rows: 0..<1, columns: 0..<4))
        #expect(a == b)
    }
}
