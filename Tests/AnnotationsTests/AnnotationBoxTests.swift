import Annotations
import Pixels
import Testing

struct AnnotationBoxTests {
    @Test func pixelsAreTheNearest() {
        let box = AnnotationBox(x0: 0.4, y0: 1.6, x1: 9.6, y1: 9.4)
        #expect(box.pixels == PixelRect(x0: 0, y0: 2, x1: 10, y1: 9))
    }

    @Test func aBoxHasAtLeastOnePixel() {
        #expect(
            AnnotationBox(x0: 3.6, y0: 3.1, x1: 3.9, y1: 3.2).pixels == PixelRect(x0: 3, y0: 3, x1: 4, y1: 4))
        #expect(AnnotationBox(x0: 5, y0: 5, x1: 5, y1: 5).pixels == PixelRect(x0: 5, y0: 5, x1: 6, y1: 6))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
    func numbersBeyondAnySceneDoNotTrap(value: Double) {
        let box = AnnotationBox(x0: value, y0: 0, x1: value, y1: value)
        #expect(box.pixels.area >= 1)
        #expect(AnnotationBox(checking: value, 0, value, value) == nil)
        #expect(AnnotationBox(checking: 0, 0, value, 1) == nil)
    }

    @Test func aPointIsTheMiddleOfASquare() {
        let point = Annotation(className: "a", shape: .point(x: 10, y: 20))
        #expect(point.box(pointSide: 4) == AnnotationBox(x0: 8, y0: 18, x1: 12, y1: 22))
        #expect(point.isPoint)
    }
}
