public import ArgumentParser
import CPUEngine
import Engines
import Foundation
import ModelFiles
import Networks

/// Which engine a command runs on.
struct EngineOptions: ParsableArguments {
    @OptionGroup var place: DeviceOptions
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count"))
    var workers = 0
    @Option(
        name: .customLong("precision"),
        help: """
            fp32 (by default), bf16 (activations in half the memory), int8 (scoring on the CPU only, with models that tilescope \
            calibrate has made), or auto. On the CPU, auto is the fastest of these for which it has instructions and the model \
            what it takes; on an accelerator it is bf16.
            """)
    var givenPrecision: PrecisionChoice?
    @Option(
        name: .customLong("kernels"),
        help: ArgumentHelp(
            "Instructions of our own kernels: \(KernelVariant.list); by default the best that this CPU has.",
            valueName: "variant"))
    var givenKernels: KernelVariant?

    func validate() throws {
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
        guard kernels.isAvailable else {
            throw ValidationError("this CPU cannot run the \(kernels.rawValue) kernels")
        }
        guard place.isCPU || givenKernels == nil else {
            throw ValidationError("--kernels are the CPU's, not those of --device \(place.device)")
        }
        guard place.isCPU || precision != .int8 else {
            throw ValidationError("--precision int8 is for the CPU, not for --device \(place.device)")
        }
    }

    var precision: PrecisionChoice { givenPrecision ?? .fp32 }
    var kernels: KernelVariant { givenKernels ?? .best }

    /// Whether something is asked for that a training's plan has too.
    var areInPlanGiven: Bool { givenPrecision != nil || givenKernels != nil }

    /// What was asked for, as one types it.
    var arguments: [String] {
        var arguments = place.arguments
        if workers != 0 { arguments += ["--workers", "\(workers)"] }
        if let givenPrecision { arguments += ["--precision", givenPrecision.rawValue] }
        if let givenKernels { arguments += ["--kernels", givenKernels.rawValue] }
        return arguments
    }

    /// As asked for, or one per core.
    var workerCount: Int { workers == 0 ? ProcessInfo.processInfo.activeProcessorCount : workers }

    /// The precision in which a network with these weights is scored; by itself in bytes only where the weights hold
    /// every range that this takes.
    ///
    /// - Throws: `GraphError` for an impossible architecture.
    func precision(scoring architecture: Architecture, weights: Weights) throws -> Precision {
        guard precision == .auto, place.isCPU, kernels.isNative(.int8),
            try Network(architecture).inputRangeNames().allSatisfy({ weights[$0] != nil })
        else { return trainingPrecision }
        return .int8
    }

    /// What is said where networks would be trained in bytes.
    static let scoringOnly = "--precision int8 is for scoring only"

    /// Refuses a precision in which nothing can be trained, as wrong usage.
    func checkTraining() throws {
        guard precision != .int8 else { throw ValidationError(Self.scoringOnly) }
    }

    /// The precision in which networks are trained; no engine trains in int8, and says so.
    var trainingPrecision: Precision { trainingPrecision(insteadOf: nil) }

    /// - Parameter planned: what holds where nothing is asked for here.
    func trainingPrecision(insteadOf planned: PrecisionChoice?) -> Precision {
        switch givenPrecision ?? planned ?? .fp32 {
        case .auto: !place.isCPU || kernels.isNative(.bf16) ? .bf16 : .fp32
        case .fp32: .fp32
        case .bf16: .bf16
        case .int8: .int8
        }
    }

    func engine(scoring model: Model) throws -> any Engine {
        try engine(precision(scoring: model.architecture, weights: model.weights))
    }

    func trainingEngine() throws -> any Engine { try engine(trainingPrecision) }

    /// - Parameter isProfiling: whether programs time each of their operations; on the CPU only.
    func engine(_ precision: Precision, isProfiling: Bool = false) throws -> any Engine {
        try place.engine(precision)
            ?? CPUEngine(
                workerCount: workerCount, precision: precision, kernels: kernels, isProfiling: isProfiling)
    }
}

/// A precision, or the best one.
enum PrecisionChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, fp32, bf16, int8
}

extension KernelVariant: ExpressibleByArgument {
    fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
