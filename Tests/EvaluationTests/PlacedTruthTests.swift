import Annotations
import Evaluation
import Pixels
import Rasters
import Testing

struct PlacedTruthTests {
    private let scene = PixelRect(x0: 0, y0: 0, x1: 100, y1: 50)

    private func placed(
        _ shape: Annotation.Shape, verdict: Annotation.Verdict? = nil, objectSize: Double? = nil,
        area: PolygonIndex? = nil
    ) -> PlacedTruth {
        PlacedTruth(
            Annotation(className: "car", shape: shape, verdict: verdict), label: 3, objectSize: objectSize,
            in: scene, area: area)
    }

    @Test func objectsHaveTheirBox() {
        let box = Truth(box: PixelRect(x0: 90, y0: 40, x1: 110, y1: 60), label: 3)
        #expect(placed(.box(AnnotationBox(x0: 90, y0: 40, x1: 110, y1: 60))) == .object(box))
        let point = Truth(
            box: PixelRect(x0: 6, y0: 16, x1: 14, y1: 24), label: 3, point: TruthPoint(x: 10, y: 20, reach: 4)
        )
        #expect(placed(.point(x: 10, y: 20), objectSize: 8) == .object(point))
    }

    @Test func whatLiesOutsideIsNoObject() {
        #expect(placed(.box(AnnotationBox(x0: 100, y0: 0, x1: 120, y1: 20))) == .outside)
        // The square around it would reach into the scene.
        #expect(placed(.point(x: 101, y: 20), objectSize: 8) == .outside)
        #expect(placed(.box(AnnotationBox(x0: 100, y0: 0, x1: 120, y1: 20)), verdict: .wrong) == .outside)
    }

    @Test func whatIsWrongIsAHardNegative() {
        let place = Truth(box: PixelRect(x0: 0, y0: 0, x1: 20, y1: 20), label: 3)
        let shape = Annotation.Shape.box(AnnotationBox(x0: 0, y0: 0, x1: 20, y1: 20))
        #expect(placed(shape, verdict: .wrong) == .hardNegative(place))
    }

    @Test func centresDecideWhatLiesBesideTheArea() {
        let area = PolygonIndex([[[0, 0, 50, 0, 50, 50, 0, 50]]])
        for (x, isBeside) in [(30.0, false), (45, true)] {
            let box = AnnotationBox(x0: x, y0: 0, x1: x + 20, y1: 20)
            guard case .object(let truth) = placed(.box(box), area: area) else {
                Issue.record("no object at \(x)")
                continue
            }
            #expect(truth.isBeside == isBeside)
        }
    }
}
