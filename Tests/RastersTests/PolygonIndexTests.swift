import Bytes
import Rasters
import Testing

@Suite struct PolygonIndexTests {
    /// Polygons of all sizes, some left of and above the origin, some with a hole, some that cross themselves.
    private func polygons(_ random: inout SplitMix64) -> PixelPolygons {
        (0..<200).map { number in
            let size = Double(4 << (number % 7))
            let (x, y) = (
                Double.random(in: -100..<400, using: &random), Double.random(in: -100..<400, using: &random)
            )
            return (0...number % 2).map { _ in
                (0..<Int.random(in: 3...6, using: &random)).flatMap { _ in
                    [
                        x + Double.random(in: 0...size, using: &random),
                        y + Double.random(in: 0...size, using: &random),
                    ]
                }
            }
        }
    }

    @Test(arguments: UInt64(0)..<10) func agreesWithLookingAtEveryPolygon(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let polygons = polygons(&random)
        let index = PolygonIndex(polygons)
        var insideCount = 0
        for _ in 0..<2000 {
            let (x, y) = (
                Double.random(in: -200..<600, using: &random), Double.random(in: -200..<600, using: &random)
            )
            let isInside = polygons.contains(x: x, y: y)
            #expect(index.contains(x: x, y: y) == isInside, "\(x), \(y)")
            insideCount += isInside ? 1 : 0
        }
        #expect((100..<1900).contains(insideCount))
    }

    @Test func placesThatAreNoneAreInNoPolygon() {
        let index = PolygonIndex([[[0, 0, 10, 0, 10, 10, 0, 10]], [[]], []])
        #expect(index.contains(x: 5, y: 5))
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1e300] {
            #expect(!index.contains(x: value, y: 5) && !index.contains(x: 5, y: value))
        }
        #expect(!PolygonIndex([]).contains(x: 0, y: 0))
    }
}
