import Files
import Foundation
import SQLite
import Synchronization

/// The scans of the service, in one SQLite file. What was told to a client has reached the disk: each change is synchronised.
///
/// Calls wait for the disk: make them on a thread of your own.
package final class ScanStore: Sendable {
    /// The form of the tables that this version reads and writes.
    private static let form: Int64 = 1
    /// Tells the file from other databases: `tsco`.
    private static let applicationID: Int64 = 0x7473_636F

    private let connection: Mutex<SQLiteConnection>

    /// Opens `service.sqlite` in a folder, and makes it where it is missing.
    ///
    /// - Parameter folder: of which this process has the lock.
    /// - Throws: `SQLiteError` where it is damaged, somebody else's, or of a newer version.
    package init(folder: String) throws {
        let connection = try SQLiteConnection(opening: folder + "/service.sqlite")
        try Self.prepare(connection)
        self.connection = Mutex(connection)
    }

    private static func prepare(_ connection: borrowing SQLiteConnection) throws {
        try connection.waitForOthers(milliseconds: 5000)
        let form = try number(connection.run("PRAGMA user_version"))
        let application = try number(connection.run("PRAGMA application_id"))
        let tableCount = try number(connection.run("SELECT count(*) FROM sqlite_schema"))
        if form > Self.form, application == applicationID {
            throw connection.error(
                "read the scans",
                cause:
                    "a newer version of tilescope wrote it (form \(form); this version reads form \(Self.form)); "
                    + "use that version, or another --data folder")
        }
        guard application == applicationID && form == Self.form || tableCount == 0 else {
            throw connection.error(
                "read the scans", cause: "it is a database of another program; name another --data folder")
        }
        let report = try connection.run("PRAGMA quick_check(1)").first?.first?.text
        guard report == "ok" else {
            throw connection.error(
                "read the scans",
                cause: "it is damaged (\(report ?? "no report")); move it away, or bring back a copy of it")
        }
        try connection.run("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA trusted_schema = OFF")
        guard tableCount == 0 else { return }
        try connection.transaction {
            try connection.run(
                """
                CREATE TABLE scans (
                    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, scene TEXT NOT NULL,
                    sceneName TEXT NOT NULL, model TEXT NOT NULL, modelPath TEXT NOT NULL,
                    modelDigest TEXT NOT NULL, request TEXT NOT NULL, options TEXT NOT NULL,
                    hasTruth INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, started INTEGER,
                    ended INTEGER, error TEXT, outcome TEXT, progress TEXT, updated INTEGER NOT NULL
                ) STRICT
                """)
            try connection.run("CREATE INDEX scansByScene ON scans (scene)")
            try connection.run("CREATE INDEX scansByState ON scans (state)")
            try connection.run("PRAGMA application_id = 1953719151")
            try connection.run("PRAGMA user_version = 1")
        }
    }

    private static func number(_ rows: [[SQLiteValue]]) -> Int64 { rows.first?.first?.integer ?? 0 }

    // MARK: Reading

    /// - Returns: `nil` where there is none.
    package func scan(_ id: String) throws -> StoredScan? {
        try connection.withLock { connection in
            try connection.run("SELECT * FROM scans WHERE id = ?", [.text(id)]).first.map {
                try Self.scan($0, connection)
            }
        }
    }

    /// Scans with the newest first.
    ///
    /// - Parameter scene: of which scene; `nil` for all.
    /// - Parameter last: the scan before the first one that is wanted; `nil` for the newest.
    /// - Returns: `nil` where there is no scan `last`.
    package func scans(
        scene: String? = nil, phase: ScanPhase? = nil, after last: String? = nil, limit: Int
    ) throws -> [StoredScan]? {
        try connection.withLock { connection in
            var number = Int64.max
            if let last {
                let rows = try connection.run("SELECT number FROM scans WHERE id = ?", [.text(last)])
                guard let found = rows.first?.first?.integer else { return nil }
                number = found
            }
            let rows = try connection.run(
                """
                SELECT * FROM scans WHERE number < ?1 AND (?2 IS NULL OR scene = ?2) AND (?3 IS NULL OR state = ?3)
                ORDER BY number DESC LIMIT ?4
                """,
                [.integer(number), SQLiteValue(scene), SQLiteValue(phase?.rawValue), .integer(Int64(limit))])
            return try rows.map { try Self.scan($0, connection) }
        }
    }

    /// Scans that have not ended, in the order in which they were created.
    package func unended() throws -> [StoredScan] {
        try connection.withLock { connection in
            try connection.run("SELECT * FROM scans WHERE state IN ('waiting', 'running') ORDER BY number")
                .map {
                    try Self.scan($0, connection)
                }
        }
    }

    /// The newest first.
    package func ids(ofScene scene: String) throws -> [String] {
        try connection.withLock { connection in
            try connection.run("SELECT id FROM scans WHERE scene = ? ORDER BY number DESC", [.text(scene)])
                .compactMap { $0.first?.text }
        }
    }

    /// How many scans are in each state.
    package func counts() throws -> [ScanPhase: Int] {
        try connection.withLock { connection in
            var counts: [ScanPhase: Int] = [:]
            for row in try connection.run("SELECT state, count(*) FROM scans GROUP BY state") {
                guard let phase = row[0].text.flatMap(ScanPhase.init), let count = row[1].integer else {
                    continue
                }
                counts[phase] = Int(count)
            }
            return counts
        }
    }

    // MARK: Writing

    package func insert(_ scan: StoredScan) throws {
        let values = try Self.values(of: scan)
        try connection.withLock { connection in
            _ = try connection.run(
                """
                INSERT INTO scans (id, scene, sceneName, model, modelPath, modelDigest, request, options, hasTruth,
                    created, state, started, ended, error, outcome, progress, updated)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, values.fixed + values.changing)
        }
    }

    /// Replaces what changes of a scan: its state, times, error, outcome and progress.
    package func update(_ scan: StoredScan) throws {
        let values = try Self.values(of: scan)
        try connection.withLock { connection in
            try connection.run(
                """
                UPDATE scans SET state = ?, started = ?, ended = ?, error = ?, outcome = ?, progress = ?,
                    updated = ? WHERE id = ?
                """, values.changing + [.text(scan.id)])
            guard connection.changedCount == 1 else {
                throw connection.error("write the scan \(scan.id)", cause: "it is not there any more")
            }
        }
    }

    package func remove(_ id: String) throws {
        try connection.withLock { _ = try $0.run("DELETE FROM scans WHERE id = ?", [.text(id)]) }
    }

    // MARK: Rows

    private static func values(
        of scan: StoredScan
    ) throws -> (fixed: [SQLiteValue], changing: [SQLiteValue]) {
        (
            [
                .text(scan.id), .text(scan.scene), .text(scan.sceneName), .text(scan.model),
                .text(scan.modelPath), .text(scan.modelDigest), .text(scan.request),
                .text(try JSONText(scan.options).text), .integer(scan.hasTruth ? 1 : 0),
                .integer(scan.created),
            ],
            [
                .text(scan.phase.rawValue), SQLiteValue(scan.started), SQLiteValue(scan.ended),
                SQLiteValue(scan.error), SQLiteValue(try scan.outcome.map { try JSONText($0).text }),
                SQLiteValue(try scan.advance.map { try JSONText($0).text }), .integer(scan.updated),
            ]
        )
    }

    /// - Parameter row: in the order of the table's columns.
    private static func scan(
        _ row: [SQLiteValue], _ connection: borrowing SQLiteConnection
    ) throws(SQLiteError) -> StoredScan {
        guard row.count == 18, let id = row[1].text, let scene = row[2].text, let sceneName = row[3].text,
            let model = row[4].text, let modelPath = row[5].text, let modelDigest = row[6].text,
            let request = row[7].text, let options = decoded([String].self, row[8]),
            let phase = row[10].text.flatMap(ScanPhase.init), let created = row[11].integer,
            let updated = row[17].integer
        else {
            throw connection.error("read a scan", cause: "its row is damaged; bring back a copy of the file")
        }
        var scan = StoredScan(
            id: id, scene: scene, sceneName: sceneName, model: model, modelPath: modelPath,
            modelDigest: modelDigest, request: request, options: options, hasTruth: row[9].integer == 1,
            created: created)
        scan.phase = phase
        scan.started = row[12].integer
        scan.ended = row[13].integer
        scan.error = row[14].text
        scan.outcome = decoded(ScanOutcome.self, row[15])
        scan.advance = decoded(ScanAdvance.self, row[16])
        scan.updated = updated
        return scan
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ value: SQLiteValue) -> Value? {
        value.text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}
