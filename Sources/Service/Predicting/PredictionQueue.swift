import Engines
import Evaluation
import Files
import Foundation
import HTTPTypes
import ModelFiles
import NIOCore
import Networks
import Records
import Synchronization

/// Pictures that wait for one model. Requests share batches: whatever waits when the model is free goes through it together.
///
/// Nothing waits for a batch to fill. A picture is decoded on one of the service's threads while another batch is scored.
final class PredictionQueue: Sendable {
    /// One picture that waits for its scores.
    private struct Waiting: Sendable {
        enum Content: Sendable {
            /// It is decoded when it is scored.
            case small(PictureFiles.Picture)
            /// `[inputSize, inputSize, 3]`.
            case pixelsHWC([UInt8])
        }

        var content: Content
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<[Float], any Error>
    }

    /// PNG images whose sides are at most so long are decoded in less time than another thread takes to begin. Bytes alone do not
    /// say it: a few hundred may hold an image that takes seconds.
    private static let smallSide = 128

    /// - Source: PNG specification, 5.2 and 11.2.2: the signature, then `IHDR`, which begins with width and height.
    private static func isSmall(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return false }
        return [16..<20, 20..<24].allSatisfy { place in
            bytes[place].reduce(0) { $0 << 8 | Int($1) } <= smallSide
        }
    }

    private struct Work {
        /// Admitted: waiting, being decoded or being scored.
        var admittedCount = 0
        var ready: [Waiting] = []
        var isScoring = false
        /// By the pictures that it is compiled for.
        var programs: [Int: ScoringBox] = [:]
    }

    /// A program is used by one thread at a time: by the one that has set `isScoring`.
    private struct ScoringBox: @unchecked Sendable {
        var program: any ScoringProgram
    }

    /// Pictures for which programs are compiled, each at its first use. One that is compiled for many pictures takes as long for
    /// one as for a few: on the CPU ResNet-20's for 64 took 8 ms for one picture, its own 2 ms.
    private static let programSizes = [1, 4, 16, 64]
    /// Pictures that go through the model together, at most. With 16, which take 10 MB less, a service that was asked three times too
    /// much did a quarter less.
    private static let batchLimit = 64

    let model: Model
    private let name: String
    private let network: Network
    private let engine: any Engine
    /// For one picture: on the CPU of one worker, because others would only wait.
    private let singleEngine: any Engine
    private let limits: ServiceLimits
    private let threads: WorkThreads
    private let metrics: ServiceMetrics
    private let state = Mutex(Work())

    init(
        _ model: Model, name: String, engine: any Engine, singleEngine: any Engine,
        limits: ServiceLimits, threads: WorkThreads, metrics: ServiceMetrics
    ) throws {
        self.model = model
        self.name = name
        self.engine = engine
        self.singleEngine = singleEngine
        self.limits = limits
        self.threads = threads
        self.metrics = metrics
        network = try Network(model.architecture)
    }

    /// In which it scores.
    var precision: Precision { engine.numerics.precision }

    /// Pictures that wait or are being scored.
    var waitingCount: Int { state.withLock { $0.admittedCount } }

    /// Room for one picture, as long as somebody holds it.
    final class Place: Sendable {
        private let queue: PredictionQueue

        fileprivate init(_ queue: PredictionQueue) { self.queue = queue }

        deinit { queue.leave(1) }
    }

    /// - Returns: `nil` where all places are taken.
    func place() -> Place? { take(1) ? Place(self) : nil }

    /// Takes a place for some pictures, before their bytes are received.
    ///
    /// - Throws: 429 where there is none.
    func admit(_ count: Int) throws(Problem) {
        guard take(count) else {
            metrics.countRefusal("queue_full")
            throw .busy(
                .tooManyRequests,
                "\(limits.waitingPictureCount) images wait for this model; try again in a moment")
        }
    }

    private func take(_ count: Int) -> Bool {
        state.withLock { state in
            guard state.admittedCount + count <= limits.waitingPictureCount else { return false }
            state.admittedCount += count
            return true
        }
    }

    func leave(_ count: Int) { state.withLock { $0.admittedCount -= count } }

    /// The scores of one picture that has a place.
    ///
    /// - Parameter deadline: after it the picture is not scored.
    /// - Throws: `RecordsError` for what cannot be read; 504 after the deadline.
    func scores(
        of picture: PictureFiles.Picture, until deadline: ContinuousClock.Instant
    ) async throws -> [Float] {
        try await withCheckedThrowingContinuation { continuation in
            if case .memory(let bytes, _) = picture, Self.isSmall(bytes) {
                return add(
                    Waiting(content: .small(picture), deadline: deadline, continuation: continuation))
            }
            threads.add { [self] in
                do {
                    try check(deadline)
                    let pixels = try decoded(picture)
                    add(Waiting(content: .pixelsHWC(pixels), deadline: deadline, continuation: continuation))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    private func check(_ deadline: ContinuousClock.Instant) throws(Problem) {
        guard ContinuousClock.now < deadline else {
            metrics.countRefusal("deadline")
            throw Problem(.gatewayTimeout, "the image waited for the model until its deadline; try again")
        }
    }

    private func decoded(_ picture: PictureFiles.Picture) throws -> [UInt8] {
        let side = model.architecture.inputSize
        let files = PictureFiles([picture], framing: model.framing)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var span = pixels.mutableSpan
        let whole = Variation(files.evaluation, seed: 0, epoch: 0, position: 0)
        try files.write(0, varied: whole, side: side, into: &span, cancellation: Cancellation())
        return pixels
    }

    /// Has a picture scored, unless a thread is scoring others and will take it along.
    private func add(_ picture: Waiting) {
        let isFree = state.withLock { state in
            state.ready.append(picture)
            guard !state.isScoring else { return false }
            state.isScoring = true
            return true
        }
        guard isFree else { return }
        threads.add { [self] in
            while let batch = nextBatch() { score(batch) }
        }
    }

    /// - Returns: `nil` where nothing waits, and this thread is free again.
    private func nextBatch() -> [Waiting]? {
        state.withLock { state in
            guard !state.ready.isEmpty else {
                state.isScoring = false
                return nil
            }
            let batch = Array(state.ready.prefix(Self.batchLimit))
            state.ready.removeFirst(batch.count)
            return batch
        }
    }

    private func score(_ batch: [Waiting]) {
        var pixels: [UInt8] = []
        var scored: [CheckedContinuation<[Float], any Error>] = []
        for picture in batch {
            do {
                try check(picture.deadline)
                switch picture.content {
                case .small(let picture): pixels += try decoded(picture)
                case .pixelsHWC(let pixelsHWC): pixels += pixelsHWC
                }
                scored.append(picture.continuation)
            } catch {
                picture.continuation.resume(throwing: error)
            }
        }
        guard !scored.isEmpty else { return }
        do {
            let classCount = model.classes.count
            var scores = [Float](repeating: 0, count: scored.count * classCount)
            var span = scores.mutableSpan
            try program(for: scored.count).score(pixels.span, into: &span)
            metrics.countBatch(model: name, pictureCount: scored.count)
            for (index, continuation) in scored.enumerated() {
                continuation.resume(returning: Array(scores[index * classCount..<(index + 1) * classCount]))
            }
        } catch {
            for continuation in scored { continuation.resume(throwing: error) }
        }
    }

    /// The smallest that takes so many pictures; compiled at its first use.
    /// Compiles for one picture, which tells whether this machine can do it. Call it before pictures come.
    func compile() throws { _ = try program(for: 1) }

    private func program(for count: Int) throws -> any ScoringProgram {
        let size = Self.programSizes.first { $0 >= count } ?? Self.batchLimit
        if let box = state.withLock({ $0.programs[size] }) { return box.program }
        let program = try (size == 1 ? singleEngine : engine).scoringProgram(
            for: network, weights: model.weights, batchSize: size)
        let box = ScoringBox(program: program)
        state.withLock { $0.programs[size] = box }
        return program
    }
}
