import Bytes
import Evaluation
import Foundation

/// Scores of a network that does not exist, over the epochs of its training: its confusions follow a hierarchy of the
/// classes, and become fewer and nearer from epoch to epoch.
struct SyntheticRun {
    let classNames: [String]
    /// Edges between classes, `[classes, classes]`.
    private let distances: [[Int]]

    /// - Parameter isA: lines of a parent and a child, each node with one parent at least.
    init(isA: String, classNames: [String]) {
        self.classNames = classNames
        var parents: [String: [String]] = [:]
        for line in isA.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            parents[words[1], default: []].append(words[0])
        }
        let above = classNames.map { name in
            var (distances, level, distance) = ([name: 0], [name], 0)
            while !level.isEmpty {
                distance += 1
                level = level.flatMap { parents[$0] ?? [] }.filter { distances[$0] == nil }
                for node in level { distances[node] = distance }
            }
            return distances
        }
        distances = above.map { a in
            above.map { b in a.compactMap { node, distance in b[node].map { $0 + distance } }.min() ?? 99 }
        }
    }

    /// - Parameter progress: in `0...1`, from an untrained network to a good one.
    /// - Parameter perClass: samples of each class.
    func predictions(progress: Double, perClass: Int, keptCount: Int = 5, seed: UInt64) -> Predictions {
        var predictions = Predictions(classNames: classNames, keptCount: keptCount)
        var random = SplitMix64(seed: seed)
        var scores = [Float](repeating: 0, count: classNames.count)
        for truth in classNames.indices {
            for sample in 0..<perClass {
                var sum: Float = 0
                for label in classNames.indices {
                    let uniform = Float(random.next() >> 40) * 0x1p-24
                    // Gumbel noise: the highest logit is then a draw from their softmax.
                    let noise = -logf(-logf(max(uniform, 1e-7)))
                    let logit =
                        Float(progress) * (label == truth ? 11 : 7 - Float(min(14, distances[truth][label])))
                    scores[label] = expf(logit + noise)
                    sum += scores[label]
                }
                for label in scores.indices { scores[label] /= sum }
                predictions.append(sample: truth * perClass + sample, truth: truth, scores: scores[...])
            }
        }
        return predictions
    }
}
