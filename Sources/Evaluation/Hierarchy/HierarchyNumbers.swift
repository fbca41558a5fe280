/// How far a model's mistakes lie from the truth in a hierarchy of its classes: does it know the concept of a dog when it
/// takes one dog for another?
public struct HierarchyNumbers: Hashable, Sendable, Codable {
    /// One level of the hierarchy, counted in edges from the root on the longest way.
    public struct Level: Hashable, Sendable, Codable {
        public var depth: Int
        /// Different subtrees with classes in them.
        public var subtreeCount: Int
        /// Samples whose class lies at this depth or below it: the others do not count here.
        public var sampleCount: Int
        /// Of them, those that the model is wrong about.
        public var errorCount: Int
        /// The part of the errors whose prediction lies in the subtree of the truth; `nil` without errors.
        public var errorFraction: Double?
        /// The part of the errors that would lie there if the wrong class were drawn by lot; `nil` without errors.
        public var chanceFraction: Double?
        /// The part of the samples of which all labels kept lie in the subtree of the truth; `nil` without samples.
        public var setFraction: Double?
        /// Of all labels kept of these samples, the part that lies in the subtree of the truth; `nil` without samples.
        public var labelFraction: Double?
    }

    /// From the root, where all stay, to the deepest class.
    public var levels: [Level]
    /// Labels kept of each sample: the size of the sets.
    public var setSize: Int
    public var errorCount: Int
    /// Mean number of edges between truth and prediction over a common ancestor, of the errors; `nil` without errors.
    public var meanErrorDistance: Double?
    /// The same if the wrong class were drawn by lot.
    public var chanceErrorDistance: Double?

    /// Where a node has several parents, a class lies in the subtrees of all of them, and distances are the shortest.
    ///
    /// - Parameter hierarchy: of the same classes. O(classes² · depth + samples · labels kept · levels).
    public init(_ predictions: Predictions, in hierarchy: ClassHierarchy) {
        precondition(hierarchy.nodes.count == predictions.classNames.count)
        let subtrees = Subtrees(hierarchy)
        let depthCount = (hierarchy.nodes.map { hierarchy.depths[$0] }.max() ?? 0) + 1
        setSize = predictions.keptCount
        errorCount = predictions.errorCount
        levels = (0..<depthCount).map { depth in
            Self.level(depth, predictions, subtrees.level(depth), subtreeCount: subtrees.count(at: depth))
        }
        guard errorCount > 0 else { return }
        var (distance, chance) = (0, 0.0)
        var chances = [Double?](repeating: nil, count: predictions.classNames.count)
        for index in 0..<predictions.count where predictions.truthPlaces[index] > 0 {
            let truth = predictions.truth(of: index)
            distance += subtrees.distance(truth, predictions.label(of: index))
            let mean = chances[truth] ?? subtrees.meanDistance(from: truth)
            chances[truth] = mean
            chance += mean
        }
        meanErrorDistance = Double(distance) / Double(errorCount)
        chanceErrorDistance = chance / Double(errorCount)
    }

    private static func level(
        _ depth: Int, _ predictions: Predictions, _ level: Subtrees.Level, subtreeCount: Int
    ) -> Level {
        var (sampleCount, errorCount, errorsInside, setsInside, labelsInside) = (0, 0, 0, 0, 0)
        var chance = 0.0
        let otherCount = Double(max(1, predictions.classNames.count - 1))
        for index in 0..<predictions.count {
            let truth = predictions.truth(of: index)
            guard level.isDeepEnough[truth] else { continue }
            sampleCount += 1
            let inside = predictions.keptLabels(of: index).count { level.shares(truth, Int($0)) }
            labelsInside += inside
            if inside == predictions.keptCount { setsInside += 1 }
            guard predictions.truthPlaces[index] > 0 else { continue }
            errorCount += 1
            if level.shares(truth, predictions.label(of: index)) { errorsInside += 1 }
            chance += Double(level.memberCount(truth) - 1) / otherCount
        }
        let (samples, errors) = (Double(sampleCount), Double(errorCount))
        return Level(
            depth: depth, subtreeCount: subtreeCount, sampleCount: sampleCount, errorCount: errorCount,
            errorFraction: errorCount == 0 ? nil : Double(errorsInside) / errors,
            chanceFraction: errorCount == 0 ? nil : chance / errors,
            setFraction: sampleCount == 0 ? nil : Double(setsInside) / samples,
            labelFraction: sampleCount == 0
                ? nil : Double(labelsInside) / (samples * Double(predictions.keptCount)))
    }
}
