import Engines
import Foundation
import Networks

extension Executable {
    /// What a step is, for people, and what one sample of it costs.
    struct StepLabel: Hashable {
        var name: String
        var operationCount: Double
    }

    /// The times of all steps so far, those of the same name together, and what is left of the runs' time.
    var profile: [OpProfile] {
        guard configuration.isProfiling else { return [] }
        var profiles: [String: OpProfile] = [:]
        for (phase, labels) in stepLabels.enumerated() {
            for (index, label) in labels.enumerated() {
                let times = workers.map { $0.times[phase][index] }
                let samples = Double(microBatches[phase] * times.reduce(0) { $0 + $1.callCount })
                var entry =
                    profiles[label.name]
                    ?? OpProfile(name: label.name, stepCount: 0, seconds: 0, operationCount: 0)
                entry.stepCount += 1
                entry.seconds += times.reduce(0) { $0 + Double($1.nanoseconds) } / 1e9
                entry.operationCount += samples * label.operationCount
                profiles[label.name] = entry
            }
        }
        let listed = profiles.values.reduce(0) { $0 + $1.seconds }
        let all = Double(runNanoseconds) / 1e9 * Double(pool.workerCount)
        let rest = OpProfile(
            name: "all else: updates, small values, waiting", stepCount: 1, seconds: max(0, all - listed),
            operationCount: 0)
        return (profiles.values + [rest]).sorted { ($0.seconds, $1.name) > ($1.seconds, $0.name) }
    }

    func label(_ step: Step) -> StepLabel {
        var names = step.nodes.map { name(of: $0) }
        if case .quantize = step { names.append("quantize") }
        if case .convolution(let convolution) = step {
            names = [convolution.norm, convolution.add, convolution.relu, convolution.activatedNorm]
                .compactMap { $0 }.map { name(of: $0) }
            names.insert(name(of: convolution.convolution), at: 0)
        }
        return StepLabel(
            name: names.joined(separator: ", "),
            operationCount: step.isSumOnly ? 0 : step.nodes.reduce(0) { $0 + operationCount($1) })
    }

    /// The convolution of a node, forward or backward; `nil` for other ops.
    func convolutionShape(of id: NodeID, microBatch: Int) -> Convolution.Shape? {
        let node = graph[id]
        func shape(
            _ direction: Convolution.Direction, x: [Int], y: [Int], weights: [Int], _ stride: Int,
            _ padding: Int
        ) -> Convolution.Shape {
            Convolution.Shape(
                direction: direction, x: [microBatch] + x[1...], weights: weights,
                y: [microBatch] + y[1...], stride: stride, padding: padding,
                element: configuration.precision.element)
        }
        switch node.op {
        case .conv2d(let stride, let padding):
            return shape(
                .forward, x: graph[node.inputs[0]].shape, y: node.shape, weights: graph[node.inputs[1]].shape,
                stride, padding)
        case .conv2dGradientInput(let stride, let padding, _, _):
            return shape(
                .gradientInput, x: node.shape, y: graph[node.inputs[0]].shape,
                weights: graph[node.inputs[1]].shape, stride, padding)
        case .conv2dGradientWeights(let stride, let padding, _):
            return shape(
                .gradientWeights, x: graph[node.inputs[0]].shape, y: graph[node.inputs[1]].shape,
                weights: node.shape, stride, padding)
        default: return nil
        }
    }

    private func operationCount(_ id: NodeID) -> Double {
        guard let shape = convolutionShape(of: id, microBatch: 1) else { return 0 }
        return Double(2 * shape.weights.elementCount * shape.y[2] * shape.y[3])
    }

    private func name(of id: NodeID) -> String {
        if let shape = convolutionShape(of: id, microBatch: 1) {
            guard quantization.isInBytes(id) else {
                return "\(shape.description): \(algorithm(for: shape).rawValue)"
            }
            return "\(shape.description): int8\(shape.winogradOfBytes == nil ? "" : " winograd")"
        }
        let shape = graph[id].op.isReduction ? graph[graph[id].inputs[0]].shape : graph[id].shape
        let size = shape.dropFirst().map(String.init).joined(separator: "x")
        let op = String(describing: graph[id].op).prefix { $0 != "(" }
        return "\(op) \(size)"
    }
}

extension Convolution.Shape: CustomStringConvertible {
    /// `convolution 3x3/1 16→16 of 32x32`.
    var description: String {
        let kind =
            switch direction {
            case .forward: "convolution"
            case .gradientInput: "input gradient"
            case .gradientWeights: "weight gradient"
            }
        return "\(kind) \(weights[2])x\(weights[3])/\(stride) \(x[1])→\(y[1]) of \(x[2])x\(x[3])"
    }
}

extension Step {
    /// Whether the convolution in it is not computed.
    fileprivate var isSumOnly: Bool {
        if case .inputGradientSum = self { true } else { false }
    }
}

/// How long one step took one worker.
struct StepTime {
    var callCount = 0
    var nanoseconds: UInt64 = 0

    mutating func measure(_ body: () -> Void) {
        let start = DispatchTime.now().uptimeNanoseconds
        body()
        nanoseconds += DispatchTime.now().uptimeNanoseconds - start
        callCount += 1
    }
}
