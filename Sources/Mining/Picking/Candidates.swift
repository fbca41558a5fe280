/// What a person could label: windows of scenes, or pictures.
package struct Candidates: Sendable {
    package let count: Int
    /// A vector for each; only its direction counts.
    package var features: FloatRows?
    /// For each the scores of all classes, in `0...1`, as softmax gives them.
    package var scores: FloatRows?
    /// Empty, or one for each; `Place.none` for an item without.
    package var places: [Place] = []
    /// Empty, or one for each: the number of the object that it shows, in all scenes; -1 for an item without.
    package var groups: [Int32] = []
    /// Empty, or one for each: the class that somebody gave it; -1 for an item without a label.
    package var labels: [Int32] = []
    /// The class of what shows no object, in `scores`; `nil` where all classes are objects.
    package var background: Int?

    package init(
        count: Int, features: FloatRows? = nil, scores: FloatRows? = nil, places: [Place] = [],
        groups: [Int32] = [], labels: [Int32] = [], background: Int? = nil
    ) {
        precondition(count <= UInt32.max, "too many candidates: \(count)")
        let counts = [features?.count ?? count, scores?.count ?? count]
        precondition(counts.allSatisfy { $0 == count }, "\(count) candidates, rows for \(counts)")
        for given in [places.count, groups.count, labels.count] {
            precondition(
                given == 0 || given == count, "\(count) candidates, \(given) places, groups or labels")
        }
        self.count = count
        (self.features, self.scores) = (features, scores)
        self.places = places
        self.groups = groups
        self.labels = labels
        precondition(background.map { $0 < scores?.width ?? 0 } ?? true, "no scores of the background")
        self.background = background
    }

    /// Where an item lies: a scene and a half-open pixel rectangle in it.
    package struct Place: Hashable, Sendable {
        package var scene: Int32
        package var x0: Int32
        package var y0: Int32
        package var x1: Int32
        package var y1: Int32

        /// From edges that are not inside out.
        package init(scene: Int32, x0: Int32, y0: Int32, x1: Int32, y1: Int32) {
            precondition(x0 <= x1 && y0 <= y1, "rectangle \(x0),\(y0) ..< \(x1),\(y1) is inside out")
            self.scene = scene
            (self.x0, self.y0) = (x0, y0)
            (self.x1, self.y1) = (x1, y1)
        }

        /// In no scene.
        package static let none = Place(scene: -1, x0: 0, y0: 0, x1: 0, y1: 0)

        /// Intersection over union; 0 in different scenes and where both are empty.
        package func iou(with other: Place) -> Float {
            let (left, right) = (Int(max(x0, other.x0)), Int(min(x1, other.x1)))
            let (top, bottom) = (Int(max(y0, other.y0)), Int(min(y1, other.y1)))
            guard scene == other.scene, left < right, top < bottom else { return 0 }
            let common = (right - left) * (bottom - top)
            return Float(common) / Float(area + other.area - common)
        }

        private var area: Int { (Int(x1) - Int(x0)) * (Int(y1) - Int(y0)) }
        var longerSide: Int { max(Int(x1) - Int(x0), Int(y1) - Int(y0)) }
    }

    func isLabelled(_ item: Int) -> Bool { !labels.isEmpty && labels[item] >= 0 }
}
