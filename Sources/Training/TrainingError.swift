import Files
import Foundation

/// A training could not start or go on.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A setting makes no sense, alone or beside another.
        case wrongPlan
        /// The tiles do not fit the network: other classes, another size, too few.
        case wrongData
        /// The output folder holds a run already.
        case runExists
        /// Another process trains into the output folder.
        case runLocked
        /// The samples' file was cut or changed while it was read.
        case dataChanged
        /// A checkpoint is of another training or of another version of the program, or all are damaged.
        case wrongCheckpoint
        /// A checkpoint's content is not what was written.
        case damagedCheckpoint
        /// The loss became infinite or not a number.
        case diverged
        /// The engine failed in the middle of a training.
        case engineFailed
        /// The run folder cannot be written.
        case cannotWrite
        /// The disk is full.
        case noSpace
    }
    public var code: Code
    /// With the values that matter: `"train step 120 of epoch 3"`.
    public var operation: String
    /// What was expected and what was found, and what to do.
    public var cause: String

    public init(code: Code, operation: String, cause: String) {
        (self.code, self.operation, self.cause) = (code, operation, cause)
    }

    /// Built from `errno`; call it before anything else can change that.
    init(writing operation: String) {
        let number = errno
        code = number == ENOSPC || number == EDQUOT ? .noSpace : .cannotWrite
        self.operation = operation
        cause = String(cString: strerror(number))
    }

    init(_ error: FileError, operation: String) {
        let code: Code =
            switch error.code {
            case .noSpace: .noSpace
            case .locked: .runLocked
            default: .cannotWrite
            }
        self.init(code: code, operation: operation, cause: error.cause)
    }

    /// The samples' file was cut or changed before the first step.
    static func dataChanged(_ path: String, cause: String) -> TrainingError {
        TrainingError(
            code: .dataChanged, operation: "begin to train on \(path)",
            cause: "\(cause); restore the file")
    }

    public var description: String { "cannot \(operation): \(cause)" }
}
