package import Devices
package import Engines
import Foundation
package import Scanning

/// What goes over the streams between whoever gives out the work and a worker. All but results are JSON.
package protocol Message: Codable, Hashable, Sendable {
    static var kind: Frame.Kind { get }
}

extension Message {
    package func frame() throws -> Frame {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Frame(Self.kind, try Array(encoder.encode(self)))
    }

    package init(_ frame: Frame) throws(ProtocolError) {
        precondition(frame.kind == Self.kind)
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(frame.payload))
        } catch {
            throw ProtocolError("a message of kind \(frame.kind) is malformed: \(error)")
        }
    }
}

/// What a worker is, before it is asked for anything.
package struct Hello: Message {
    package static let kind = Frame.Kind.hello
    /// The program's version.
    package var version: String
    /// What it computes with, without a network.
    package var numerics: Numerics
    package var process: Int32
    /// Tasks that it keeps: the oldest of more is forgotten.
    package var taskLimit: Int

    package init(version: String, numerics: Numerics, process: Int32, taskLimit: Int) {
        (self.version, self.numerics, self.process) = (version, numerics, process)
        self.taskLimit = taskLimit
    }
}

/// A scan to take part in. The worker answers that it is ready, or that it cannot.
package struct TaskMessage: Message {
    package static let kind = Frame.Kind.task
    /// Instead of the model's path in a plan whose application ships the model as a file of this name.
    package static let shippedModel = "shipped:model.safetensors"
    /// By which ranges name it; a task of the same number takes its place.
    package var task: Int
    package var scan: ScanTask
    /// The scene's address. A secret in it is not passed on: keys come from the worker's environment.
    package var scene: String
    /// Where the model is for the worker: a path or an address.
    package var model: String
    /// Bound on the pixels of one block; the ranges were made with it.
    package var blockPixelLimit: Int

    package init(task: Int, scan: ScanTask, scene: String, model: String, blockPixelLimit: Int) {
        (self.task, self.scan, self.scene, self.model) = (task, scan, scene, model)
        self.blockPixelLimit = blockPixelLimit
    }
}

package struct Ready: Message {
    package static let kind = Frame.Kind.ready
    package var task: Int

    package init(task: Int) { self.task = task }
}

/// A model to settle on, for all workers of a job. The worker answers with what it chooses, or that it cannot.
package struct SettleMessage: Message {
    package static let kind = Frame.Kind.settle
    package var model: String
    package var precision: PrecisionChoice?
    package var kernels: KernelVariant?

    package init(model: String) { self.model = model }
}

/// What goes into all further messages of the job.
package struct Settled: Message {
    package static let kind = Frame.Kind.settled
    /// SHA-256 of the model's file.
    package var digest: String
    package var numerics: Numerics
    /// Processor time of scoring a window, in seconds, without the reading of pixels.
    package var secondsPerWindow: Double
    /// Names by label.
    package var classes: [String]
    /// How large the job's ranges should be.
    package var ranges: RangeSize.Usual
}

/// A scene to plan. The worker answers with a task and ranges, or that it cannot.
package struct PlanMessage: Message {
    package static let kind = Frame.Kind.plan
    package var scene: String
    package var model: String
    package var digest: String
    package var numerics: Numerics
    package var secondsPerWindow: Double
    /// What to look for and how, as `tilescope scan` has it; what is `nil` is as usual.
    package var stride: Int?
    package var classes: [String]?
    package var floor: Float?
    package var views: Int?
    /// Whether the scan is dense; `nil` for what the model's contract says, where that is possible.
    package var dense: Bool?
    /// Bound on the pixels of a block of a dense scan, which it then is; `nil` for what suits the engine.
    package var denseBlockPixelLimit: Int?
    /// Windows of a range, about; `nil` for as many as take the usual time.
    package var windowsPerRange: Int?

    package init(scene: String, model: String, _ settled: Settled) {
        (self.scene, self.model) = (scene, model)
        (digest, numerics, secondsPerWindow) = (settled.digest, settled.numerics, settled.secondsPerWindow)
    }
}

