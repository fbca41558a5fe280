import Pixels

/// Why a detection is wrong, as far as the truth can tell.
package enum FalseAlarmCause: String, Hashable, Sendable, Codable, CaseIterable {
    /// A better detection has found the object.
    case duplicate
    /// It lies on an object of another class.
    case otherClass
    /// It lies on an object of a class that was not looked for.
    case unsought
    /// It lies beside an object of its class, or is much larger or smaller.
    case beside
    /// There is nothing that the truth knows of.
    case nothing
}

/// How many false alarms have which cause.
package struct FalseAlarmCauses: Hashable, Sendable, Codable {
    package var duplicate = 0
    package var otherClass = 0
    /// `nil` in files of older versions, which count these under `nothing`.
    package var unsought: Int? = 0
    package var beside = 0
    package var nothing = 0

    package init() {}

    package subscript(cause: FalseAlarmCause) -> Int {
        get {
            switch cause {
            case .duplicate: duplicate
            case .otherClass: otherClass
            case .unsought: unsought ?? 0
            case .beside: beside
            case .nothing: nothing
            }
        }
        set {
            switch cause {
            case .duplicate: duplicate = newValue
            case .otherClass: otherClass = newValue
            case .unsought: unsought = newValue
            case .beside: beside = newValue
            case .nothing: nothing = newValue
            }
        }
    }
}

/// Finds out on what a wrong detection lies.
struct FalseAlarmSearch {
    /// Of all classes.
    private let truths: [Truth]
    private let grid: BoxGrid
    private let rule: MatchingRule
    /// Labels from here on are those of classes that were not looked for.
    private let soughtLabelCount: Int
    /// Boxes that overlap less are not looked at.
    private let leastIoU: Float

    /// From this IoU on, a box that is not right is taken for one that was put beside the object.
    private static let besideIoU: Float = 0.1

    /// - Parameter soughtLabelCount: labels from here on are those of classes that were not looked for.
    init(_ truths: [Truth], rule: MatchingRule, soughtLabelCount: Int) {
        (self.truths, self.rule) = (truths, rule)
        self.soughtLabelCount = soughtLabelCount
        grid = BoxGrid(truths.map(\.box))
        // A point is within reach of boxes of any size.
        leastIoU = truths.contains { $0.point != nil } ? 0 : min(Self.besideIoU, rule.iouThreshold)
    }

    /// - Parameter detection: one that has found no object of its class.
    /// - Returns: with the label of the object, where it is another class's. Objects of classes that were looked for come first.
    func cause(of detection: Detection) -> (cause: FalseAlarmCause, otherLabel: Int?) {
        var isBeside = false
        var other: (label: Int, nearness: Double)?
        func isBetter(_ label: Int, _ nearness: Double) -> Bool {
            guard let other else { return nearness > 0 }
            let (isSought, otherIsSought) = (label < soughtLabelCount, other.label < soughtLabelCount)
            guard isSought == otherIsSought else { return isSought }
            return nearness != other.nearness ? nearness > other.nearness : label < other.label
        }
        for index in grid.indices(near: detection.box, leastIoU: leastIoU) {
            let truth = truths[index]
            let (nearness, isOn) = nearness(of: detection, to: truth)
            if truth.label == detection.label {
                if isOn { return (.duplicate, nil) }
                isBeside = isBeside || nearness > 0
            } else if isOn, isBetter(truth.label, nearness) {
                other = (truth.label, nearness)
            }
        }
        if let other { return (other.label < soughtLabelCount ? .otherClass : .unsought, other.label) }
        return (isBeside ? .beside : .nothing, nil)
    }

    /// - Returns: above 0 where the detection is at least beside the object; larger is nearer.
    private func nearness(of detection: Detection, to truth: Truth) -> (nearness: Double, isOn: Bool) {
        guard let point = truth.point else {
            let iou = detection.box.iou(with: truth.box)
            return (iou >= Self.besideIoU ? Double(iou) : 0, iou >= rule.iouThreshold)
        }
        let distance = point.distance(toCentreOf: detection.box)
        // 1 at the point, 0 one object's size away.
        return (max(0, 1 - distance / (2 * point.reach)), distance <= point.reach)
    }
}
