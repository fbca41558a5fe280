import Foundation

/// What `metrics.jsonl` says, for TensorBoard: `train/…` by the step, `validation/…` by the epoch.
///
/// An epoch has about fifty points of each training curve, so that the file of a long run stays small: a point is the
/// mean over the steps since the last one.
package final class EventLog {
    private let file: EventFile
    /// Steps of a point.
    private let interval: Int
    /// Those that wait for their point.
    private var steps: [StepMetrics]

    /// - Parameter folder: the run's.
    /// - Parameter stepCount: steps done before. A run that goes on from an epoch's end measures that epoch once more,
    ///   so that what was written of its last step is void as well.
    /// - Parameter waiting: what the run's log says of the steps after `lastPoint`: their point is still to come.
    package init(
        in folder: String, stepCount: Int = 0, stepsPerEpoch: Int, waiting: [StepMetrics] = []
    ) throws(TrainingError) {
        let isEpochsEnd = stepCount > 0 && stepCount.isMultiple(of: stepsPerEpoch)
        file = try EventFile(in: folder, firstStep: isEpochsEnd ? stepCount : stepCount + 1)
        interval = Self.interval(stepsPerEpoch: stepsPerEpoch)
        steps = waiting
    }

    /// The last step with a point that stays when a run goes on after `stepCount` steps; 0 for none.
    package static func lastPoint(stepCount: Int, stepsPerEpoch: Int) -> Int {
        guard stepCount > 0 else { return 0 }
        let interval = interval(stepsPerEpoch: stepsPerEpoch)
        let epochStart = (stepCount - 1) / stepsPerEpoch * stepsPerEpoch
        // The last step's own point stays only inside an epoch.
        let last = stepCount.isMultiple(of: stepsPerEpoch) ? stepCount - 1 : stepCount
        return max(epochStart, last / interval * interval)
    }

    private static func interval(stepsPerEpoch: Int) -> Int {
        (stepsPerEpoch + pointsPerEpoch - 1) / pointsPerEpoch
    }

    private static let pointsPerEpoch = 50

    package func append(_ step: StepMetrics) throws(TrainingError) {
        steps.append(step)
        guard step.step % interval == 0 else { return }
        try appendPoint()
    }

    /// Also writes the steps that wait for their point, so that the epoch's own values stand behind all of its steps'.
    package func append(_ epoch: EpochMetrics) throws(TrainingError) {
        try appendPoint()
        var scalars: [Event.Scalar] = []
        if let value = epoch.validationTopOne { scalars.append(.init("validation/top1", Float(value))) }
        if let value = epoch.validationTopFive { scalars.append(.init("validation/top5", Float(value))) }
        guard !scalars.isEmpty else { return }
        try append(scalars, step: epoch.step)
    }

    private func appendPoint() throws(TrainingError) {
        guard let last = steps.last else { return }
        let count = Double(steps.count)
        func mean(_ value: (StepMetrics) -> Double) -> Float {
            Float(steps.reduce(0) { $0 + value($1) } / count)
        }
        // The mean of a speed is taken over its images, all steps having as many.
        let seconds = steps.reduce(0) { $0 + 1 / $1.imagesPerSecond } / count
        let scalars = [
            Event.Scalar("train/loss", mean { Double($0.loss) }),
            Event.Scalar("train/top1", mean { Double($0.correctFraction) }),
            Event.Scalar("train/top5", mean { Double($0.topFiveFraction) }),
            Event.Scalar("train/learning_rate", last.learningRate),
            Event.Scalar("train/images_per_second", Float(1 / seconds)),
            Event.Scalar("train/loader_wait", mean(\.loaderWaitFraction)),
        ]
        steps.removeAll(keepingCapacity: true)
        try append(scalars, step: last.step)
    }

    private func append(_ scalars: [Event.Scalar], step: Int) throws(TrainingError) {
        try file.append(
            Event(wallTime: Date().timeIntervalSince1970, step: step, content: .scalars(scalars)))
    }
}
