import Pixels
import Testing

@Suite struct PixelRectTests {
    let rect = PixelRect(x: 2, y: 3, width: 10, height: 20)

    @Test func hasHalfOpenBounds() {
        #expect(rect == PixelRect(x0: 2, y0: 3, x1: 12, y1: 23))
        #expect((rect.width, rect.height, rect.area) == (10, 20, 200))
    }

    @Test func intersectionHoldsTheCommonPixels() {
        let other = PixelRect(x0: 7, y0: 0, x1: 30, y1: 5)
        #expect(rect.intersection(other) == PixelRect(x0: 7, y0: 3, x1: 12, y1: 5))
        #expect(other.intersection(rect) == rect.intersection(other))
    }

    @Test func rectanglesThatOnlyTouchDoNotIntersect() {
        #expect(rect.intersection(PixelRect(x: 12, y: 3, width: 5, height: 5)) == nil)
        #expect(rect.intersection(PixelRect(x: 2, y: 23, width: 5, height: 5)) == nil)
    }

    @Test func containsItselfAndWhatLiesWithin() {
        #expect(rect.contains(rect))
        #expect(rect.contains(PixelRect(x0: 3, y0: 4, x1: 12, y1: 23)))
        #expect(!rect.contains(PixelRect(x0: 3, y0: 4, x1: 13, y1: 23)))
    }

    @Test func insetMovesEachSideAndNoneBeyondTheMiddle() {
        let rect = PixelRect(x: 10, y: 20, width: 8, height: 5)
        #expect(rect.inset(by: 2) == PixelRect(x: 12, y: 22, width: 4, height: 1))
        #expect(rect.inset(by: -3) == PixelRect(x: 7, y: 17, width: 14, height: 11))
        #expect(rect.inset(by: 3) == PixelRect(x: 13, y: 22, width: 2, height: 1))
    }

    @Test func iouIsCommonAreaOverAllArea() {
        let square = PixelRect(x: 0, y: 0, width: 32, height: 32)
        #expect(square.iou(with: square) == 1)
        #expect(square.iou(with: PixelRect(x: 16, y: 0, width: 32, height: 32)) == Float(512) / 1536)
        #expect(square.iou(with: PixelRect(x: 16, y: 16, width: 32, height: 32)) == Float(256) / 1792)
        #expect(square.iou(with: PixelRect(x: 32, y: 0, width: 32, height: 32)) == 0)
    }

    @Test func iouOfEmptyRectanglesIsZero() {
        let empty = PixelRect(x: 4, y: 4, width: 0, height: 0)
        #expect(empty.iou(with: empty) == 0)
    }
}
