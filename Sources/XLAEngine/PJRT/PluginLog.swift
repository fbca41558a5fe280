import Engines
import Foundation
import Synchronization

/// One at a time: who saves standard error must not save what another has put in its place.
private let standardErrorTurn = Mutex(())

/// Keeps off standard error what a plugin prints meanwhile; what fails is in its errors.
///
/// The variable `TF_CPP_MIN_LOG_LEVEL`, which is theirs, keeps this from being done where it is set.
func withoutPluginsLog<Result>(
    _ body: () throws(EngineError) -> Result
) throws(EngineError) -> Result {
    guard getenv("TF_CPP_MIN_LOG_LEVEL") == nil else { return try body() }
    return try standardErrorTurn.withLock { _ throws(EngineError) in
        let standardError = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { [standardError, nowhere].filter { $0 >= 0 }.forEach { close($0) } }
        guard standardError >= 0, nowhere >= 0 else { return try body() }
        dup2(nowhere, STDERR_FILENO)
        defer { dup2(standardError, STDERR_FILENO) }
        return try body()
    }
}
