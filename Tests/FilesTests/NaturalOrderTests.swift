import Bytes
import Files
import Testing

@Suite struct NaturalOrderTests {
    @Test func numbersGoByTheirValue() {
        let names = ["a", "a1", "a2", "a10", "a10b", "a10b2", "a10b11", "b", "img2/x10", "img10/x2"]
        #expect(names.shuffled().sorted(by: isNaturallyBefore) == names)
    }

    @Test func numbersMayBeLongerThanAnyInteger() {
        let (small, large) = (
            "x" + String(repeating: "9", count: 40), "x1" + String(repeating: "0", count: 40)
        )
        #expect(isNaturallyBefore(small, large) && !isNaturallyBefore(large, small))
    }

    @Test func leadingZerosDecideOnlyBetweenEqualNumbers() {
        let names = ["a01", "a1", "a02", "a2"]
        #expect(names.shuffled().sorted(by: isNaturallyBefore) == names)
        #expect(!isNaturallyBefore("a1", "a1"))
    }

    /// Sorting needs an order: of two different names exactly one is first, and of three the outer ones stand as the inner ones do.
    @Test(arguments: UInt64(0)..<50) func itIsAnOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let letters = Array("ab019/é")
        let names = (0..<30).map { _ in
            String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    letters.randomElement(using: &random) ?? "a"
                })
        }
        for a in names {
            for b in names {
                #expect([isNaturallyBefore(a, b), isNaturallyBefore(b, a)].count { $0 } == (a == b ? 0 : 1))
                for c in names where isNaturallyBefore(a, b) && isNaturallyBefore(b, c) {
                    #expect(isNaturallyBefore(a, c), "\(a) \(b) \(c)")
                }
            }
        }
    }
}
