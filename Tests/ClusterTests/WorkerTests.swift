import Bytes
import Cluster
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// A worker on a thread of this process, spoken to by two pipes.
private final class Session {
    private let (input, output) = (Pipe(), Pipe())
    private let isOver = DispatchSemaphore(value: 0)
    let hello: Hello

    init() throws {
        let (reading, writing) = (input.fileHandleForReading, output.fileHandleForWriting)
        let isOver = isOver
        let thread = Thread {
            var worker = Worker(
                machine: Machine(workers: 1), version: "test", input: reading, output: writing)
            // What went wrong shows on the other side: the answers end.
            try? worker.run()
            try? writing.close()
            isOver.signal()
        }
        thread.start()
        hello = try Hello(Self.next(output.fileHandleForReading))
    }

    private static func next(_ handle: FileHandle) throws -> Frame {
        while true {
            let frame = try #require(
                try Frame.read { (count) throws(ProtocolError) in
                    var data = Data()
                    while data.count < count {
                        guard let more = try? handle.read(upToCount: count - data.count), !more.isEmpty else {
                            break
                        }
                        data += more
                    }
                    return Array(data)
                })
            if frame.kind != .heartbeat { return frame }
        }
    }

    func send(_ frame: Frame) throws { try input.fileHandleForWriting.write(contentsOf: Data(frame.bytes)) }

    func answer(to message: some Message) throws -> Frame {
        try send(message.frame())
        return try Self.next(output.fileHandleForReading)
    }

    func next() throws -> Frame { try Self.next(output.fileHandleForReading) }

    /// Whether the worker ends without an answer.
    func endsAfter(_ frame: Frame) throws -> Bool {
        try send(frame)
        let rest = try output.fileHandleForReading.readToEnd() ?? Data()
        isOver.wait()
        return rest.isEmpty
    }
}

