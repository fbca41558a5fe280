import Annotations
import Evaluation
import Files
import Foundation
package import Pixels

/// What the models of one round found in a project's scenes, and how far that can be trusted.
package struct RoundFinds: Hashable, Sendable, Codable {
    /// One object that a model believes to see.
    package struct Find: Hashable, Sendable, Codable {
        package var className: String
        /// x0, y0, x1, y1 in pixels of the whole upright scene, half-open.
        package var box: [Int]
        /// In `0...1`.
        package var score: Float

        package init(className: String, box: PixelRect, score: Float) {
            self.className = className
            self.box = [box.x0, box.y0, box.x1, box.y1]
            self.score = score
        }

        package var rect: PixelRect { PixelRect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]) }
    }

    /// All finds in one scene.
    package struct SceneFinds: Hashable, Sendable, Codable {
        /// Its address, without secrets.
        package var scene: String
        /// The best first.
        package var finds: [Find]

        /// - Parameter limit: of finds that are kept, the best ones.
        package init(scene: String, finds: [Find], limit: Int = .max) {
            self.scene = scene
            let sorted = finds.sorted {
                ($0.score, $1.box[1], $1.box[0]) > ($1.score, $0.box[1], $0.box[0])
            }
            self.finds = Array(sorted.prefix(limit))
        }

        package var highestScore: Float? { finds.first?.score }
    }

    /// What the model that has learnt from all labels found, in the order of the project's scenes. Scenes that it could not look at are
    /// not among them.
    package var scenes: [SceneFinds]
    /// By models that have not seen the scenes which they are judged on; `nil` where too few are labelled.
    package var check: HeldOutCheck?

    package init(scenes: [SceneFinds], check: HeldOutCheck?) { (self.scenes, self.check) = (scenes, check) }

    /// The score from which on finds are best, as far as labels tell (`HeldOutCheck.bestThreshold`).
    package var threshold: Float { check?.bestThreshold ?? Self.usualThreshold }

    private static let usualThreshold: Float = 0.5

    private static let fileByteLimit = 1 << 30

    package static func read(_ path: String) throws -> RoundFinds {
        do {
            let finds = try JSONDecoder().decode(
                RoundFinds.self, from: Data(readFile(path, limit: fileByteLimit)))
            let areSound = finds.scenes.allSatisfy { scene in
                scene.finds.allSatisfy { find in
                    let box = find.box
                    guard box.count == 4, box[0] < box[2], box[1] < box[3] else { return false }
                    return (0...1).contains(find.score)
                        && PixelRect(checking: box[0], box[1], box[2], box[3]) != nil
                }
            }
            guard areSound else {
                throw LabellingError(
                    operation: "read what was found", path: path,
                    cause: "a find has no box (x0 < x1, y0 < y1) or no score in 0...1; learn again")
            }
            return finds
        } catch let error as DecodingError {
            throw LabellingError(
                operation: "read what was found", path: path,
                cause: "it cannot be read: \(words(onDecoding: error)); learn again")
        }
    }

    // MARK: What to look at next

    /// A find that a person should judge.
    package struct Doubt: Hashable, Sendable {
        package var scene: String
        package var find: Find
    }

    /// Finds in scenes that are not labelled completely, nearest to the threshold first. No scene has a second one before each has
    /// its first.
    ///
    /// - Parameter isOpen: whether a scene, by its address, may still be asked about.
    package func doubts(limit: Int, where isOpen: (_ scene: String) -> Bool) -> [Doubt] {
        let limitOfScene = max(1, limit)
        let ordered = scenes.filter { isOpen($0.scene) }.flatMap { scene in
            scene.finds.sorted { isMoreDoubtful($0, $1) }.prefix(limitOfScene).enumerated().map {
                (turn: $0.offset, doubt: Doubt(scene: scene.scene, find: $0.element))
            }
        }.sorted { one, other in
            if one.turn != other.turn { return one.turn < other.turn }
            if isMoreDoubtful(one.doubt.find, other.doubt.find) { return true }
            if isMoreDoubtful(other.doubt.find, one.doubt.find) { return false }
            return one.doubt.scene < other.doubt.scene
        }
        return ordered.prefix(limit).map(\.doubt)
    }

    private func isMoreDoubtful(_ one: Find, _ other: Find) -> Bool {
        (distance(one), one.box[1], one.box[0]) < (distance(other), other.box[1], other.box[0])
    }

    /// From the threshold, as a share of what is possible on its side.
    private func distance(_ find: Find) -> Float {
        find.score >= threshold
            ? (find.score - threshold) / max(1 - threshold, 1e-3)
            : (threshold - find.score) / max(threshold, 1e-3)
    }

    /// Scenes in the order in which a person should label them as wholes: those with the most doubtful find first, those without any
    /// find last.
    package var scenesByDoubt: [String] {
        scenes.enumerated().map { place, scene in
            (place, scene.scene, scene.finds.map(distance).min() ?? .infinity)
        }.sorted { ($0.2, $0.0) < ($1.2, $1.0) }.map(\.1)
    }
}

