import Engines
import Files
import Pixels

/// Has a network run once over each block, and takes the scores of the plan's windows.
struct DenseScorer: SceneScorer {
    /// Calls of the engine under way: one that is computed, one that is on its way.
    private static let mostCallsAhead = 2

    private typealias Waiting = (windows: [WindowRange], block: Block, pixelsHWC: [UInt8])

    private let program: any DenseScoringProgram
    private let plan: DensePlan
    private let classCount: Int
    private var callsAhead = Self.mostCallsAhead
    private var waiting: [Waiting] = []
    private var begun: [(calls: [Waiting], scores: PendingScores)] = []

    init(program: any DenseScoringProgram, plan: DensePlan, classCount: Int) {
        self.program = program
        self.plan = plan
        self.classCount = classCount
    }

    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        try cancellation.check()
        waiting.append((windows, block, pixels.pixelsHWC))
        if waiting.count == program.blocksPerCall { try begin(deliver) }
        while begun.count >= callsAhead { try take(deliver) }
    }

    mutating func finish(deliver: (WindowScores) throws -> Void) throws {
        if !waiting.isEmpty { try begin(deliver) }
        while !begun.isEmpty { try take(deliver) }
    }

    /// Begins the blocks that wait; where the device has no memory for more than it has begun, after these, and from then on
    /// one call at a time.
    private mutating func begin(_ deliver: (WindowScores) throws -> Void) throws {
        let calls = waiting
        waiting = []
        do throws(EngineError) {
            begun.append((calls, try program.begin(calls.map(\.pixelsHWC))))
        } catch {
            guard error.code == .outOfMemory, !begun.isEmpty else { throw error }
            while !begun.isEmpty { try take(deliver) }
            callsAhead = 1
            begun.append((calls, try program.begin(calls.map(\.pixelsHWC))))
        }
    }

    /// Waits for the call that was begun first.
    private mutating func take(_ deliver: (WindowScores) throws -> Void) throws {
        let (calls, pending) = begun.removeFirst()
        for (call, scores) in zip(calls, try pending.result()) {
            for windows in call.windows {
                try deliver(WindowScores(windows: windows, scores: pick(windows, of: call.block, scores)))
            }
        }
    }

    /// - Parameter scores: of all places of a block, `plan.step` apart.
    private func pick(_ windows: WindowRange, of block: Block, _ scores: [Float]) -> [Float] {
        let placesPerRow = (plan.blockSize.width - plan.grid.windowSize) / plan.step + 1
        var picked: [Float] = []
        picked.reserveCapacity(windows.windowCount * classCount)
        for row in windows.rows {
            let placeRow = (plan.grid.y(ofRow: row) - block.bounds.y0) / plan.step
            for column in windows.columns {
                let place =
                    placeRow * placesPerRow + (plan.grid.x(ofColumn: column) - block.bounds.x0) / plan.step
                picked += scores[place * classCount..<(place + 1) * classCount]
            }
        }
        return picked
    }
}
