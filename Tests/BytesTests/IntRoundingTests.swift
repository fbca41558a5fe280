import Bytes
import Testing

@Test(arguments: [(0.4, 0), (0.5, 1), (-2.6, -3), (9e15, 9_000_000_000_000_000)])
func roundsToTheNearestWholeNumber(value: Double, expected: Int) {
    #expect(Int(rounding: value) == expected)
}

@Test(arguments: [.nan, .infinity, -.infinity, 1e300, -1e300, 9.3e18, -9.3e18] as [Double])
func aNumberThatIsNoIntIsNone(value: Double) { #expect(Int(rounding: value) == nil) }
