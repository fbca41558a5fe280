import Bytes
import Pixels

extension Detection {
    /// Sizes and places that overlap often, also across zero; scores of which many are equal.
    static func random(using random: inout SplitMix64) -> Detection {
        Detection(
            box: PixelRect(
                x: .random(in: -40...60, using: &random), y: .random(in: -40...60, using: &random),
                width: .random(in: 1...40, using: &random), height: .random(in: 1...40, using: &random)),
            label: .random(in: 0...1, using: &random),
            score: Float(Int.random(in: 0...20, using: &random)) / 20)
    }
}

/// Detections to be merged by the fast algorithms and by the plain ones.
struct MergingCase {
    var detections: [Detection]
    var iou: Float
    var acrossClasses: Bool

    /// Boxes of one size, of similar ones or of very different ones, some of them empty.
    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        iou = ([0, 0.001, 0.1, 0.3, 0.55, 0.9, 1] as [Float]).randomElement(using: &random) ?? 0.3
        acrossClasses = .random(using: &random)
        let sides = [32...32, 20...40, 0...4, 1...300, 0...2000].randomElement(using: &random) ?? 1...9
        let reach = [20, 100, 1000].randomElement(using: &random) ?? 20
        let scores = [1, 20, 1_000_000].randomElement(using: &random) ?? 20
        detections = (0..<Int.random(in: 0...150, using: &random)).map { _ in
            Detection(
                box: PixelRect(
                    x: .random(in: -reach...reach, using: &random),
                    y: .random(in: -reach...reach, using: &random),
                    width: .random(in: sides, using: &random), height: .random(in: sides, using: &random)),
                label: .random(in: 0...2, using: &random),
                score: Float(Int.random(in: 0...scores, using: &random)) / Float(scores))
        }
    }

    /// All pairs that may be one object.
    func areRivals(_ a: Detection, _ b: Detection) -> Bool { acrossClasses || a.label == b.label }
}
