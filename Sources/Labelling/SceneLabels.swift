package import Annotations
import Bytes
import Files
import Foundation
package import Labels
package import Pixels
package import Rasters

/// What people have said of one scene.
package struct SceneLabels: Sendable {
    /// Objects with a class, by their boxes.
    package private(set) var objects: [(box: PixelRect, className: String)] = []
    /// Windows that somebody has looked at, with the class of what they show.
    package private(set) var windows: [(box: PixelRect, className: String)] = []
    /// Windows and boxes of which somebody could not tell.
    package private(set) var unsure: [PixelRect] = []

    /// Whether all objects of the scene are labelled.
    package private(set) var isComplete = false

    /// The label that a whole scene has if all objects in it are labelled.
    package static let completeLabel = Label.class(completeName)
    package static let completeName = "complete"

    package init(_ labels: [PlacedLabel]) {
        for label in labels {
            switch (label.place, label.label) {
            case (.box(let x0, let y0, let x1, let y1), .class(let name)):
                objects.append((PixelRect(x0: x0, y0: y0, x1: x1, y1: y1), name))
            case (.window(let x0, let y0, let x1, let y1), .class(let name)):
                windows.append((PixelRect(x0: x0, y0: y0, x1: x1, y1: y1), name))
            case (.box(let x0, let y0, let x1, let y1), .unsure),
                (.window(let x0, let y0, let x1, let y1), .unsure):
                unsure.append(PixelRect(x0: x0, y0: y0, x1: x1, y1: y1))
            case (.whole, let label): isComplete = label == Self.completeLabel
            case (.record, _): break
            }
        }
    }

    /// What a network learns from: objects, and windows as objects where nobody has drawn any in them. Windows of the background are
    /// boxes of its class.
    package var examples: [Annotation] {
        let drawn = BoxGrid(objects.map(\.box.middle))
        let shown = windows.filter { window in
            !drawn.indices(near: window.box).contains {
                objects[$0].box.middle.intersection(window.box) != nil
            }
        }
        return (objects + shown).map {
            Annotation(className: $0.className, shape: .box(AnnotationBox($0.box)))
        }
    }

    /// The examples without those windows of the background that show a quarter of a labelled object or more: they are neither.
    package func clearExamples(background: String) -> [Annotation] {
        let examples = examples
        let boxes = examples.filter { $0.className != background }.map { $0.box(pointSide: 0).pixels }
        let grid = BoxGrid(boxes)
        return examples.filter { example in
            let window = example.box(pointSide: 0).pixels
            return example.className != background
                || !grid.indices(near: window).contains {
                    4 * (boxes[$0].intersection(window)?.area ?? 0) >= boxes[$0].area
                }
        }
    }

    /// How many windows somebody has looked at, and in how many of them there is an object. An object that was drawn or imported
    /// counts for the window with its middle, and one outside of all windows for a window of its own.
    ///
    /// - Parameter windows: only these; `nil` for all.
    package func lookedAt(among chosen: [PixelRect]?, background: String) -> (looks: Int, hits: Int) {
        let boxes = objects.filter { $0.className != background }.map(\.box)
        let middles = BoxGrid(boxes.map(\.middle))
        func showsObject(_ window: PixelRect) -> Bool {
            middles.indices(near: window).contains { boxes[$0].middle.intersection(window) != nil }
        }
        let named = Dictionary(windows.map { ($0.box, $0.className) }, uniquingKeysWith: { one, _ in one })
        guard let chosen else {
            let hits = windows.count { $0.className != background || showsObject($0.box) }
            let grid = BoxGrid(windows.map(\.box))
            let alone = boxes.count { box in
                !grid.indices(near: box.middle).contains {
                    windows[$0].box.intersection(box.middle) != nil
                }
            }
            return (windows.count + alone, hits + alone)
        }
        let hits = chosen.count { named[$0].map { $0 != background } ?? false || showsObject($0) }
        let misses = chosen.count { named[$0] == background && !showsObject($0) }
        return (hits + misses, hits)
    }

    /// Whether something was said of each of some windows: a class, that somebody could not tell, or an object in it.
    package func areLookedAt(_ chosen: [PixelRect]) -> Bool {
        let places = Set(windows.map(\.box) + unsure)
        let middles = BoxGrid(objects.map(\.box.middle))
        return chosen.allSatisfy { window in
            places.contains(window)
                || middles.indices(near: window).contains {
                    objects[$0].box.middle.intersection(window) != nil
                }
        }
    }

    /// Windows at random places that touch no labelled object. In a complete scene there is nothing in them, elsewhere hardly anything if
    /// objects are rare. Fewer where there is hardly room.
    package func emptyWindows(
        _ count: Int, side: Int, background: String, width: Int, height: Int, seed: UInt64
    ) -> [PixelRect] {
        guard width >= side, height >= side else { return [] }
        let taken = (objects + windows).filter { $0.className != background }.map(\.box) + unsure
        let grid = BoxGrid(taken)
        var random = SplitMix64(seed: seed)
        var found: Set<PixelRect> = []
        var ordered: [PixelRect] = []
        for _ in 0..<20 * count where ordered.count < count {
            let window = PixelRect(
                x: .random(in: 0...width - side, using: &random),
                y: .random(in: 0...height - side, using: &random),
                width: side, height: side)
            let isEmpty = !grid.indices(near: window).contains {
                taken[$0].intersection(window) != nil
            }
            if isEmpty, found.insert(window).inserted { ordered.append(window) }
        }
        return ordered
    }

    /// Boxes at random places in which there is nothing: anywhere in a complete scene, else in windows of the background. Fewer where
    /// there is hardly room.
    ///
    /// - Parameter sides: how large they are; all sizes are as likely, on a logarithmic scale.
    /// - Parameter fill: which part of the side of a window a box takes. Windows around them lie inside the scene.
    package func emptyBoxes(
        _ count: Int, sides: ClosedRange<Int>, fill: Double, background: String, width: Int, height: Int,
        seed: UInt64
    ) -> [PixelRect] {
        let bounds = PixelRect(x0: 0, y0: 0, x1: width, y1: height)
        let areas =
            isComplete
            ? [bounds]
            : windows.filter { $0.className == background }.compactMap { $0.box.intersection(bounds) }
        let grid = BoxGrid(objects.map(\.box) + unsure)
        let taken = objects.map(\.box) + unsure
        var random = SplitMix64(seed: seed)
        var found: [PixelRect] = []
        for _ in 0..<20 * count where found.count < count {
            guard let area = areas.randomElement(using: &random) else { break }
            let exponent = Double.random(
                in: log(Double(sides.lowerBound))...log(Double(sides.upperBound)), using: &random)
            let side = Int(exp(exponent).rounded())
            let margin = Int((Double(side) * (1 / fill - 1) / 2).rounded(.up))
            let columns = (max(area.x0, margin), min(area.x1, width - margin) - side)
            let rows = (max(area.y0, margin), min(area.y1, height - margin) - side)
            guard columns.0 <= columns.1, rows.0 <= rows.1 else { continue }
            let box = PixelRect(
                x: .random(in: columns.0...columns.1, using: &random),
                y: .random(in: rows.0...rows.1, using: &random), width: side, height: side)
            let isEmpty = !grid.indices(near: box).contains { taken[$0].intersection(box) != nil }
            if isEmpty { found.append(box) }
        }
        return found
    }

    /// How often somebody has looked: at windows, and at boxes that lie in none of them.
    package var lookCount: Int {
        let grid = BoxGrid(windows.map(\.box) + unsure)
        let looks = windows.map(\.box) + unsure
        let others = objects.count { object in
            !grid.indices(near: object.box.middle).contains {
                looks[$0].intersection(object.box.middle) != nil
            }
        }
        return looks.count + others
    }

    /// All places that need not be looked at again.
    package var seen: [Annotation] {
        let others = unsure.map { (box: $0, className: Project.unsureName) }
        return (windows + objects + others).map {
            Annotation(className: $0.className, shape: .box(AnnotationBox($0.box)))
        }
    }
}

extension PixelRect {
    /// One pixel in the middle.
    package var middle: PixelRect { PixelRect(x: (x0 + x1) / 2, y: (y0 + y1) / 2, width: 1, height: 1) }
}

extension SceneIdentity {
    /// What a scene's labels are kept under: it may be moved and renamed.
    package var labelSource: String {
        get throws { SHA256.hexDigest(of: Array(try JSONText(self).text.utf8).span.bytes) }
    }
}
