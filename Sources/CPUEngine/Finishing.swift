import CKernels
import Engines
import Networks

/// What a convolution's kernel does with its sums, and where it puts them: the same for every micro-batch.
struct Finishing {
    var bias: UnsafeMutablePointer<Float>?
    var other: Place?
    var relu = false
    /// Scale and shift before the ReLU of the second result.
    var activation: (scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>)?
    var activated: Place?
    var bytes: Place?
    /// Bytes for a number of 1.
    var bytesFactor: Float = 0

    /// Whether there is more to write than the value.
    var hasSecondResult: Bool { activated != nil || bytes != nil }

    func arguments(_ site: Site) -> ts_finish {
        ts_finish(
            bias: bias, other: other?.raw(site), relu: relu, a: activation?.scale, b: activation?.shift,
            activated: activated?.raw(site), bytes: bytes?.bytes(site),
            bytes_factor: bytesFactor)
    }
}

extension Lowering {
    func finishing(_ step: FinishedConvolution) throws(EngineError) -> Finishing {
        var finishing = Finishing()
        if let norm = step.norm {
            let weights = executable.graph[step.convolution].inputs[1]
            finishing.bias = try executable.preparedBias(weights, folding: FixedNorm(norm, in: executable))
        }
        finishing.other = step.other.map(place)
        finishing.relu = step.relu != nil
        if let id = step.last, let bytes = bytePlaces[id] {
            (finishing.bytes, finishing.bytesFactor) = (bytes, 1 / executable.quantization.step(of: id))
        }
        finishing.activation = step.activatedNorm.map { activationFactors($0) }
        finishing.activated = step.activated.flatMap(optionalPlace)
        return finishing
    }

    /// Scale and shift of a batch norm that never changes.
    func activationFactors(_ norm: NodeID) -> (
        scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>
    ) {
        let fixed = FixedNorm(norm, in: executable)
        let scale = executable.allocateFloats(fixed.channelCount)
        let shift = executable.allocateFloats(fixed.channelCount)
        executable.whenParametersChange(of: norm) {
            let factors = fixed.factors()
            scale.update(from: factors.scale, count: fixed.channelCount)
            shift.update(from: factors.shift, count: fixed.channelCount)
        }
        return (scale, shift)
    }
}
