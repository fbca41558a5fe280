import Foundation
import TestSupport
import Testing
import Training

private func step(_ step: Int, loss: Double, speed: Double = 100) throws -> StepMetrics {
    let text =
        #"{"step":\#(step),"epoch":1,"loss":\#(loss),"correctFraction":0.5,"topFiveFraction":0.75,"#
        + #""learningRate":\#(0.5 / Double(step)),"imagesPerSecond":\#(speed),"loaderWaitFraction":0.25}"#
    return try JSONDecoder().decode(StepMetrics.self, from: Data(text.utf8))
}

private func epoch(_ epoch: Int, step: Int, validation: Double?) throws -> EpochMetrics {
    let measured = validation.map { #""validationTopOne":\#($0),"validationTopFive":1,"# } ?? ""
    let text =
        #"{"epoch":\#(epoch),"step":\#(step),"trainingLoss":1,"trainingTopOne":0.5,"trainingTopFive":1,"#
        + measured + #""seconds":1}"#
    return try JSONDecoder().decode(EpochMetrics.self, from: Data(text.utf8))
}

@Suite struct EventLogTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func writesEachStepOfAShortEpoch() throws {
        let log = try EventLog(in: folder.path, stepsPerEpoch: 2)
        try log.append(step(1, loss: 2))
        try log.append(step(2, loss: 1))
        try log.append(epoch(1, step: 2, validation: 0.625))
        let shown = try EventReader.shown(in: folder.path)
        #expect(shown.map(\.step) == [1, 2, 2])
        #expect(
            shown[1].scalars == [
                "train/loss": 1, "train/top1": 0.5, "train/top5": 0.75, "train/learning_rate": 0.25,
                "train/images_per_second": 100, "train/loader_wait": 0.25,
            ])
        #expect(shown[2].scalars == ["validation/top1": 0.625, "validation/top5": 1])
    }

    @Test func aPointIsTheMeanOfTheStepsSinceTheLast() throws {
        let log = try EventLog(in: folder.path, stepsPerEpoch: 101)
        for number in 1...101 {
            try log.append(step(number, loss: Double(number), speed: number == 2 ? 50 : 100))
        }
        try log.append(epoch(1, step: 101, validation: nil))
        let shown = try EventReader.shown(in: folder.path)
        #expect(shown.map(\.step) == Array(stride(from: 3, through: 99, by: 3)) + [101])
        #expect(shown[0].scalars["train/loss"] == 2)
        #expect(shown[0].scalars["train/images_per_second"] == 75)
        #expect(shown.last?.scalars["train/loss"] == 100.5)
        #expect(shown.last?.scalars["train/learning_rate"] == Float(0.5 / 101))
    }

    @Test(arguments: [2, 4]) func noStepStandsTwiceAfterAResume(stepCount: Int) throws {
        let first = try EventLog(in: folder.path, stepsPerEpoch: 4)
        for number in 1...4 { try first.append(step(number, loss: 1)) }
        try first.append(epoch(1, step: 4, validation: 0.5))
        try first.append(step(5, loss: 1))
        let second = try EventLog(in: folder.path, stepCount: stepCount, stepsPerEpoch: 4)
        for number in stepCount + 1..<5 { try second.append(step(number, loss: 3)) }
        try second.append(epoch(1, step: 4, validation: 0.75))
        try second.append(step(5, loss: 3))
        let shown = try EventReader.shown(in: folder.path)
        for tag in ["train/loss", "validation/top1"] {
            let steps = shown.filter { $0.scalars[tag] != nil }.map(\.step)
            #expect(Set(steps).count == steps.count)
        }
        #expect(shown.first { $0.scalars["validation/top1"] != nil }?.scalars["validation/top1"] == 0.75)
        #expect(shown.last?.scalars["train/loss"] == 3)
    }

    /// Whenever a run is killed, the curves are those of a run that was not.
    @Test(arguments: [1, 2, 3, 5, 59, 60, 61, 62, 63, 119, 120])
    func noPointIsLostAfterAResume(stepCount: Int) throws {
        let (stepsPerEpoch, epochCount) = (60, 2)
        func run(_ steps: Range<Int>, into log: EventLog) throws {
            for number in steps {
                try log.append(step(number, loss: Double(number * number)))
                guard number.isMultiple(of: stepsPerEpoch) else { continue }
                try log.append(epoch(number / stepsPerEpoch, step: number, validation: Double(number)))
            }
        }
        let last = stepsPerEpoch * epochCount + 1
        let whole = try TemporaryFolder()
        try run(1..<last, into: EventLog(in: whole.path, stepsPerEpoch: stepsPerEpoch))
        try run(1..<min(last, stepCount + 20), into: EventLog(in: folder.path, stepsPerEpoch: stepsPerEpoch))
        let begin = EventLog.lastPoint(stepCount: stepCount, stepsPerEpoch: stepsPerEpoch)
        let second = try EventLog(
            in: folder.path, stepCount: stepCount, stepsPerEpoch: stepsPerEpoch,
            waiting: (begin + 1..<stepCount + 1).map { try step($0, loss: Double($0 * $0)) })
        if stepCount.isMultiple(of: stepsPerEpoch) {
            try second.append(
                epoch(stepCount / stepsPerEpoch, step: stepCount, validation: Double(stepCount)))
        }
        try run(stepCount + 1..<last, into: second)
        #expect(
            try EventReader.shown(in: folder.path).map(\.scalars)
                == EventReader.shown(in: whole.path).map(\.scalars))
        #expect(
            try EventReader.shown(in: folder.path).map(\.step)
                == EventReader.shown(in: whole.path).map(\.step))
    }

    @Test(.enabled(if: tensorBoardIsInstalled, "needs Python with tensorboard"))
    func tensorBoardReadsIt() throws {
        let first = try EventLog(in: folder.path, stepsPerEpoch: 4)
        for number in 1...4 { try first.append(step(number, loss: Double(number))) }
        try first.append(epoch(1, step: 4, validation: 0.5))
        let second = try EventLog(in: folder.path, stepCount: 2, stepsPerEpoch: 4)
        for number in 3...4 { try second.append(step(number, loss: Double(number) / 4)) }
        try second.append(epoch(1, step: 4, validation: 0.75))
        let script = """
            import sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1]).Reload()
            print(len(events.Tags()["scalars"]))
            for tag in "train/loss", "validation/top1":
                print(*((event.step, event.value) for event in events.Scalars(tag)))
            """
        let printed = try python(["-c", script, folder.path])
        #expect(
            printed == "8\n(1, 1.0) (2, 2.0) (3, 0.75) (4, 1.0)\n(4, 0.75)\n", "\(printed ?? "nothing")")
    }
}

private let tensorBoardIsInstalled =
    (try? python(["-c", "from tensorboard.backend.event_processing import event_accumulator"])) == ""

/// What the interpreter `TILESCOPE_TEST_PYTHON`, by default `python3`, prints; `nil` where it fails.
private func python(_ arguments: [String]) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
        [ProcessInfo.processInfo.environment["TILESCOPE_TEST_PYTHON"] ?? "python3"] + arguments
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitForEnd()
    return process.terminationStatus == 0 ? String(decoding: printed, as: UTF8.self) : nil
}
