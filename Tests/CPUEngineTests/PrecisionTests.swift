import Bytes
import CPUEngine
import EngineCases
import Engines
import Networks
import Testing

/// The same, with 8 significant bits: what bfloat16 holds, so that ties and signs are the same in all engines.
private func rounded(_ inputs: [String: Tensor]) -> [String: Tensor] {
    inputs.mapValues { tensor in
        Tensor(
            shape: tensor.shape,
            values: tensor.values.map { Float(bitPattern: $0.bitPattern & 0xffff_0000) })
    }
}

private let bf16IsSupported = CPUEngine.supports(.bf16)
private let needsBF16: Comment = "oneDNN computes bfloat16 only with AVX-512"

/// Activations are rounded to 8 significant bits between ops; an op's own sums are not.
@Test(.enabled(if: bf16IsSupported, needsBF16), arguments: OpCase.single)
func bfloat16AgreesWithTheReference(op: OpCase) throws {
    let engine = CPUEngine(workerCount: 2, precision: .bf16, cacheFolder: nil)
    for seed in UInt64(1)...2 {
        let inputs = rounded(op.inputs(seed: seed))
        let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
        let found = try engine.evaluate(op.graph, inputs: inputs)
        for (index, (a, b)) in zip(found, expected).enumerated() {
            #expect(relativeError(a, b) <= 0x1p-6, "output \(index), seed \(seed)")
        }
    }
}

@Test(.enabled(if: bf16IsSupported, needsBF16), arguments: OpCase.graphs)
func bfloat16GivesTheSameBitsForAnyNumberOfWorkers(op: OpCase) throws {
    let inputs = op.inputs(seed: 7)
    let one = try CPUEngine(workerCount: 1, precision: .bf16, cacheFolder: nil).evaluate(
        op.graph, inputs: inputs)
    #expect(
        try CPUEngine(workerCount: 3, precision: .bf16, cacheFolder: nil).evaluate(op.graph, inputs: inputs)
            == one)
}

/// In int8, what is not computed in bytes is computed in bf16.
@Test(
    arguments: KernelVariant.allCases.filter(\.isAvailable),
    bf16IsSupported ? Precision.allCases : [.fp32])
func everyVariantAgreesWithTheReference(kernels: KernelVariant, precision: Precision) throws {
    for op in OpCase.single {
        let inputs = rounded(op.inputs(seed: 3))
        let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
        let engine = CPUEngine(workerCount: 1, precision: precision, kernels: kernels, cacheFolder: nil)
        for (a, b) in zip(try engine.evaluate(op.graph, inputs: inputs), expected) {
            #expect(relativeError(a, b) <= (precision == .fp32 ? op.tolerance : 0x1p-6), "\(op.name)")
        }
    }
}

/// Chains of everything that scoring merges into convolutions, with values that are used once, twice and later.
@Test(arguments: UInt64(0)..<30) func mergesWhatFollowsAConvolutionRightly(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let op = OpCase("random scoring graph", tolerance: 1e-4) { g throws(GraphError) in
        var values = [try g.input("x", 3, 16, 6, 6)]
        for index in 0..<16 {
            // Mostly what came last, so that chains form.
            let recent = values.suffix(2)
            let a = Int.random(in: 0..<4, using: &random) == 0 ? values[0] : values[values.count - 1]
            switch Int.random(in: 0..<6, using: &random) {
            case 0: values.append(try g.add(.add, a, recent[recent.startIndex]))
            case 1: values.append(try g.add(.relu, a))
            case 2, 3:
                values.append(
                    try g.add(.conv2d(stride: 1, padding: 1), a, g.parameter("w\(index)", 16, 16, 3, 3)))
            default:
                let (scale, shift) = (try g.parameter("s\(index)", 16), try g.parameter("h\(index)", 16))
                let one = try g.add(.constant(1, shape: [16]))
                let mean = try g.parameter("m\(index)", 16)
                let variance = try g.parameter(index == 4 ? "variance" : "variance\(index)", 16)
                let moments = try g.add(.stack, mean, variance)
                let norm = try g.add(
                    .batchNorm(epsilon: 0.1), a, Bool.random(using: &random) ? scale : one, shift, moments)
                values += Bool.random(using: &random) ? [norm] : [norm, try g.add(.relu, norm)]
            }
        }
        return [values[values.count - 1], values[values.count / 2], values[values.count - 2]]
    }
    let inputs = op.inputs(seed: seed)
    let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
    let found = try CPUEngine(workerCount: 2, cacheFolder: nil).evaluate(op.graph, inputs: inputs)
    for (a, b) in zip(found, expected) { #expect(relativeError(a, b) <= op.tolerance) }
}
