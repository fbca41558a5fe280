package import Annotations
package import Labels
package import Pixels
import Rasters

/// Answers like a person who makes no mistakes: from the true objects of a scene.
package struct TruthOracle {
    private let objects: [(box: PixelRect, className: String)]
    private let grid: BoxGrid
    private let background: String

    /// Objects of which less is visible are none: a person would not see them either.
    private static let leastVisible: Float = 0.5

    /// - Parameter truth: of one scene; points are squares of `pointSide` pixels.
    /// - Parameter classes: that are looked for; other objects are background.
    package init(_ truth: [Annotation], classes: [String], background: String, pointSide: Double) {
        let sought = Set(classes)
        objects = truth.filter {
            sought.contains($0.className) && $0.visibleFraction >= Self.leastVisible && $0.verdict != .wrong
        }.map { ($0.box(pointSide: pointSide).pixels, $0.className) }
        grid = BoxGrid(objects.map(\.box.middle))
        self.background = background
    }

    /// What there is to say of a whole scene: its objects, and that these are all.
    package func answers() -> [(place: LabelPlace, label: Label)] {
        objects.map { (LabelPlace(box: $0.box), .class($0.className)) }
            + [(.whole, SceneLabels.completeLabel)]
    }

    /// What there is to say of a window: the objects with their centre in it, and then the window itself, which has the class of the
    /// object that is nearest to its centre.
    package func answers(about window: PixelRect) -> [(place: LabelPlace, label: Label)] {
        let inside = grid.indices(near: window).filter { objects[$0].box.middle.intersection(window) != nil }
            .sorted()
        let middle = window.middle
        func distance(_ index: Int) -> Int {
            let other = objects[index].box.middle
            return max(abs(other.x0 - middle.x0), abs(other.y0 - middle.y0))
        }
        let nearest = inside.min { (distance($0), $0) < (distance($1), $1) }
        let boxes = inside.map { index in
            (LabelPlace(box: objects[index].box), Label.class(objects[index].className))
        }
        let name = nearest.map { objects[$0].className } ?? background
        return boxes + [(LabelPlace(window: window), .class(name))]
    }
}

extension LabelPlace {
    package init(box: PixelRect) { self = .box(x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1) }
    package init(window box: PixelRect) { self = .window(x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1) }
}
