package import Devices
import Engines
import Evaluation
import Files
package import Foundation
import ModelFiles
import Networks
import Rasters
import Records
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
    /// Blocks of plans that a worker makes: larger ones would take more memory than scoring does.
    private static let planLimits = ScanLimits(blockPixelLimit: 512 * 512)

    private let version: String
    private let output: FrameOutput
    private let input: FrameInput
    private var tasks = TaskList()
    private var models: ModelList
    private var totals = Finish(rangeCount: 0, windowCount: 0)
    private let heartbeat: HeartbeatThread

    /// - Parameter version: the program's.
    /// - Parameter input: read until it ends.
    /// - Parameter output: gets nothing but messages.
    package init(machine: Machine, version: String, input: FileHandle, output: FileHandle) {
        models = ModelList(machine: machine)
        self.version = version
        self.input = FrameInput(input)
        self.output = FrameOutput(output)
        heartbeat = HeartbeatThread(self.output, graceSeconds: Self.graceSeconds)
    }

    /// Answers until the input ends or says that it is over.
    ///
    /// - Throws: `ProtocolError` for input that is none of the protocol; what keeps answers from being written.
    package mutating func run() throws {
        defer { heartbeat.end() }
        let numerics = try models.machine.engine(.fp32).numerics
        try output.send(
            Hello(version: version, numerics: numerics, process: getpid(), taskLimit: Self.sceneLimit))
        while let frame = try Frame.read(input.next) {
            switch frame.kind {
            case .task: try take(TaskMessage(frame))
            case .range: try score(RangeMessage(frame))
            case .settle: try answer { try $0.settle(SettleMessage(frame)) }
            case .plan: try answer { try $0.plan(PlanMessage(frame)) }
            case .pictures: try answer { try $0.predictions(PicturesMessage(frame)) }
            case .finish:
                totals.cpuSeconds = ProcessUsage.cpuSeconds
                totals.peakMemoryByteCount = ProcessUsage.peakMemoryByteCount
                return try output.send(totals)
            case .hello, .ready, .result, .failed, .heartbeat, .settled, .planned, .predictions:
                throw ProtocolError("a message of kind \(frame.kind) is sent by a worker, not to it")
            }
        }
    }

    private mutating func take(_ message: TaskMessage) throws {
        try answer(task: message.task) { worker in
            try worker.tasks.take(message, by: &worker.models, sceneLimit: Self.sceneLimit)
            return Ready(task: message.task)
        }
    }

    /// Sends what a message asks for, or why it cannot be had; meanwhile, that the process lives.
    private mutating func answer(
        task: Int? = nil, _ make: (inout Worker) throws -> some Message
    ) throws {
        let answer = heartbeat.during(task: task) { _ in Result { try make(&self) } }
        switch answer {
        case .success(let message): try output.send(message)
        case .failure(let error):
            try output.send(Failure(task: task, reason: Self.reason(error), cause: "\(error)"))
        }
    }

    private mutating func settle(_ message: SettleMessage) throws -> Settled {
        let model = try models.model(message.model)
        let (network, weights) = (try Network(model.model.architecture), model.model.weights)
        let choice = NumericsChoice(precision: message.precision ?? .fp32, kernels: message.kernels)
        let numerics = try models.machine.engine(
            choice, scoring: model.model.architecture, weights: weights
        ).numerics(scoring: network, weights: weights)
        let (batchSize, side) = (PictureScoring.batchSize, model.model.architecture.inputSize)
        let program = try models.engine(numerics).scoringProgram(
            for: network, weights: weights, batchSize: batchSize)
        let pixels = [UInt8](repeating: 127, count: batchSize * side * side * 3)
        var scores = [Float](repeating: 0, count: batchSize * model.model.classes.count)
        var start = 0.0
        // In the first run, memory is taken.
        for _ in 0..<2 {
            start = ProcessUsage.cpuSeconds
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
        }
        return Settled(
            digest: model.digest, numerics: numerics,
            secondsPerWindow: max(1e-9, (ProcessUsage.cpuSeconds - start) / Double(batchSize)),
            classes: model.model.classes, ranges: RangeSize.Usual())
    }

    private mutating func plan(_ message: PlanMessage) throws -> Planned {
        let model = try models.model(message.model, digest: message.digest)
        // As `scan` does it where no option says how, but at full size: a table has places of the scene's own pixels.
        var request = SceneViewRequest(for: model.model)
        request.trainedPixelSize = nil
        request.trainedFactors = []
        let resolved = try SceneView.resolve(request, for: Address(message.scene))
        let scene = try Scene(opening: Address(message.scene), view: resolved.view)
        let viewCount = message.views ?? 1
        let views = WindowViews(rawValue: viewCount)
        guard views != nil || viewCount == 1 else {
            throw ScanError(
                code: .wrongTask, operation: "scan with \(viewCount) views",
                cause: "the number of views must be 1, 2 or 8")
        }
        let network = try Network(model.model.architecture)
        let (reading, limit) = (model.model.reading, message.denseBlockPixelLimit)
        let given = message.dense ?? limit.map { _ in true }
        // A machine that cannot score with these numerics still plans exact scans.
        let engine = try given ?? (reading?.scan == .dense) ? models.engine(message.numerics) : nil
        func task(isDense: Bool) throws -> ScanTask {
            let stride = message.stride ?? reading?.stride(isDense: isDense) ?? ScanTask.usualStride
            guard (1...1 << 20).contains(stride), (0...1).contains(message.floor ?? 0) else {
                throw ScanError(
                    code: .wrongTask, operation: "plan a scan",
                    cause: "the stride must lie in 1...1048576 and the floor in 0...1")
            }
            var dense: DenseChoice?
            if isDense, let engine {
                dense =
                    try limit.map { DenseChoice(blockPixelLimit: max(1, $0)) }
                    ?? DenseChoice(suiting: engine, network: network, stride: stride, scene: scene)
            }
            return try ScanTask(
                scene: scene, model: model.model, digest: model.digest, stride: stride,
                selection: .usual(for: resolved), classes: message.classes ?? [],
                floor: message.floor ?? ScanTask.usualFloor, dense: dense, views: views,
                numerics: message.numerics)
        }
        let scan =
            try given.map(task(isDense:))
            ?? ScanTask.usual(
                reading: reading, abilities: engine?.abilities ?? [],
                objection: views.map { _ in WindowViews.onlyExact }, make: task(isDense:)
            ).task
        let size =
            message.windowsPerRange.map { RangeSize(windowCount: max(1, $0)) }
            ?? RangeSize(secondsPerWindow: max(1e-9, message.secondsPerWindow))
        let planned = try PlannedScene(
            scan, of: scene, number: 0, model: message.model, network: network, size: size,
            blockPixelLimit: Self.planLimits.blockPixelLimit)
        return Planned(task: planned.message, ranges: planned.ranges)
    }

    private mutating func predictions(_ message: PicturesMessage) throws -> Predictions {
        let model = try models.model(message.model, digest: message.digest).model
        let engine = try models.engine(message.numerics)
        var answer = Predictions(classes: [], scores: [], causes: [])
        guard !message.pictures.isEmpty else { return answer }
        let files = PictureFiles(
            message.pictures.map { .file(Address($0)) }, framing: model.framing)
        let program = try engine.scoringProgram(
            for: Network(model.architecture), weights: model.weights, batchSize: PictureScoring.batchSize)
        let scoring = PictureScoring(
            files, inputSize: model.architecture.inputSize, classCount: model.classes.count)
        try scoring.run(by: program) { prediction in
            let best = prediction.highest(max(1, message.top))
            answer.classes.append(best.map { model.classes[$0.label] })
            answer.scores.append(best.map(\.score))
            answer.causes.append(prediction.failure)
        }
        return answer
    }

    private mutating func score(_ message: RangeMessage) throws {
        func fail(_ reason: Failure.Reason, _ cause: String) throws {
            try output.send(
                Failure(
                    task: message.task, range: message.range, windowCount: message.windows.windowCount,
                    reason: reason, cause: cause))
        }
        guard let open = tasks[message.task] else {
            throw ProtocolError("range \(message.range) is of task \(message.task), which is unknown here")
        }
        guard !message.windows.isEmpty, open.scan.task.grid.range.contains(message.windows) else {
            return try fail(.windows, "the scene has no such windows")
        }
        let start = ProcessUsage.cpuSeconds
        var collector = RangeCollector(rule: open.rule)
        let timing: ScanTiming
        do {
            timing = try heartbeat.during(task: message.task, range: message.range, seconds: message.seconds)
            {
                try open.scan.score(message.windows, into: &collector, job: $0)
            }
        } catch is Cancelled {
            return try fail(.time, "it took longer than \(message.seconds ?? 0) s")
        } catch {
            return try fail(.windows, "\(error)")
        }
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

/// The last scans that a worker was given.
private struct TaskList {
    struct Open {
        var scan: SceneScan
        var rule: CandidateRule
    }

    private var open: [(number: Int, task: Open)] = []

    subscript(number: Int) -> Open? { open.first { $0.number == number }?.task }

    mutating func take(_ message: TaskMessage, by models: inout ModelList, sceneLimit: Int) throws {
        open.removeAll { $0.number == message.task }
        let model = try models.model(message.model, digest: message.scan.model)
        let engine = try models.engine(message.scan.numerics)
        try message.scan.check(classCount: model.model.classes.count)
        let scene = try Scene(opening: Address(message.scene), view: message.scan.view)
        let scan = try SceneScan(
            message.scan, scene: scene, model: model.model, engine: engine,
            limits: ScanLimits(blockPixelLimit: max(1, message.blockPixelLimit)))
        let rule = CandidateRule(
            message.scan, classCount: model.model.classes.count, model: model.address.description)
        if open.count >= sceneLimit { open.removeFirst() }
        open.append((message.task, Open(scan: scan, rule: rule)))
    }
}

/// The model that a worker was given last, with an engine that compiles each of its programs once.
private struct ModelList {
    let machine: Machine
    private var last: ScannedModel?
    private var engine: (numerics: Numerics, engine: SharedEngine)?

    init(machine: Machine) { self.machine = machine }

    /// - Parameter digest: of the file; `nil` for whatever is there.
    mutating func model(_ path: String, digest: String? = nil) throws -> ScannedModel {
        if let last, last.digest == digest { return last }
        let read = try ScannedModel(reading: path)
        guard digest == nil || read.digest == digest else {
            throw ScanError(
                code: .anotherTask, operation: "score with \(read.address)",
                cause: "it is not the model of the task: its SHA-256 is \(read.digest)")
        }
        last = read
        engine = nil
        return read
    }

    /// For the model that was asked for last.
    mutating func engine(_ numerics: Numerics) throws -> SharedEngine {
        guard let model = last?.model else { preconditionFailure("the model comes first") }
        if let engine, engine.numerics == numerics { return engine.engine }
        let made = SharedEngine(
            try machine.engine(
                matching: numerics, scoring: Network(model.architecture), weights: model.weights))
        engine = (numerics, made)
        return made
    }
}

/// Keeps the candidates of a range.
private struct RangeCollector: ScoreCollector {
    let rule: CandidateRule
    private var found: [Candidate] = []

    init(rule: CandidateRule) { self.rule = rule }

    mutating func collect(_ scores: WindowScores) throws { found += try rule.candidates(in: scores) }

    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {
        found += Candidate.skipped(windows, reason)
    }

    /// By row, column and label.
    var inOrder: [Candidate] { found.sorted(by: Candidate.isBefore) }
}
