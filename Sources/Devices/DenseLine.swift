import Engines

/// A dense program with what was begun on it, in the order in which the program wants to be asked.
///
/// Each borrower asks in its own order; results before the one that is asked for are kept for their owners.
final class DenseLine {
    /// Held by whoever may still ask for a result.
    final class Ticket: Sendable {}

    private struct Place {
        weak var ticket: Ticket?
        var scores: Scores
    }
    private enum Scores {
        case begun(PendingScores)
        case ended(Result<[[Float]], EngineError>)
    }

    let program: any DenseScoringProgram
    private var places: [Place] = []

    init(_ program: any DenseScoringProgram) { self.program = program }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> Ticket {
        let ticket = Ticket()
        places.append(Place(ticket: ticket, scores: .begun(try program.begin(blocks))))
        return ticket
    }

    /// Waits for the scores; to be asked once.
    func result(of ticket: Ticket) throws(EngineError) -> [[Float]] {
        guard let index = places.firstIndex(where: { $0.ticket === ticket }) else {
            preconditionFailure("scores are asked for once")
        }
        for earlier in places[...index].indices {
            guard case .begun(let pending) = places[earlier].scores else { continue }
            do throws(EngineError) {
                places[earlier].scores = .ended(.success(try pending.result()))
            } catch {
                places[earlier].scores = .ended(.failure(error))
            }
        }
        guard case .ended(let scores) = places.remove(at: index).scores else {
            preconditionFailure("all scores up to this one have ended")
        }
        // Nobody can ask for these any more. One that was only begun stays until the program has ended it.
        places.removeAll { place in
            if case .ended = place.scores { place.ticket == nil } else { false }
        }
        return try scores.get()
    }
}