/// What there is to do for a scene.
package struct Planned: Message {
    package static let kind = Frame.Kind.planned
    /// With the number 0.
    package var task: TaskMessage
    package var ranges: [WindowRange]
}

/// Pictures to classify. The worker answers with predictions, or that it cannot.
package struct PicturesMessage: Message {
    package static let kind = Frame.Kind.pictures
    package var model: String
    package var digest: String
    package var numerics: Numerics
    /// Paths and addresses.
    package var pictures: [String]
    /// How many classes to name for each picture.
    package var top: Int

    package init(_ pictures: [String], model: String, _ settled: Settled, top: Int) {
        (self.pictures, self.model, self.top) = (pictures, model, top)
        (digest, numerics) = (settled.digest, settled.numerics)
    }
}

/// Each list has one entry for each picture, in their order.
package struct Predictions: Message {
    package static let kind = Frame.Kind.predictions
    /// Names of the classes with the highest scores, the highest first; none where there is a cause.
    package var classes: [[String]]
    package var scores: [[Float]]
    /// Why a picture could not be classified.
    package var causes: [String?]
}

/// Windows to score. The worker answers with a result or with why there is none.
package struct RangeMessage: Message {
    package static let kind = Frame.Kind.range
    package var task: Int
    /// The sender's number for it.
    package var range: Int
    package var windows: WindowRange
    /// After so long it has failed; `nil` for no limit.
    package var seconds: Double?

    package init(task: Int, range: Int, windows: WindowRange, seconds: Double? = nil) {
        (self.task, self.range, self.windows, self.seconds) = (task, range, windows, seconds)
    }
}

/// Why there is no result. It is an answer, not the end: the worker waits for the next range.
package struct Failure: Message {
    package static let kind = Frame.Kind.failed
    package enum Reason: String, Codable, Hashable, Sendable {
        /// This worker cannot compute the task's bits, or is of another version: another one may.
        case refused
        /// The scene cannot be opened, or is not the task's: no range of it can be scored.
        case scene
        /// Windows of the range cannot be read or scored.
        case windows
        /// The range took longer than it may.
        case time
    }
    /// `nil` where it is about a scene to plan, or pictures.
    package var task: Int?
    /// `nil` where the task itself cannot be taken.
    package var range: Int?
    /// Windows without a result.
    package var windowCount: Int
    package var reason: Reason
    /// For people, without secrets.
    package var cause: String

    package init(
        task: Int? = nil, range: Int? = nil, windowCount: Int = 0, reason: Reason, cause: String
    ) {
        (self.task, self.range, self.windowCount) = (task, range, windowCount)
        (self.reason, self.cause) = (reason, cause)
    }
}

/// That a worker is alive, each second in which it works.
package struct Heartbeat: Message {
    package static let kind = Frame.Kind.heartbeat
    package var task: Int?
    package var range: Int?
    /// Windows of the range that are scored.
    package var windowCount: Int

    package init(task: Int?, range: Int?, windowCount: Int) {
        (self.task, self.range, self.windowCount) = (task, range, windowCount)
    }
}

/// The last message of either side. The worker's has what it took.
package struct Finish: Message {
    package static let kind = Frame.Kind.finish
    package var rangeCount: Int?
    package var windowCount: Int?
    /// Processor time of all threads, in seconds.
    package var cpuSeconds: Double?
    /// The most that the process held.
    package var peakMemoryByteCount: Int?

    package init(
        rangeCount: Int? = nil, windowCount: Int? = nil, cpuSeconds: Double? = nil,
        peakMemoryByteCount: Int? = nil
    ) {
        (self.rangeCount, self.windowCount) = (rangeCount, windowCount)
        (self.cpuSeconds, self.peakMemoryByteCount) = (cpuSeconds, peakMemoryByteCount)
    }
}
