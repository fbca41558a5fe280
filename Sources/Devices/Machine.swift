import CPUEngine
public import Engines
public import Foundation
public import Networks
import XLAEngine

/// The part of a computer that a job computes on, and the engines that it gives.
public struct Machine: Hashable, Sendable, Codable {
    public var device: Device
    /// Which of the accelerator's devices compute together, each on its part of every batch; `nil` for the first one.
    public var indices: [Int]?
    /// Threads that compute on the CPU; 0 for one per core.
    public var workers: Int

    /// - Parameter indices: only for an accelerator; `nil` for its first device.
    /// - Parameter workers: 0 for one per core.
    public init(device: Device = .cpu, indices: [Int]? = nil, workers: Int = 0) {
        self.device = device
        self.indices = indices
        self.workers = workers
    }

    /// `workers`, or one per core.
    public var workerCount: Int { workers == 0 ? ProcessInfo.processInfo.activeProcessorCount : workers }

    /// Devices that compute together.
    public var deviceCount: Int { indices?.count ?? 1 }

    /// Where choices of algorithms and compiled programs are kept; `nil` without a home.
    public static var cacheFolder: URL? { CPUEngine.defaultCacheFolder }

    /// Refuses numerics that this machine cannot have, and a number of workers that nobody can have.
    public func check(_ choice: NumericsChoice) throws(DeviceError) {
        guard (0...1024).contains(workers) else {
            throw DeviceError(
                code: .wrongChoice, operation: "compute with \(workers) workers",
                cause: "their number must be between 0 and 1024")
        }
        switch device {
        case .cpu:
            _ = try kernels(choice)
            guard choice.precision != .bf16 || CPUEngine.supports(.bf16) else {
                throw DeviceError(
                    code: .notHere, operation: "compute in bf16",
                    cause: "this CPU has no AVX-512; use fp32, or auto for the fastest precision of this CPU")
            }
        case .accelerator(let name):
            guard choice.kernels == nil else {
                throw DeviceError(
                    code: .wrongChoice, operation: "choose kernels",
                    cause: "they run on the CPU only, not on \(name)")
            }
            guard choice.precision != .int8 else {
                throw DeviceError(
                    code: .wrongChoice, operation: "compute in int8",
                    cause: "int8 works on the CPU only, not on \(name)")
            }
        }
    }

    /// The kernels that were chosen, or the best; `nil` on an accelerator, which has none of ours.
    public func kernels(_ choice: NumericsChoice) throws(DeviceError) -> KernelVariant? {
        device == .cpu ? try Self.availableKernels(choice) : nil
    }

    private static func availableKernels(_ choice: NumericsChoice) throws(DeviceError) -> KernelVariant {
        let kernels = choice.kernels ?? .best
        guard kernels.isAvailable else {
            throw DeviceError(
                code: .notHere, operation: "use the \(kernels.rawValue) kernels",
                cause: "this CPU does not have these instructions")
        }
        return kernels
    }

    // MARK: Precision

    /// The precision in which a network with these weights is scored; auto is int8 only where the weights hold every
    /// input range that it needs, and bf16 is not faster.
    ///
    /// - Throws: `GraphError` for an impossible architecture; `DeviceError` where the numerics cannot be had.
    public func precision(
        _ choice: NumericsChoice, scoring architecture: Architecture, weights: Weights
    ) throws -> Precision {
        try check(choice)
        guard choice.precision == .auto, hasInstructions(for: .int8, choice),
            !(hasInstructions(for: .bf16, choice) && CPUEngine.hasTiles),
            try Network(architecture).inputRangeNames().allSatisfy({ weights[$0] != nil })
        else { return choice.precision == .int8 ? .int8 : floatPrecision(choice) }
        return .int8
    }

    /// The precision in which networks are trained.
    ///
    /// - Throws: for numerics that cannot be had or do not train.
    public func trainingPrecision(_ choice: NumericsChoice) throws(DeviceError) -> Precision {
        try check(choice)
        try choice.checkTraining()
        return floatPrecision(choice)
    }

