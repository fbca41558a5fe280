import ArgumentParser
import CPUEngine
import Engines
import Foundation

/// Which engine a command runs on.
struct EngineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count"))
    var workers = 0

    func validate() throws {
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
    }

    /// As asked for, or one per core.
    var workerCount: Int { workers == 0 ? ProcessInfo.processInfo.activeProcessorCount : workers }

    func engine() -> any Engine { CPUEngine(workerCount: workerCount) }
}
