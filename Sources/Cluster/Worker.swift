package import Devices
import Engines
import Files
package import Foundation
import ModelFiles
import Networks
import Rasters
import Scanning
import Synchronization

/// A process that scores ranges for whoever started it: one side of the worker protocol.
///
/// It is the loop of a scan on one machine, told by messages which windows to score, with a collector that answers. It knows
/// nothing of Spark.
package struct Worker {
    /// How long a range that was told to end may take to do so, before the process ends itself.
    private static let graceSeconds = 10.0
    /// Scenes that stay open.
    private static let sceneLimit = 4

    private let machine: Machine
    private let version: String
    private let output: FrameOutput
    private let input: FrameInput
    private var tasks = TaskList()
    private var totals = Finish(rangeCount: 0, windowCount: 0)

    /// - Parameter version: the program's.
    /// - Parameter input: read until it ends.
    /// - Parameter output: gets nothing but messages.
    package init(machine: Machine, version: String, input: FileHandle, output: FileHandle) {
        self.machine = machine
        self.version = version
        self.input = FrameInput(input)
        self.output = FrameOutput(output)
    }

    /// Answers until the input ends or says that it is over.
    ///
    /// - Throws: `ProtocolError` for input that is none of the protocol; what keeps answers from being written.
    package mutating func run() throws {
        let numerics = try machine.engine(.fp32).numerics
        try output.send(Hello(version: version, numerics: numerics, process: getpid()))
        while let frame = try Frame.read(input.next) {
            switch frame.kind {
            case .task: try take(TaskMessage(frame))
            case .range: try score(RangeMessage(frame))
            case .finish:
                totals.cpuSeconds = ProcessUsage.cpuSeconds
                totals.peakMemoryByteCount = ProcessUsage.peakMemoryByteCount
                return try output.send(totals)
            case .hello, .ready, .result, .failed, .heartbeat:
                throw ProtocolError("a message of kind \(frame.kind) is a worker's, not for one")
            }
        }
    }

    private mutating func take(_ message: TaskMessage) throws {
        let beat = HeartbeatThread(output, task: message.task, range: nil)
        defer { beat.end() }
        do {
            try tasks.take(message, machine: machine, sceneLimit: Self.sceneLimit)
            try output.send(Ready(task: message.task))
        } catch {
            try output.send(
                Failure(task: message.task, reason: Self.reason(error), cause: "\(error)"))
        }
    }

    private mutating func score(_ message: RangeMessage) throws {
        func fail(_ reason: Failure.Reason, _ cause: String) throws {
            try output.send(
                Failure(
                    task: message.task, range: message.range, windowCount: message.windows.windowCount,
                    reason: reason, cause: cause))
        }
        guard let open = tasks[message.task] else {
            throw ProtocolError("range \(message.range) is of task \(message.task), which was not given")
        }
        guard !message.windows.isEmpty, open.scan.task.grid.range.contains(message.windows) else {
            return try fail(.windows, "the scene has no such windows")
        }
        let start = ProcessUsage.cpuSeconds
        let beat = HeartbeatThread(
            output, task: message.task, range: message.range, seconds: message.seconds,
            graceSeconds: Self.graceSeconds)
        defer { beat.end() }
        var collector = RangeCollector(rule: open.rule)
        let timing: ScanTiming
        do {
            timing = try open.scan.score(message.windows, into: &collector, job: beat.job)
        } catch is Cancelled {
            beat.end()
            return try fail(.time, "it took longer than \(message.seconds ?? 0) s")
        } catch {
            beat.end()
            return try fail(.windows, "\(error)")
        }
        beat.end()
        totals.rangeCount = (totals.rangeCount ?? 0) + 1
        totals.windowCount = (totals.windowCount ?? 0) + message.windows.windowCount
        try output.send(
            RangeResult(
                task: message.task, range: message.range, windows: message.windows,
                candidates: collector.inOrder, timing: timing, cpuSeconds: ProcessUsage.cpuSeconds - start
            ).frame())
    }

    private static func reason(_ error: any Error) -> Failure.Reason {
        error is DeviceError || error is EngineError ? .refused : .scene
    }
}

/// The last scans that a worker was given; each model once.
private struct TaskList {
    struct Open {
        var scan: SceneScan
        var rule: CandidateRule
    }

    private var open: [(number: Int, task: Open)] = []
    private var model: ScannedModel?
    /// Compiles each program once, whatever scene it scores.
    private var engine: (numerics: Numerics, engine: SharedEngine)?

    subscript(number: Int) -> Open? { open.first { $0.number == number }?.task }

    mutating func take(_ message: TaskMessage, machine: Machine, sceneLimit: Int) throws {
        open.removeAll { $0.number == message.task }
        let model = try self.model(message)
        let engine = try engine(message, model, machine)
        let scene = try Scene(opening: Address(message.scene))
        let scan = try SceneScan(
            message.scan, scene: scene, model: model.model, engine: engine,
            limits: ScanLimits(blockPixelLimit: max(1, message.blockPixelLimit)))
        let rule = CandidateRule(
            message.scan, classCount: model.model.classes.count, model: model.address.description)
        if open.count >= sceneLimit { open.removeFirst() }
        open.append((message.task, Open(scan: scan, rule: rule)))
    }

    private mutating func model(_ message: TaskMessage) throws -> ScannedModel {
        if let model, model.digest == message.scan.model { return model }
        let read = try ScannedModel(reading: message.model)
        guard read.digest == message.scan.model else {
            throw ScanError(
                code: .anotherTask, operation: "score with \(read.address)",
                cause: "it is not the model of the task: its SHA-256 is \(read.digest)")
        }
        model = read
        engine = nil
        return read
    }

    private mutating func engine(
        _ message: TaskMessage, _ model: ScannedModel, _ machine: Machine
    ) throws -> SharedEngine {
        if let engine, engine.numerics == message.scan.numerics { return engine.engine }
        let made = SharedEngine(
            try machine.engine(
                matching: message.scan.numerics, scoring: Network(model.model.architecture),
                weights: model.model.weights))
        engine = (message.scan.numerics, made)
        return made
    }
}

/// Keeps the candidates of a range.
private struct RangeCollector: ScoreCollector {
    let rule: CandidateRule
    private var found: [Candidate] = []

    init(rule: CandidateRule) { self.rule = rule }

    mutating func collect(_ scores: WindowScores) throws { found += try rule.candidates(in: scores) }

    /// By row, column and label.
    var inOrder: [Candidate] { found.sorted(by: Candidate.isBefore) }
}