/// Finds in labelled scenes by models that have not learnt from them (cross-validation), beside what is labelled there.
///
/// An object is found where a find of its class and it have the centre of the one in the box of the other: how well their edges agree
/// does not count, because a find's box is a square. Each find finds one object, the nearest that no better find has found.
package struct HeldOutCheck: Hashable, Sendable, Codable {
    package struct Object: Hashable, Sendable, Codable {
        package var scene: String
        package var className: String
        /// The score of the find that found it; `nil` where none did.
        package var score: Float?
    }

    package struct Photograph: Hashable, Sendable, Codable {
        package var scene: String
        package var hasObjects: Bool
        /// The score of its best find.
        package var score: Float?
    }

    /// All labelled objects of these scenes.
    package private(set) var objects: [Object] = []
    package private(set) var photographs: [Photograph] = []
    /// Scores of finds where there is no object, falling.
    package private(set) var falseAlarms: [Float] = []
    /// `nil` without objects.
    package private(set) var averagePrecision: Double?

    /// - Parameter scenes: each with what is labelled in it, completely.
    package init(_ scenes: [(finds: RoundFinds.SceneFinds, labels: SceneLabels)]) {
        var outcomes: [(score: Float, outcome: Outcome)] = []
        for (finds, labels) in scenes {
            var best = [Float?](repeating: nil, count: labels.objects.count)
            // A find on a place that nobody could tell is neither right nor wrong.
            let grid = BoxGrid(labels.objects.map(\.box) + labels.unsure)
            for find in finds.finds {
                let near = grid.indices(near: find.rect)
                let isUnsure = near.contains {
                    $0 >= labels.objects.count
                        && Self.agree(find.rect, labels.unsure[$0 - labels.objects.count])
                }
                let found = near.filter {
                    $0 < labels.objects.count && labels.objects[$0].className == find.className
                        && Self.agree(find.rect, labels.objects[$0].box)
                }
                // Finds come with the best first.
                let taken = found.filter { best[$0] == nil }.min {
                    Self.distance(find.rect, labels.objects[$0].box)
                        < Self.distance(find.rect, labels.objects[$1].box)
                }
                if let taken { best[taken] = find.score }
                if found.isEmpty, !isUnsure { falseAlarms.append(find.score) }
                outcomes.append(
                    (find.score, taken != nil ? .right : found.isEmpty && !isUnsure ? .wrong : .ignored))
            }
            objects += zip(labels.objects, best).map {
                Object(scene: finds.scene, className: $0.className, score: $1)
            }
            photographs.append(
                Photograph(
                    scene: finds.scene, hasObjects: !labels.objects.isEmpty, score: finds.highestScore))
        }
        falseAlarms.sort(by: >)
        if !objects.isEmpty {
            // Equal scores: wrong ones first, so that nothing is flattered.
            let ordered = outcomes.sorted {
                $0.score != $1.score ? $0.score > $1.score : $0.outcome == .wrong && $1.outcome != .wrong
            }
            averagePrecision = interpolatedPrecision(of: ordered.map(\.outcome), truthCount: objects.count)
        }
    }

    private static func agree(_ one: PixelRect, _ other: PixelRect) -> Bool {
        one.middle.intersection(other) != nil || other.middle.intersection(one) != nil
    }

    /// Between centres, squared, in half pixels.
    private static func distance(_ one: PixelRect, _ other: PixelRect) -> Int {
        let (x, y) = (one.x0 + one.x1 - other.x0 - other.x1, one.y0 + one.y1 - other.y0 - other.y1)
        return x * x + y * y
    }

    /// Where precision and recall are best together (F1); the highest where several are. `nil` where no object was found.
    package var bestThreshold: Float? {
        let found = objects.compactMap(\.score).sorted(by: >)
        var (best, bestValue): (Float?, Double) = (nil, 0)
        var alarmCount = 0
        for (index, score) in found.enumerated() {
            while alarmCount < falseAlarms.count, falseAlarms[alarmCount] >= score { alarmCount += 1 }
            let rightCount = index + 1
            let value = 2 * Double(rightCount) / Double(objects.count + rightCount + alarmCount)
            if value > bestValue { (best, bestValue) = (score, value) }
        }
        return best
    }
}
