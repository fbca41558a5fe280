import Files
import Scanning

/// What one command found in one of its scenes: a row of `scenes.csv`, a line of `--json`.
struct SceneRow: Encodable {
    /// Its address, without secrets.
    var scene: String
    /// Where its results are; `nil` where there are none.
    var folder: String?
    /// The windows of the whole scene.
    var windowCount: Int?
    /// Finished until now, those of earlier commands among them; without those that were skipped.
    var scoredWindowCount: Int?
    var skippedWindowCount: Int?
    /// How long the command that finished the scene took to score, merge and write.
    var seconds: Double?
    /// The highest score of any window.
    var highestScore: Float?
    /// By class, of windows.
    var highestScores: [String: Float]?
    /// Detections by class; `nil` where the scene has none yet.
    var counts: [String: Int]?
    /// Why it is rejected; empty where it is ok, `nil` where nothing is rejected or not all of it is known.
    var rejections: [String]?
    /// Why there is less than all.
    var error: String?

    var isRejected: Bool { rejections?.isEmpty == false }

    /// `"ok"` or `"rejected"`.
    var verdict: String? { rejections.map { $0.isEmpty ? "ok" : "rejected" } }

    private enum CodingKeys: String, CodingKey {
        case scene, folder, windowCount, scoredWindowCount, skippedWindowCount, seconds, highestScore,
            highestScores
        case counts, rejections, verdict, error
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(scene, forKey: .scene)
        try container.encodeIfPresent(folder, forKey: .folder)
        try container.encodeIfPresent(windowCount, forKey: .windowCount)
        try container.encodeIfPresent(scoredWindowCount, forKey: .scoredWindowCount)
        try container.encodeIfPresent(skippedWindowCount, forKey: .skippedWindowCount)
        try container.encodeIfPresent(seconds, forKey: .seconds)
        try container.encodeIfPresent(highestScore, forKey: .highestScore)
        try container.encodeIfPresent(highestScores, forKey: .highestScores)
        try container.encodeIfPresent(counts, forKey: .counts)
        try container.encodeIfPresent(rejections, forKey: .rejections)
        try container.encodeIfPresent(verdict, forKey: .verdict)
        try container.encodeIfPresent(error, forKey: .error)
    }

    /// The verdict with its reasons, for people.
    var verdictText: TerminalText? {
        rejections.map { $0.isEmpty ? "ok" : "rejected: \($0.joined(separator: ", "))" }
    }

    /// One line for people, of several scenes.
    ///
    /// - Parameter classes: in their order.
    func line(classes: [String]) -> TerminalText {
        var parts: [TerminalText] = []
        if let counts {
            let found = classes.compactMap { name in
                counts[name].flatMap { $0 > 0 ? "\(shortName(name)) \($0)" : nil }
            }
            parts.append(found.isEmpty ? "nothing found" : "\(found.joined(separator: ", "))")
        } else if let scoredWindowCount, let windowCount {
            parts.append("\(scoredWindowCount) of \(counted(windowCount, "window"))")
        }
        if let verdictText { parts.append(verdictText) }
        if let error {
            parts.append("failed: \(error)")
        } else if let folder {
            parts.append("in \(folder)")
        }
        return "\(scene): \(parts.joined(separator: "; "))"
    }
}

/// `scenes.csv`: a row for each scene as soon as it is done with, so that a command which is killed leaves the rows that it had.
final class SceneTable {
    static let name = "scenes.csv"

    /// That are looked for, in their order.
    private let classes: [String]
    private let hasVerdicts: Bool
    private let path: String
    private var file: GrowingFile
    /// By the scene's place in the list.
    private var rows: [Int: SceneRow] = [:]
    /// The last one of them.
    private var lastPlace = -1
    /// Whether rows were written in the order of scenes.
    private var isInOrder = true

