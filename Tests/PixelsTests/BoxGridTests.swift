import Bytes
import Pixels
import Testing

@Test(arguments: [1, 7, 500]) func findsEveryBoxThatTouches(cellSide: Int) {
    var random = SplitMix64(seed: 3)
    let boxes = (0..<80).map { _ in
        PixelRect(
            x: .random(in: -40...200, using: &random), y: .random(in: -40...200, using: &random),
            width: .random(in: 0...40, using: &random), height: .random(in: 0...40, using: &random))
    }
    let grid = BoxGrid(boxes, cellSide: cellSide)
    for box in boxes {
        let near = grid.indices(near: box)
        #expect(Set(near).count == near.count)
        for (index, other) in boxes.enumerated() where other.intersection(box) != nil {
            #expect(near.contains(index))
        }
    }
}
