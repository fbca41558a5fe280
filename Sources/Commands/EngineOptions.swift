public import ArgumentParser
public import Devices
public import Engines
import ModelFiles
import Networks

/// Which engine a command runs on.
struct EngineOptions: ParsableArguments {
    @OptionGroup var deviceOptions: DeviceOptions
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count"))
    var workers = 0
    @Option(
        name: .customLong("precision"),
        help: """
            fp32 (by default), bf16 (activations in half the memory), int8 (scoring on the CPU only, with models that tilescope \
            calibrate has made), or auto. On the CPU, auto is the fastest precision that this CPU and the model support; on \
            an accelerator it is bf16.
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
        try asUsage { () throws(DeviceError) in try machine.check(numerics) }
    }

    /// Where to compute.
    var machine: Machine { deviceOptions.machine(workers: workers) }
    /// What to compute with.
    var numerics: NumericsChoice {
        NumericsChoice(precision: givenPrecision ?? .fp32, kernels: givenKernels)
    }

    /// Whether something is asked for that a training's plan has too.
    var areInPlanGiven: Bool { givenPrecision != nil || givenKernels != nil }

    /// What was asked for, as one types it.
    var arguments: [String] {
        var arguments = deviceOptions.arguments
        if workers != 0 { arguments += ["--workers", "\(workers)"] }
        if let givenPrecision { arguments += ["--precision", givenPrecision.rawValue] }
        if let givenKernels { arguments += ["--kernels", givenKernels.rawValue] }
        return arguments
    }

    /// Refuses a precision in which nothing can be trained, as wrong usage.
    func checkTraining() throws { try asUsage { () throws(DeviceError) in try numerics.checkTraining() } }

    /// The precision in which networks are trained.
    ///
    /// - Parameter planned: what holds where nothing is asked for here.
    func trainingPrecision(insteadOf planned: PrecisionChoice? = nil) throws -> Precision {
        var numerics = numerics
        numerics.precision = givenPrecision ?? planned ?? .fp32
        return try machine.trainingPrecision(numerics)
    }

    func engine(scoring model: Model) throws -> any Engine {
        try machine.engine(numerics, scoring: model.architecture, weights: model.weights)
    }

    func trainingEngine() throws -> any Engine { try machine.trainingEngine(numerics) }
}

/// Says what is wrong with a choice as wrong usage.
private func asUsage(_ check: () throws(DeviceError) -> Void) throws {
    do {
        try check()
    } catch {
        throw ValidationError(error.description)
    }
}

extension PrecisionChoice: ExpressibleByArgument {}

extension KernelVariant: ExpressibleByArgument {
    fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
