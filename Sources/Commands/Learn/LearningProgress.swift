import Files
import Foundation
import Synchronization

/// Tells another program, such as the service, how far a round of learning is: a line of JSON each second. Steps are commands of their
/// own: what is left of a training is estimated by time, and of a scan by what it has written.
final class LearningProgress: Sendable {
    /// What a line says.
    private struct Line: Encodable {
        var step: String
        var fraction: Double
        var remainingSeconds: Double
    }

    private struct State {
        var step = ""
        var stepStart = ContinuousClock.now
        /// How long the present step may take.
        var stepSeconds = 1.0
        var stepPixelCount = 0.0
        var isTraining = false
        /// Which part of the present step is done, in `0...1`; `nil` where nobody knows.
        var doneShare: (@Sendable () -> Double)?
        /// How long those before it took.
        var doneSeconds = 0.0
        /// The trainings that are still to come.
        var trainings = 0
        /// Guessed, then measured: others may use the machine, too.
        var trainingSeconds = 0.0
        var pixelCount = 0.0
        /// Guessed, then measured.
        var secondsPerPixel = 1.5e-6
    }

    /// Before so much is done, nobody can tell how long the rest will take.
    private static let leastShare = 0.05

    private let state = Mutex(State())
    private let isShown: Bool

    init(isShown: Bool) {
        self.isShown = isShown
        guard isShown else { return }
        let thread = Thread { [weak self] in
            while let self {
                self.show()
                sleep(1)
            }
        }
        thread.start()
    }

    /// What there is to do after the present step.
    func plan(trainings: Int, trainingSeconds: Double, scannedPixelCount: Double) {
        state.withLock {
            ($0.trainings, $0.trainingSeconds) = (trainings, trainingSeconds)
            $0.pixelCount = scannedPixelCount
        }
    }

    /// A step of known length begins.
    func begin(_ step: String, seconds: Double) {
        state.withLock {
            Self.end(&$0)
            $0.step = step
            $0.stepSeconds = seconds
        }
    }

    /// One of the trainings that were planned begins.
    func beginTraining(_ step: String) {
        state.withLock {
            Self.end(&$0)
            $0.step = step
            $0.stepSeconds = $0.trainingSeconds
            $0.trainings = max(0, $0.trainings - 1)
            $0.isTraining = true
        }
    }

    /// One of the trainings that were planned was done before.
    func skipTraining() { state.withLock { $0.trainings = max(0, $0.trainings - 1) } }

    /// A scan begins.
    ///
    /// - Parameter doneShare: which part of it is done, in `0...1`; asked each second, on a thread of its own.
    func begin(_ step: String, pixelCount: Double, doneShare: @escaping @Sendable () -> Double) {
        state.withLock {
            Self.end(&$0)
            $0.step = step
            $0.doneShare = doneShare
            $0.stepPixelCount = pixelCount
            $0.stepSeconds = pixelCount * $0.secondsPerPixel
            $0.pixelCount = max(0, $0.pixelCount - pixelCount)
        }
    }

    private static func end(_ state: inout State) {
        let seconds = state.stepStart.secondsUntilNow
        state.doneSeconds += seconds
        if state.stepPixelCount > 0 { state.secondsPerPixel = seconds / state.stepPixelCount }
        if state.isTraining { state.trainingSeconds = seconds }
        (state.stepStart, state.stepPixelCount, state.isTraining, state.doneShare) = (.now, 0, false, nil)
    }

    private func show() {
        let share = state.withLock { $0.doneShare }.map { $0() }
        let line = state.withLock { state -> Line? in
            guard !state.step.isEmpty else { return nil }
            let spent = state.stepStart.secondsUntilNow
            // A step that takes longer than thought is never quite over.
            var stepLeft = max(state.stepSeconds - spent, state.stepSeconds * 0.05)
            if let share, share >= Self.leastShare { stepLeft = spent * (1 - min(share, 1)) / share }
            let left =
                stepLeft + Double(state.trainings) * state.trainingSeconds
                + state.pixelCount * state.secondsPerPixel
            let done = state.doneSeconds + spent
            return Line(step: state.step, fraction: done / (done + left), remainingSeconds: left.rounded())
        }
        // Numbers that are finite always are JSON.
        guard let line, let text = try? JSONText(line) else { return }
        say(text)
        // A pipe's reader would wait for more lines otherwise.
        fflush(nil)
    }
}
