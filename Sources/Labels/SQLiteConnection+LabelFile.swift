import Foundation
import SQLite

/// The file of the labels: how it is recognised, and its tables.
extension SQLiteConnection {
    /// The form of the tables that this version reads and writes.
    private static var form: Int64 { 1 }
    /// Tells the file from other databases: `tslb`.
    private static var applicationID: Int64 { 0x7473_6C62 }

    /// Checks what the file is, and creates the tables in a new one.
    func prepareLabels() throws {
        guard !isReadOnly else {
            throw error(
                "write the labels",
                cause: "it is read-only; make it and its folder writable, or name another file")
        }
        // All in one transaction: two processes may create the file at the same time.
        try transaction {
            if try isNewFile() { try createTables() }
        }
        let report = try runOnce("PRAGMA quick_check(1)").first?.first?.text
        guard report == "ok" else {
            throw error(
                "read the labels",
                cause: "it is damaged (\(report ?? "no report")); move it away, or bring back a copy of it")
        }
        try takeUpLog()
        try runOnce("PRAGMA synchronous = FULL")
        try runOnce("PRAGMA trusted_schema = OFF")
    }

    /// Has changes go into a log beside the file. SQLite does not wait for others here, who may be doing the same.
    private func takeUpLog() throws(SQLiteError) {
        let end = ContinuousClock.now + Self.logPatience
        while true {
            do throws(SQLiteError) {
                try runOnce("PRAGMA journal_mode = WAL")
                return
            } catch {
                guard error.isBusy, ContinuousClock.now < end else { throw error }
                usleep(10_000)
            }
        }
    }

    private static var logPatience: Duration { .seconds(10) }

    /// - Returns: whether there is nothing in it.
    /// - Throws: where this version cannot use it.
    private func isNewFile() throws(SQLiteError) -> Bool {
        let form = try number("PRAGMA user_version")
        let application = try number("PRAGMA application_id")
        let tableCount = try number("SELECT count(*) FROM sqlite_schema")
        if application == Self.applicationID && form > Self.form {
            throw error(
                "read the labels",
                cause:
                    "a newer version of tilescope wrote it (form \(form); this version reads form \(Self.form)); "
                    + "use that version, or name another file")
        }
        if application == 0 && form == 0 && tableCount == 0 { return true }
        guard application == Self.applicationID && form == Self.form else {
            throw error("read the labels", cause: "it is a database of another program; name another file")
        }
        return false
    }

    private func number(_ sql: String) throws(SQLiteError) -> Int64 {
        try runOnce(sql).first?.first?.integer ?? 0
    }

    private func createTables() throws(SQLiteError) {
        // `events` and `changes` are only added to; `labels` follows from them. A place whose label was removed keeps its row there,
        // with the event that removed it.
        let statements = [
            """
            CREATE TABLE events (
                sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, who TEXT NOT NULL,
                time INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, undone TEXT, origin TEXT
            ) STRICT
            """,
            "CREATE INDEX eventsBySource ON events (source)",
            "CREATE INDEX eventsByUndone ON events (undone) WHERE undone IS NOT NULL",
            """
            CREATE TABLE changes (
                sequence INTEGER NOT NULL, number INTEGER NOT NULL, place TEXT NOT NULL, old TEXT,
                oldSequence INTEGER, new TEXT, newSequence INTEGER, PRIMARY KEY (sequence, number)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE labels (
                source TEXT NOT NULL, place TEXT NOT NULL, label TEXT, sequence INTEGER NOT NULL,
                PRIMARY KEY (source, place)
            ) STRICT, WITHOUT ROWID
            """,
            "PRAGMA application_id = \(Self.applicationID)",
            "PRAGMA user_version = \(Self.form)",
        ]
        for statement in statements { try runOnce(statement) }
    }

    /// - Throws: where the file was removed or another one has its name: what is written would be lost.
    func checkIsInPlace() throws(SQLiteError) {
        guard try hasMoved else { return }
        throw error(
            "find the open file of the labels",
            cause: "it was moved, removed or replaced; bring it back, or start tilescope again"
        )
    }

    var damagedRow: SQLiteError {
        error("read the labels", cause: "a row is damaged; bring back a copy of the file")
    }
}
