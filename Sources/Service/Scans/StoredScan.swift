import Bytes
import Files

/// Where a scan stands.
package enum ScanPhase: String, Hashable, Sendable, Codable, CaseIterable {
    case waiting, running, finished, failed, cancelled

    /// Whether nothing more happens unless somebody asks for it.
    package var isEnded: Bool {
        switch self {
        case .waiting, .running: false
        case .finished, .failed, .cancelled: true
        }
    }
}

/// How far a scan is, as `scan --supervised` tells it.
package struct ScanAdvance: Hashable, Sendable, Codable {
    package var windowCount: Int
    package var finishedWindowCount: Int
    package var windowsPerSecond: Double?
    package var remainingSeconds: Double?

    package init(
        windowCount: Int, finishedWindowCount: Int, windowsPerSecond: Double? = nil,
        remainingSeconds: Double? = nil
    ) {
        self.windowCount = windowCount
        self.finishedWindowCount = finishedWindowCount
        self.windowsPerSecond = windowsPerSecond
        self.remainingSeconds = remainingSeconds
    }

    /// In `0...1`.
    package var fraction: Double {
        windowCount > 0 ? min(1, max(0, Double(finishedWindowCount) / Double(windowCount))) : 0
    }
}

/// What a finished scan has found and written.
package struct ScanOutcome: Hashable, Sendable, Codable {
    /// Boxes by class.
    package var counts: [String: Int]
    /// Names of files in the results, without those in folders.
    package var files: [String]
    /// Windows of the scene; `nil` where nobody knows.
    package var windowCount: Int?

    package init(counts: [String: Int], files: [String], windowCount: Int? = nil) {
        self.counts = counts
        self.files = files
        self.windowCount = windowCount
    }
}

/// One scan of the service, as its database keeps it.
package struct StoredScan: Hashable, Sendable {
    /// 16 hexadecimal digits.
    package var id: String
    package var scene: String
    package var sceneName: String
    package var model: String
    package var modelPath: String
    /// SHA-256 of the model's file, in hexadecimal digits.
    package var modelDigest: String
    /// JSON as it was posted, but for the truth.
    package var request: String
    /// The option values of `tilescope scan`, of which its arguments are made.
    package var options: [String]
    package var hasTruth: Bool
    package var phase: ScanPhase
    /// In milliseconds since 1970, as all times here.
    package var created: Int64
    package var started: Int64?
    package var ended: Int64?
    package var error: String?
    package var outcome: ScanOutcome?
    package var advance: ScanAdvance?
    /// Grows with each change.
    package var updated: Int64

    package init(
        id: String, scene: String, sceneName: String, model: String, modelPath: String,
        modelDigest: String, request: String, options: [String], hasTruth: Bool, created: Int64
    ) {
        self.id = id
        self.scene = scene
        self.sceneName = sceneName
        self.model = model
        self.modelPath = modelPath
        self.modelDigest = modelDigest
        self.request = request
        self.options = options
        self.hasTruth = hasTruth
        phase = .waiting
        self.created = created
        updated = created
    }
}
