import Bytes
import Pixels
import Testing

@Test(arguments: [0, 40, 300]) func findsEveryBoxThatTouches(largestSide: Int) {
    var random = SplitMix64(seed: 3)
    let boxes = (0..<80).map { _ in
        PixelRect(
            x: .random(in: -40...200, using: &random), y: .random(in: -40...200, using: &random),
            width: .random(in: 0...largestSide, using: &random),
            height: .random(in: 0...largestSide, using: &random))
    }
    let grid = BoxGrid(boxes)
    for box in boxes {
        let near = grid.indices(near: box)
        #expect(Set(near).count == near.count)
        for (index, other) in boxes.enumerated() where other.intersection(box) != nil {
            #expect(near.contains(index))
        }
        for leastIoU: Float in [0.1, 0.3, 0.75, 1] {
            let similar = grid.indices(near: box, leastIoU: leastIoU)
            #expect(Set(similar).count == similar.count && Set(similar).isSubset(of: near))
            for (index, other) in boxes.enumerated() where other.iou(with: box) >= leastIoU {
                #expect(similar.contains(index))
            }
        }
    }
}

@Test func boxesOfOtherSizesArePassedOverWhereTheyCannotOverlapEnough() {
    let large = (0..<1000).map { PixelRect(x: $0, y: $0, width: 3000, height: 3000) }
    let small = PixelRect(x: 1000, y: 1000, width: 32, height: 32)
    let grid = BoxGrid(large + [small])
    #expect(grid.indices(near: small, leastIoU: 0.3) == [1000])
    #expect(grid.indices(near: small).count == 1001)
}

@Test func aLargeBoxDoesNotSlowTheSearchForSmallOnesDown() {
    let small = (0..<10_000).map { PixelRect(x: $0 % 100 * 50, y: $0 / 100 * 50, width: 20, height: 20) }
    let grid = BoxGrid(small + [PixelRect(x: 0, y: 0, width: 5000, height: 5000)])
    let near = grid.indices(near: small[5050])
    #expect(near.contains(5050) && near.contains(10_000) && near.count < 50)
    // A large box finds what it touches, too.
    #expect(grid.indices(near: PixelRect(x: 0, y: 0, width: 5000, height: 5000)).count == 10_001)
}
