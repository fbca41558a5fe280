import Engines
import Networks
import Synchronization

/// What a program is compiled for, beside the weights.
struct ProgramShape: Hashable, Sendable {
    var architecture: Architecture
    /// The sizes of the batch or block.
    var sizes: [Int]
}

/// The programs of one kind that somebody holds.
final class ProgramList<Program>: Sendable {
    private struct Entry {
        var shape: ProgramShape
        var weights: Weights
        weak var lent: LentProgram<Program>?
    }
    private let entries = Mutex<[Entry]>([])

    /// The program for a shape and weights; compiled by the first who asks, while others with the same wish wait.
    func lent(
        _ shape: ProgramShape, _ weights: Weights,
        compile: @escaping @Sendable () throws(EngineError) -> sending Program
    ) throws(EngineError) -> LentProgram<Program> {
        let lent = entries.withLock { entries in
            entries.removeAll { $0.lent == nil }
            // Copies of the same weights share their numbers' memory, which makes comparing them quick.
            let known = entries.first { $0.shape == shape && $0.weights == weights }?.lent
            if let known { return known }
            let new = LentProgram<Program>(compile: compile)
            entries.append(Entry(shape: shape, weights: weights, lent: new))
            return new
        }
        try lent.prepare()
        return lent
    }
}

/// A program that several borrowers use in turn.
final class LentProgram<Program>: Sendable {
    private let compile: @Sendable () throws(EngineError) -> sending Program
    private let program = Mutex<Program?>(nil)

    init(compile: @escaping @Sendable () throws(EngineError) -> sending Program) { self.compile = compile }

    /// Compiles the program, unless that is done.
    ///
    /// - Throws: what the engine says; whoever asks next tries again.
    func prepare() throws(EngineError) { try withProgram { _ throws(EngineError) in } }

    /// Lends the program to one caller at a time.
    func withProgram<Result>(
        _ body: (Program) throws(EngineError) -> sending Result
    ) throws(EngineError) -> sending Result {
        try program.withLock { program throws(EngineError) in
            if let program { return try body(program) }
            let made = try compile()
            program = made
            return try body(made)
        }
    }
}
