import CDNNL
import CKernels
import Engines
import Foundation
import Networks

/// Measures the algorithms that can compute one convolution.
struct ConvolutionTimer {
    let shape: Convolution.Shape
    let variant: KernelVariant
    let device: DNNLDevice

    /// Samples that go through together while measuring, so that the choice does not depend on a program's batch.
    private static let sampleCount = 8
    /// An algorithm must save this part of the time before it is preferred to those before it.
    private static let margin = 0.05
    /// For each algorithm in each round, after one call that does not count.
    private static let seconds = 0.01
    /// All algorithms have a turn in each, so that other work on this machine slows none of them alone.
    private static let roundCount = 6

    func fastest() -> ConvolutionAlgorithm {
        var fastest: [ConvolutionAlgorithm: Double] = [:]
        for _ in 0..<Self.roundCount {
            // What oneDNN cannot do is no candidate.
            for algorithm in shape.algorithms {
                guard let seconds = try? seconds(algorithm) else { continue }
                fastest[algorithm] = min(fastest[algorithm] ?? .infinity, seconds)
            }
        }
        return shape.algorithms.reduce(.direct) { best, next in
            (fastest[next] ?? .infinity) < (fastest[best] ?? .infinity) * (1 - Self.margin) ? next : best
        }
    }

    /// The fastest of some calls, in seconds.
    private func seconds(_ algorithm: ConvolutionAlgorithm) throws(EngineError) -> Double {
        var shape = shape
        shape.x[0] = Self.sampleCount
        shape.y[0] = Self.sampleCount
        let inputs = [shape.x, shape.y, shape.weights].map {
            MemoryBlock(byteCount: 4 * $0.elementCount)
        }
        var weights: MemoryBlock?
        let run: () -> Void
        switch algorithm {
        case .winograd:
            guard let winograd = Winograd(shape) else {
                preconditionFailure("\(shape.description) is not for Winograd")
            }
            run = self.run(winograd, inputs, shape)
        case .direct, .blocked:
            shape.isBlocked = algorithm == .blocked
            let convolution = try Convolution(shape, on: device)
            let block = MemoryBlock(byteCount: convolution.weightsLayout.byteCount)
            weights = block
            let scratchpad = MemoryBlock(byteCount: convolution.scratchpadByteCount)
            let call = try convolution.call(on: device, weights: block.start)
            let (first, second) = shape.direction == .gradientInput ? (1, 0) : (0, 1)
            let takesWeights = shape.direction == .gradientWeights
            run = {
                _ = call.run(
                    inputs[first].start, inputs[second].start, takesWeights ? block.start : nil,
                    scratchpad: scratchpad.start)
            }
        }
        run()
        let (start, clock) = (ContinuousClock.now, ContinuousClock())
        var fastest = Duration.seconds(1000)
        while clock.now - start < .seconds(Self.seconds) { fastest = min(fastest, clock.measure(run)) }
        // `call` knows the weights' address only.
        withExtendedLifetime(weights) {}
        return fastest / .seconds(1)
    }

    private func run(_ winograd: Winograd, _ inputs: [MemoryBlock], _ shape: Convolution.Shape) -> () -> Void
    {
        let kernels = shape.element.activationKernels(variant.kernels)
        let scratch = MemoryBlock(byteCount: 4 * winograd.scratchCount(shape.direction))
        let weights = MemoryBlock(byteCount: 4 * winograd.weightCount)
        return {
            let (x, y, dw) = (inputs[0].start, inputs[1].start, inputs[2].floats)
            withUnsafePointer(to: winograd.shape) {
                if shape.direction == .gradientWeights {
                    kernels.winograd_gradient_weights(x, y, dw, false, $0, winograd.block, scratch.floats)
                } else {
                    let (from, to) = winograd.isGradient ? (y, x) : (x, y)
                    kernels.winograd(from, weights.floats, to, $0, nil, winograd.block, scratch.floats)
                }
            }
        }
    }
}

extension MemoryBlock {
    fileprivate var floats: UnsafeMutablePointer<Float> { start.assumingMemoryBound(to: Float.self) }
}
