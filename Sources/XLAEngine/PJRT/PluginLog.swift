import Engines
import Foundation

/// Keeps off standard error what a plugin prints meanwhile; what fails is in its errors.
///
/// The variable `TF_CPP_MIN_LOG_LEVEL`, which is theirs, keeps this from being done where it is set.
func withoutPluginsLog<Result>(
    _ body: () throws(EngineError) -> Result
) throws(EngineError) -> Result {
    let (standardError, nowhere) = (dup(STDERR_FILENO), open("/dev/null", O_WRONLY | O_CLOEXEC))
    defer { [standardError, nowhere].filter { $0 >= 0 }.forEach { close($0) } }
    guard getenv("TF_CPP_MIN_LOG_LEVEL") == nil, standardError >= 0, nowhere >= 0 else { return try body() }
    dup2(nowhere, STDERR_FILENO)
    defer { dup2(standardError, STDERR_FILENO) }
    return try body()
}
