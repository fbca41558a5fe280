public import ArgumentParser
public import CPUEngine
public import Engines
import Foundation

/// Which engine a command runs on.
struct EngineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count"))
    var workers = 0
    @Option(
        help: """
            fp32, bf16 (activations in half the memory, on CPUs with AVX-512) or int8 (scoring only, with models that \
            tilescope calibrate has made, on CPUs with AVX-512 VNNI).
            """)
    var precision = Precision.fp32
    @Option(
        help: ArgumentHelp(
            "Instructions of our own kernels: \(KernelVariant.list); by default the best that this CPU has.",
            valueName: "variant"))
    var kernels = KernelVariant.best

    func validate() throws {
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
        guard kernels.isAvailable else {
            throw ValidationError("this CPU cannot run the \(kernels.rawValue) kernels")
        }
    }

    /// As asked for, or one per core.
    var workerCount: Int { workers == 0 ? ProcessInfo.processInfo.activeProcessorCount : workers }

    /// - Parameter isProfiling: whether programs time each of their operations.
    func engine(isProfiling: Bool = false) -> any Engine {
        CPUEngine(
            workerCount: workerCount, precision: precision, kernels: kernels, isProfiling: isProfiling)
    }
}

extension Precision: ExpressibleByArgument {}

extension KernelVariant: ExpressibleByArgument {
    fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