    /// - Parameter folder: of this machine, which holds the scenes' folders.
    /// - Parameter replaces: whether a file of this name that is no such table may be replaced.
    /// - Throws: also where another process writes the table.
    init(in folder: String, classes: [String], hasVerdicts: Bool, replaces: Bool) throws {
        try makeFolder(folder)
        (self.classes, self.hasVerdicts) = (classes, hasVerdicts)
        path = folder + "/" + Self.name
        let beginning = Self.firstColumns.joined(separator: ",")
        if !replaces, FileGuard(path: path) != nil {
            let older = try FileReader(path: path)
            let bytes = try older.read(min(older.byteCount, beginning.utf8.count), at: 0)
            guard bytes.isEmpty || bytes.elementsEqual(beginning.utf8) else {
                throw CommandError(
                    operation: "write", path: path,
                    cause:
                        "it is not the table of an earlier scan; move it away, or give --overwrite to replace it"
                )
            }
        }
        file = try GrowingFile(path: path)
        try file.truncate(to: 0)
        try file.append(Self.line(header))
    }

    func add(_ row: SceneRow, at place: Int) throws(FileError) {
        isInOrder = isInOrder && lastPlace < place
        lastPlace = max(lastPlace, place)
        rows[place] = row
        try file.append(Self.line(fields(of: row)))
    }

    /// Puts the rows in the order of scenes; called once, when all are there.
    func finish() throws {
        guard !isInOrder else { return }
        let lines = ([header] + rows.sorted { $0.key < $1.key }.map { fields(of: $0.value) }).map(Self.line)
        try writeFile(lines.joined(), to: .replacing(path))
    }

    private static let firstColumns = [
        "scene", "folder", "windows", "scored", "skipped", "seconds", "highestScore",
    ]

    private var header: [String] {
        Self.firstColumns + (hasVerdicts ? ["verdict"] : []) + classes.map { "count:\($0)" } + ["error"]
    }

    private func fields(of row: SceneRow) -> [String] {
        func text(_ value: Int?) -> String { value.map { "\($0)" } ?? "" }
        let numbers = [
            text(row.windowCount), text(row.scoredWindowCount), text(row.skippedWindowCount),
            row.seconds?.fixed(1) ?? "", row.highestScore?.fixed(4) ?? "",
        ]
        return [row.scene, row.folder ?? ""] + numbers + (hasVerdicts ? [row.verdict ?? ""] : [])
            + classes.map { text(row.counts?[$0]) } + [withoutSecrets(row.error ?? "")]
    }

    private static func line(_ fields: [String]) -> String {
        fields.map(csvField).joined(separator: ",") + "\n"
    }
}

/// What a command found in all of its scenes: the last line of `--json`.
struct SceneTotals: Encodable {
    struct Totals: Encodable {
        var sceneCount: Int
        var failedCount: Int
        /// `nil` where nothing is rejected.
        var rejectedCount: Int?
        var windowCount: Int
        var scoredWindowCount: Int
        var skippedWindowCount: Int
        var counts: [String: Int]
    }
    var summary: Totals

    init(_ rows: [SceneRow], hasVerdicts: Bool) {
        func sum(_ value: (SceneRow) -> Int?) -> Int { rows.reduce(0) { $0 + (value($1) ?? 0) } }
        summary = Totals(
            sceneCount: rows.count, failedCount: rows.count { $0.error != nil },
            rejectedCount: hasVerdicts ? rows.count { $0.isRejected } : nil,
            windowCount: sum(\.windowCount), scoredWindowCount: sum(\.scoredWindowCount),
            skippedWindowCount: sum(\.skippedWindowCount),
            counts: rows.reduce(into: [:]) { counts, row in
                counts.merge(row.counts ?? [:], uniquingKeysWith: +)
            })
    }

    /// For people.
    var text: TerminalText {
        let count = summary.sceneCount
        return "\(count) \(count == 1 ? "scene" : "scenes")"
            + (summary.failedCount > 0 ? ", \(summary.failedCount) failed" : "")
            + (summary.rejectedCount.map { ", \($0) rejected" } ?? "")
    }
}
