import Files
import Networks
import Records

/// What the trainings of one stream learn from.
struct TrainingData {
    /// Windows or pictures, each with its label.
    let source: any SampleSource
    /// What a step learns from: these samples, or crops of the canvases that they lie on.
    let samples: any BatchSource
    /// What `source` is known by.
    let fingerprint: DataFingerprint

    /// - Parameter stream: what decides the batches.
    /// - Throws: where there are no such crops, or too few samples for a step; as `DataFingerprint`.
    init(_ source: any SampleSource, of stream: TrainingPlan, cancellation: Cancellation) throws {
        self.source = source
        samples = try stream.samples(of: source)
        try stream.check(sampleCount: samples.count, of: source)
        fingerprint = try DataFingerprint(
            of: source, side: stream.architecture.inputSize, cancellation: cancellation)
    }
}