@Suite struct WorkerTests {
    private let folder: TemporaryFolder
    private let task: ScanTask
    private let model: Model
    private let scene: Scene

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: 3)
        let (width, height) = (150, 110)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Image(width: width, height: height, pixelsHWC: bytes).writePNG(to: .new(folder.file("scene.png")))
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let made = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try made.write(to: .new(folder.file("model")))
        let read = try ScannedModel(reading: folder.file("model"))
        model = read.model
        scene = try Scene(opening: Address(folder.file("scene.png")))
        let engine = try Machine(workers: 1).engine(.fp32)
        task = try ScanTask(
            scene: scene, model: model, digest: read.digest, stride: 5, floor: 0.1,
            numerics: engine.numerics(scoring: Network(architecture), weights: model.weights))
    }

    private func message(_ number: Int = 0, scene: String? = nil, model: String? = nil) -> TaskMessage {
        TaskMessage(
            task: number, scan: task, scene: scene ?? folder.file("scene.png"),
            model: model ?? folder.file("model"), blockPixelLimit: 2000)
    }

    /// All candidates, by the loop of a scan in one process.
    private func expected() throws -> [Candidate] {
        struct Collector: ScoreCollector {
            var rule: CandidateRule
            var found: [Candidate] = []
            mutating func collect(_ scores: WindowScores) throws { found += try rule.candidates(in: scores) }
            mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {
                found += Candidate.skipped(windows, reason)
            }
        }
        var collector = Collector(rule: CandidateRule(task, classCount: 3, model: "model"))
        let engine = try Machine(workers: 2).engine(
            matching: task.numerics, scoring: Network(model.architecture), weights: model.weights)
        _ = try SceneScan(task, scene: scene, model: model, engine: engine).score(
            task.grid.range, into: &collector, job: Job())
        return collector.found.sorted(by: Candidate.isBefore)
    }

    @Test(arguments: [1, 3, 7]) func rangesInAnyOrderAreTheScan(partCount: Int) throws {
        let session = try Session()
        #expect(session.hello.version == "test" && session.hello.process == getpid())
        #expect(try Ready(session.answer(to: message())).task == 0)
        var found: [Candidate] = []
        for part in (1...partCount).reversed() {
            let windows = task.grid.range.part(part, of: partCount)
            let frame = try session.answer(to: RangeMessage(task: 0, range: part, windows: windows))
            try #require(frame.kind == .result)
            let result = try RangeResult(frame)
            #expect(result.windows == windows && result.range == part && result.cpuSeconds > 0)
            found += result.candidates
        }
        let expected = try expected()
        #expect(!expected.isEmpty && found.sorted(by: Candidate.isBefore) == expected)
        let end = try Finish(session.answer(to: Finish()))
        #expect(end.rangeCount == partCount && end.windowCount == task.grid.windowCount)
    }

    @Test func whatCannotBeScoredIsAnAnswer() throws {
        let session = try Session()
        func failure(_ frame: Frame) throws -> Failure {
            try #require(frame.kind == .failed)
            return try Failure(frame)
        }
        try Data("no model".utf8).write(to: URL(filePath: folder.file("other")))
        #expect(try failure(session.answer(to: message(model: folder.file("other")))).reason == .scene)
        let missing = try failure(session.answer(to: message(scene: folder.file("none.png"))))
        #expect(missing.reason == .scene && missing.cause.contains("none.png"))
        var strange = message()
        strange.scan.numerics.library = "oneDNN 0.1"
        let refused = try failure(session.answer(to: strange))
        #expect(refused.reason == .refused && refused.cause.contains("oneDNN 0.1"), "\(refused)")
        // It goes on all the same.
        #expect(try Ready(session.answer(to: message())).task == 0)
        let outside = WindowRange(rows: 0..<1000, columns: 0..<1)
        let range = try failure(session.answer(to: RangeMessage(task: 0, range: 4, windows: outside)))
        #expect(range.reason == .windows && range.range == 4 && range.windowCount == 1000)
        let late = try failure(
            session.answer(to: RangeMessage(task: 0, range: 5, windows: task.grid.range, seconds: -1)))
        #expect(late.reason == .time)
        _ = try session.answer(to: Finish())
    }

    /// What all messages of a job go by.
    private func settled(_ session: Session) throws -> Settled {
        try Settled(session.answer(to: SettleMessage(model: folder.file("model"))))
    }

    private func plan(_ settled: Settled, scene: String = "scene.png") -> PlanMessage {
        var message = PlanMessage(scene: folder.file(scene), model: folder.file("model"), settled)
        (message.stride, message.floor) = (5, 0.1)
        return message
    }

    @Test func aModelIsSettledOnByItsDigestNumericsAndCost() throws {
        let session = try Session()
        let settled = try settled(session)
        #expect(settled.digest == task.model && settled.numerics == task.numerics)
        #expect(settled.classes == model.classes && settled.secondsPerWindow > 0)
        #expect(settled.ranges == RangeSize.Usual())
        let missing = try Failure(session.answer(to: SettleMessage(model: folder.file("none"))))
        #expect(missing.reason == .scene && missing.cause.contains("none"))
        var other = settled
        other.digest = String(repeating: "0", count: 64)
        let refused = try Failure(session.answer(to: plan(other)))
        #expect(refused.cause.contains("not the model of the task"), "\(refused)")
        _ = try session.answer(to: Finish())
    }

    @Test(arguments: [nil, 25] as [Int?]) func aPlanIsTheScenesTaskWithAllItsWindows(windowsPerRange: Int?)
        throws
    {
        let session = try Session()
        var message = try plan(settled(session))
        message.windowsPerRange = windowsPerRange
        let planned = try Planned(session.answer(to: message))
        #expect(planned.task.scan == task && planned.task.scene == folder.file("scene.png"))
        // A PNG is decoded from its beginning by each who reads it.
        #expect(planned.ranges == [task.grid.range])
        _ = try session.answer(to: Finish())
    }

    @Test func aSceneThatIsReadInPlaceIsPlannedInRanges() throws {
        let raster = Image(
            width: 700, height: 300, pixelsHWC: [UInt8](repeating: 7, count: 700 * 300 * 3))
        var writer = try TiledTIFFWriter(.new(folder.file("scene.tif")), width: 700, height: 300)
        try writer.write(raster, x: 0, y: 0)
        try writer.commit()
        let session = try Session()
        var message = try plan(settled(session), scene: "scene.tif")
        (message.stride, message.windowsPerRange) = (4, 200)
        let planned = try Planned(session.answer(to: message))
        var finished = FinishedWindows(rowCount: planned.task.scan.grid.rowCount)
        for range in planned.ranges { finished.insert(range) }
        let count = planned.task.scan.grid.windowCount
        #expect(planned.ranges.count > 4 && finished.windowCount == count)
        #expect(planned.ranges.reduce(0) { $0 + $1.windowCount } == count)
        // The same wherever and however often it is made.
        #expect(try Planned(session.answer(to: message)) == planned)
        _ = try session.answer(to: Finish())
    }

    @Test func aModelOfCropsIsScannedDenselyWhereNobodySaysOtherwise() throws {
        var crops = model
        crops.reading = Reading.usual.ofCrops(totalStride: 4)
        try crops.write(to: .new(folder.file("crops")))
        let session = try Session()
        let settled = try Settled(session.answer(to: SettleMessage(model: folder.file("crops"))))
        func block(_ change: (inout PlanMessage) -> Void) throws -> BlockSize? {
            var message = PlanMessage(scene: folder.file("scene.png"), model: folder.file("crops"), settled)
            message.stride = 8
            change(&message)
            return try Planned(session.answer(to: message)).task.scan.denseBlock
        }
        #expect(try block { _ in } != nil)
        #expect(try block { $0.dense = true } != nil)
        #expect(try block { $0.dense = false } == nil)
        #expect(try block { $0.denseBlockPixelLimit = 1 } != nil)
        // Only an exact scan has views, or windows at places that the network's total stride does not divide.
        #expect(try block { $0.views = 2 } == nil)
        #expect(try block { $0.stride = 5 } == nil)
        var message = PlanMessage(scene: folder.file("scene.png"), model: folder.file("crops"), settled)
        (message.stride, message.dense) = (5, true)
        #expect(try Failure(session.answer(to: message)).cause.contains("4 or 8"))
        _ = try session.answer(to: Finish())
    }

    @Test func whatCannotBePlannedIsAnAnswer() throws {
        let session = try Session()
        let settled = try settled(session)
        let answer = try Failure(session.answer(to: plan(settled, scene: "none.png")))
        #expect(answer.reason == .scene && answer.cause.contains("none.png"))
        func cause(_ change: (inout PlanMessage) -> Void) throws -> String {
            var message = plan(settled)
            change(&message)
            return try Failure(session.answer(to: message)).cause
        }
        #expect(try cause { $0.views = 3 }.contains("1, 2 or 8"))
        #expect(try cause { $0.classes = ["zebra"] }.contains("zebra"))
        #expect(try cause { $0.stride = 0 }.contains("stride"))
        let nonsense = Frame(.plan, Array(#"{"scene": 7}"#.utf8))
        try session.send(nonsense)
        #expect(try Failure(session.next()).cause.contains("is malformed"))
        _ = try session.answer(to: Finish())
    }

    @Test func picturesHaveARowEach() throws {
        let session = try Session()
        let settled = try settled(session)
        let pictures = ["scene.png", "none.png", "scene.png"].map { folder.file($0) }
        let message = PicturesMessage(pictures, model: folder.file("model"), settled, top: 2)
        let found = try Predictions(session.answer(to: message))
        #expect(found.classes[0].count == 2 && found.classes[1] == [] && found.classes[2] == found.classes[0])
        #expect(found.scores[0] == found.scores[2] && found.scores[0][0] >= found.scores[0][1])
        #expect(found.causes[0] == nil && found.causes[1]?.contains("none.png") == true)
        _ = try session.answer(to: Finish())
    }

    @Test func anotherModelThanTheTasksIsRefused() throws {
        var other = model
        other.provenance = ["source": "elsewhere"]
        try other.write(to: .new(folder.file("other")))
        let session = try Session()
        let failure = try Failure(session.answer(to: message(model: folder.file("other"))))
        #expect(failure.reason == .scene && failure.cause.contains("it is not the model of the task"))
        _ = try session.answer(to: Finish())
    }

    @Test func whatIsNoMessageEndsIt() throws {
        #expect(try Session().endsAfter(Frame(.ready, Array("{}".utf8))))
        #expect(try Session().endsAfter(Frame(.range, Array("{".utf8))))
        let windows = WindowRange(rows: 0..<1, columns: 0..<1)
        #expect(try Session().endsAfter(RangeMessage(task: 9, range: 0, windows: windows).frame()))
    }
}
