import Engines
import Networks
import Records
import Synchronization

/// Another engine as a device that is asked to do things and does them later: a step is computed when its result is
/// asked for, two steps pay ahead, and tiles can be held.
final class AheadEngine: Engine {
    enum Event: Hashable, Sendable {
        /// With the number of the program, from 0 on.
        case begin(Int)
        case end(Int)
        case hold(Int)
    }

    private struct Log {
        var events: [Event] = []
        var heldStepCount = 0
        var programCount = 0
    }
    private let inner: any Engine
    private let canHold: Bool
    private let log = Mutex(Log())

    init(_ inner: any Engine, canHold: Bool) { (self.inner, self.canHold) = (inner, canHold) }

    var description: String { inner.description + ", later" }
    var abilities: Abilities { inner.abilities }
    var numerics: Numerics { inner.numerics }
    var events: [Event] { log.withLock { $0.events } }
    /// Steps that were begun from held tiles.
    var heldStepCount: Int { log.withLock { $0.heldStepCount } }

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        try inner.evaluate(graph, inputs: inputs)
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try inner.scoringProgram(for: network, weights: weights, batchSize: batchSize)
    }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        let program = try inner.trainingProgram(for: network, state: state, configuration: configuration)
        let number = log.withLock { log in
            log.programCount += 1
            return log.programCount - 1
        }
        return AheadProgram(program, engine: self, number: number)
    }

    fileprivate func add(_ event: Event) { log.withLock { $0.events.append(event) } }

    fileprivate func addHeldStep() { log.withLock { $0.heldStepCount += 1 } }

    fileprivate func holds(_ tiles: HeldTiles, by program: Int) -> Bool {
        add(.hold(program))
        return canHold
    }
}

private final class AheadProgram: TrainingProgram {
    private struct Work {
        var pixels: [UInt8]
        var targets: Targets
        var learningRate: Float
    }
    private let inner: any TrainingProgram
    private let engine: AheadEngine
    private let number: Int
    private var tiles: HeldTiles?
    private var underWay: [Work] = []

    init(_ inner: any TrainingProgram, engine: AheadEngine, number: Int) {
        (self.inner, self.engine, self.number) = (inner, engine, number)
    }

    var stepsAhead: Int { 2 }

    func hold(_ tiles: HeldTiles) throws(EngineError) -> Bool {
        guard engine.holds(tiles, by: number) else { return false }
        // As a device takes them.
        var pixels = [UInt8](repeating: 0, count: tiles.side * tiles.side * 3)
        for tile in 0..<tiles.count {
            var span = pixels.mutableSpan
            try tiles.copy(tile, &span)
        }
        self.tiles = tiles
        return true
    }

    func begin(
        _ samples: StepSamples, targets: Targets, learningRate: Float
    ) throws(EngineError) -> PendingStep {
        precondition(underWay.count <= stepsAhead, "too many steps under way")
        engine.add(.begin(number))
        underWay.append(Work(pixels: try pixels(of: samples), targets: targets, learningRate: learningRate))
        return PendingStep { [self] () throws(EngineError) -> StepResult in try endStep() }
    }

    private func endStep() throws(EngineError) -> StepResult {
        engine.add(.end(number))
        let work = underWay.removeFirst()
        return try inner.step(work.pixels.span, targets: work.targets, learningRate: work.learningRate)
    }

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        preconditionFailure("steps are begun")
    }

    func state() throws(EngineError) -> TrainingState {
        precondition(underWay.isEmpty, "asked for the state while steps are under way")
        return try inner.state()
    }

    private func pixels(of samples: StepSamples) throws(EngineError) -> [UInt8] {
        switch samples {
        case .pixels(let pixels): return pixels
        case .held(let placements):
            engine.addHeldStep()
            guard let tiles else { preconditionFailure("it holds no tiles") }
            return try placements.map { placement throws(EngineError) in try tiles.pixels(of: placement) }
                .flatMap(\.self)
        }
    }
}

extension HeldTiles {
    /// `[side, side, 3]`
    fileprivate func pixels(of placement: TilePlacement) throws(EngineError) -> [UInt8] {
        precondition(abs(Int(placement.x)) <= padding && abs(Int(placement.y)) <= padding)
        var tile = [UInt8](repeating: 0, count: side * side * 3)
        var span = tile.mutableSpan
        try copy(Int(placement.tile), &span)
        let crop = Crop(
            x: Int(placement.x), y: Int(placement.y), mirrored: placement.isMirrored,
            border: border == .black ? .black : .reflect)
        var moved = tile
        moved.withUnsafeMutableBufferPointer { moved in
            tile.withUnsafeBytes {
                crop.copy($0, stride: side * 3, into: moved, width: side, height: side)
            }
        }
        return moved
    }
}
