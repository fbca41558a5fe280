/// A place in degrees on WGS 84.
package struct EarthPoint: Hashable, Sendable {
    package var longitude: Double
    package var latitude: Double

    package init(longitude: Double, latitude: Double) {
        (self.longitude, self.latitude) = (longitude, latitude)
    }
}

/// The polygons that a small ring of places encloses, with all longitudes in `-180...180`.
///
/// Each side goes the shorter way round the Earth. A ring over the meridian of 180° is cut there into two polygons; one around a pole
/// reaches along that meridian up to the pole.
///
/// - Parameter ring: its corners, finite, the first not repeated.
/// - Returns: rings without their first place repeated; those of no area are left out, unless there is no other one.
/// - Source: RFC 7946, 3.1.9 and 5.3.
package func polygonsOnEarth(around ring: [EarthPoint]) -> [[EarthPoint]] {
    // No coordinate system has such longitudes.
    guard ring.allSatisfy({ abs($0.longitude) <= 36_000 }) else { return [ring] }
    var way = unwrapped(ring)
    let turns = ((way[way.count - 1].longitude - way[0].longitude) / 360).rounded()
    if turns == 0 {
        way.removeLast()
        if way.allSatisfy({ (-180...180).contains($0.longitude) }) { return [way] }
    } else {
        // Once round the pole that is nearer.
        let pole = way.reduce(0) { $0 + $1.latitude } < 0 ? -90.0 : 90.0
        way.append(EarthPoint(longitude: way[way.count - 1].longitude, latitude: pole))
        way.append(EarthPoint(longitude: way[0].longitude, latitude: pole))
    }
    let longitudes = way.map(\.longitude)
    let first = Int((((longitudes.min() ?? 0) + 180) / 360).rounded(.down))
    let last = Int((((longitudes.max() ?? 0) + 180) / 360).rounded(.down))
    let pieces = (first...last).map { number in
        let west = Double(number) * 360 - 180
        let cut = half(of: half(of: way, at: west, isEast: true), at: west + 360, isEast: false)
        return cut.map { EarthPoint(longitude: $0.longitude - west - 180, latitude: $0.latitude) }
    }
    let polygons = pieces.filter { doubleArea(of: $0) != 0 }
    return polygons.isEmpty ? [pieces.first { !$0.isEmpty } ?? ring] : polygons
}

/// The ring and its first place again, with longitudes that go on beyond 180 and never jump; the first is in `-180..<180`.
private func unwrapped(_ ring: [EarthPoint]) -> [EarthPoint] {
    var way: [EarthPoint] = []
    for place in ring + [ring[0]] {
        var place = place
        let near = way.last?.longitude ?? 0
        place.longitude -= ((place.longitude - near) / 360).rounded() * 360
        way.append(place)
    }
    return way
}

/// What of a ring lies east, or west, of a meridian.
///
/// - Source: Sutherland and Hodgman 1974, for one edge.
private func half(of ring: [EarthPoint], at meridian: Double, isEast: Bool) -> [EarthPoint] {
    func isInside(_ place: EarthPoint) -> Bool {
        isEast ? place.longitude >= meridian : place.longitude <= meridian
    }
    var part: [EarthPoint] = []
    for (index, place) in ring.enumerated() {
        let next = ring[(index + 1) % ring.count]
        if isInside(place) { part.append(place) }
        guard isInside(place) != isInside(next) else { continue }
        let share = (meridian - place.longitude) / (next.longitude - place.longitude)
        let crossing = EarthPoint(
            longitude: meridian, latitude: place.latitude + share * (next.latitude - place.latitude))
        if crossing != place, crossing != next { part.append(crossing) }
    }
    return part
}

private func doubleArea(of ring: [EarthPoint]) -> Double {
    ring.indices.reduce(0) { sum, index in
        let (place, next) = (ring[index], ring[(index + 1) % ring.count])
        return sum + place.longitude * next.latitude - next.longitude * place.latitude
    }
}
