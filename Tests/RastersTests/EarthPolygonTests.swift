import Bytes
import Rasters
import Testing

@Suite struct EarthPolygonTests {
    private func ring(_ places: [(Double, Double)]) -> [EarthPoint] {
        places.map { EarthPoint(longitude: $0.0, latitude: $0.1) }
    }

    @Test func aRingThatCrossesNothingIsAsItWas() {
        let here = ring([(10, 50), (10, 49), (11, 49), (11, 50)])
        #expect(polygonsOnEarth(around: here) == [here])
        // Up to the meridian is not over it.
        let beside = ring([(179, 1), (179, 0), (180, 0), (180, 1)])
        #expect(Set(polygonsOnEarth(around: beside).joined().map { abs($0.longitude) }) == [179, 180])
    }

    @Test func aRingOverTheDateLineIsCutThere() {
        for east in [-179.0, 181, 541] {
            let polygons = polygonsOnEarth(around: ring([(178, 5), (178, 1), (east, 1), (east, 5)]))
            #expect(polygons.count == 2)
            #expect(Set(polygons[0]) == Set(ring([(178, 5), (178, 1), (180, 1), (180, 5)])))
            #expect(Set(polygons[1]) == Set(ring([(-180, 1), (-179, 1), (-179, 5), (-180, 5)])))
        }
    }

    @Test func longitudesBeyondTheDateLineComeBack() {
        let polygons = polygonsOnEarth(around: ring([(190, 5), (190, 1), (195, 1), (195, 5)]))
        #expect(polygons.count == 1)
        #expect(Set(polygons[0]) == Set(ring([(-170, 5), (-170, 1), (-165, 1), (-165, 5)])))
    }

    @Test(arguments: [1.0, -1.0]) func aRingAroundAPoleReachesUpToIt(sign: Double) {
        // A square around the pole, each corner a quarter of the way.
        let polygons = polygonsOnEarth(
            around: ring([(-135, 80 * sign), (-45, 80 * sign), (45, 80 * sign), (135, 80 * sign)]))
        let all = polygons.joined()
        #expect(all.allSatisfy { (-180...180).contains($0.longitude) })
        #expect(all.contains { $0.latitude == 90 * sign })
        // Together they are 360 degrees wide and 10 high.
        func area(_ ring: [EarthPoint]) -> Double {
            let next = ring[1...] + ring[..<1]
            return abs(
                zip(ring, next).reduce(0) {
                    $0 + $1.0.longitude * $1.1.latitude - $1.1.longitude * $1.0.latitude
                }) / 2
        }
        #expect(abs(polygons.reduce(0) { $0 + area($1) } - 3600) < 1e-6)
    }

    @Test(arguments: UInt64(0)..<40) func whatIsCutHasTheSameArea(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (x, y) = (
            Double.random(in: -400...400, using: &random), Double.random(in: -80...70, using: &random)
        )
        let (width, height) = (
            Double.random(in: 0.001...90, using: &random), Double.random(in: 0.001...9, using: &random)
        )
        let polygons = polygonsOnEarth(
            around: ring([(x, y + height), (x, y), (x + width, y), (x + width, y + height)]))
        #expect((1...2).contains(polygons.count))
        var area = 0.0
        for polygon in polygons {
            let longitudes = polygon.map(\.longitude)
            #expect(longitudes.allSatisfy { (-180...180).contains($0) })
            area += ((longitudes.max() ?? 0) - (longitudes.min() ?? 0)) * height
        }
        #expect(abs(area - width * height) < 1e-6)
    }
}