    /// For a choice that is not int8.
    private func floatPrecision(_ choice: NumericsChoice) -> Precision {
        switch choice.precision {
        case .auto: device != .cpu || hasInstructions(for: .bf16, choice) ? .bf16 : .fp32
        case .fp32: .fp32
        case .bf16: .bf16
        case .int8: preconditionFailure("int8 is no precision of floats")
        }
    }

    private func hasInstructions(for precision: Precision, _ choice: NumericsChoice) -> Bool {
        device == .cpu && (choice.kernels ?? .best).isNative(precision)
    }

    // MARK: Engines

    /// The engine that scores a network with these weights.
    ///
    /// - Throws: where it cannot be had. Tilescope never falls back to the CPU.
    public func engine(
        _ choice: NumericsChoice, scoring architecture: Architecture, weights: Weights
    ) throws -> any Engine {
        try engine(precision(choice, scoring: architecture, weights: weights), kernels: choice.kernels)
    }

    /// The engine that trains networks.
    ///
    /// - Throws: where it cannot be had. Tilescope never falls back to the CPU.
    public func trainingEngine(_ choice: NumericsChoice) throws -> any Engine {
        try engine(trainingPrecision(choice), kernels: choice.kernels)
    }

    /// An engine in a precision that is settled.
    ///
    /// - Parameter kernels: the CPU's; `nil` for the best that it has.
    /// - Parameter isProfiling: whether programs time each of their operations; on the CPU only.
    /// - Throws: where it cannot be had. Tilescope never falls back to the CPU.
    public func engine(
        _ precision: Precision, kernels: KernelVariant? = nil, isProfiling: Bool = false
    ) throws -> any Engine {
        switch device {
        case .cpu:
            let kernels = try Self.availableKernels(NumericsChoice(kernels: kernels))
            return CPUEngine(
                workerCount: workerCount, precision: precision, kernels: kernels,
                cacheFolder: Self.cacheFolder, isProfiling: isProfiling)
        case .accelerator(let name):
            precondition(kernels == nil && !isProfiling, "kernels and profiles are the CPU's")
            return try XLAEngine(
                Accelerator(name), devices: indices ?? [0], precision: precision,
                cacheFolder: Self.cacheFolder)
        }
    }

    /// An engine that scores a network with exactly the numerics that another process scored it with.
    ///
    /// - Parameter numerics: with those of the network's convolutions (`Engine.numerics(scoring:weights:)`).
    /// - Throws: where this machine would compute otherwise, with what differs; what needs to be equal is in `Numerics`.
    public func engine(
        matching numerics: Numerics, scoring network: Network, weights: Weights
    ) throws -> any Engine {
        let engine: any Engine
        switch device {
        case .cpu: engine = try CPUEngine(workerCount: workerCount, matching: numerics)
        case .accelerator: engine = try self.engine(numerics.precision)
        }
        let differences = try engine.numerics(scoring: network, weights: weights).differences(from: numerics)
        guard differences.isEmpty else {
            throw DeviceError(
                code: .notHere, operation: "score \(network.architecture.name) with the wanted numerics",
                cause: "\(device.name) has " + differences.joined(separator: "; "))
        }
        return engine
    }

    /// What the CPU can do at best with so many workers, measured for about a second.
    public static func measuredPeaks(workerCount: Int) throws(EngineError) -> MachinePeaks {
        try MachinePeaks.measure(workerCount: workerCount)
    }

    /// The devices of one of several jobs that share this machine.
    ///
    /// - Parameter position: of the job among `count`.
    /// - Parameter deviceCount: devices that the job wants where none are named: the first ones.
    /// - Throws: where the named devices cannot be shared evenly.
    public func share(_ position: Int, of count: Int, deviceCount: Int) throws(DeviceError) -> Machine {
        guard device != .cpu else { return self }
        var machine = self
        guard let indices else {
            machine.indices = Array(0..<deviceCount)
            return machine
        }
        // One device takes turns.
        guard indices.count > 1, count > 1 else { return self }
        guard indices.count.isMultiple(of: count) else {
            throw DeviceError(
                code: .wrongChoice, operation: "divide \(indices.count) devices",
                cause: "they cannot be divided evenly among \(count) jobs")
        }
        let size = indices.count / count
        machine.indices = Array(indices[position * size..<(position + 1) * size])
        return machine
    }
}
