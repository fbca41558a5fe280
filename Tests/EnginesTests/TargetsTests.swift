import Engines
import Testing

@Test func spreadsASmoothedShareOverAllClasses() throws {
    let targets = try Targets(labels: [1, 0], classCount: 4, smoothing: 0.2)
    #expect(targets.labels == [1, 0])
    let expected: [Float] = [0.05, 0.85, 0.05, 0.05, 0.85, 0.05, 0.05, 0.05]
    #expect(zip(targets.shares, expected).allSatisfy { abs($0 - $1) < 1e-6 })
}

@Test func mixesSharesAndKeepsLabels() throws {
    var targets = try Targets(labels: [0, 1, 1], classCount: 2)
    targets.mix(with: [1, 0, 2], keeping: 0.75)
    #expect(targets.shares == [0.75, 0.25, 0.25, 0.75, 0, 1])
    #expect(targets.labels == [0, 1, 1])
}

@Test(arguments: [Int32(3), -1]) func namesTheSampleWhoseLabelIsNoClass(label: Int32) {
    let error = #expect(throws: EngineError.self) { try Targets(labels: [0, label], classCount: 3) }
    #expect(error?.code == .wrongInput)
    #expect(
        error?.description
            == "cannot train on sample 1 of the batch: its label is \(label), but there are only 3 classes")
}
