import Files
import Foundation

/// A scan as the API shows it. What is not there stands as null.
struct ScanView: Encodable {
    private enum Key: String, CodingKey {
        case id, scene, sceneName, model, state, created, started, ended, error, request, progress, counts,
            hasTruth,
            files
    }

    private struct Progress: Encodable {
        private enum Key: String, CodingKey {
            case windowCount, finishedWindowCount, fraction, windowsPerSecond, remainingSeconds
        }
        var advance: ScanAdvance
        var isFinished: Bool

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(advance.windowCount, forKey: .windowCount)
            try object.encode(advance.finishedWindowCount, forKey: .finishedWindowCount)
            try object.encode(isFinished ? 1 : advance.fraction, forKey: .fraction)
            try object.encode(advance.windowsPerSecond, forKey: .windowsPerSecond)
            try object.encode(advance.remainingSeconds, forKey: .remainingSeconds)
        }
    }

    private let scan: StoredScan

    init(_ scan: StoredScan) { self.scan = scan }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(scan.id, forKey: .id)
        try object.encode(scan.scene, forKey: .scene)
        try object.encode(scan.sceneName, forKey: .sceneName)
        try object.encode(scan.model, forKey: .model)
        try object.encode(scan.phase, forKey: .state)
        try object.encode(Self.time(scan.created), forKey: .created)
        try object.encode(scan.started.map(Self.time), forKey: .started)
        try object.encode(scan.ended.map(Self.time), forKey: .ended)
        try object.encode(scan.error, forKey: .error)
        try object.encode(JSONValue(parsing: scan.request), forKey: .request)
        var advance = scan.advance ?? ScanAdvance(windowCount: 0, finishedWindowCount: 0)
        if scan.phase != .running {
            advance.windowsPerSecond = nil
            advance.remainingSeconds = nil
        }
        try object.encode(
            Progress(advance: advance, isFinished: scan.phase == .finished), forKey: .progress)
        try object.encode(scan.outcome?.counts, forKey: .counts)
        try object.encode(scan.hasTruth, forKey: .hasTruth)
        try object.encode(scan.outcome?.files ?? [], forKey: .files)
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .ISO8601Format(.init(includingFractionalSeconds: true))
    }
}
