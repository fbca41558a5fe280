import CSQLite

/// A database could not be opened, read or written.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    package var code: Int32
    /// `"open"`.
    package var operation: String
    package var path: String
    /// SQLite's own words, or ours, with what to do.
    package var cause: String

    package init(code: Int32, operation: String, path: String, cause: String) {
        self.code = code
        self.operation = operation
        self.path = path
        self.cause = cause
    }

    package var description: String { "\(path): cannot \(operation): \(cause)" }

    /// Whether another connection held the database for longer than this one waits.
    package var isBusy: Bool { plainCode == SQLITE_BUSY }

    /// Whether the disk has no room. Nothing was changed.
    package var isOutOfSpace: Bool { plainCode == SQLITE_FULL }

    /// The last eight bits of an extended code are the plain one.
    private var plainCode: Int32 { code & 0xFF }

    /// What to do about SQLite's own error; `nil` where its words say enough.
    var advice: String? {
        switch plainCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB: "move the file away, or bring back a copy of it"
        case SQLITE_FULL: "make room and try again"
        case SQLITE_BUSY: "another process holds it; try again when that has finished"
        case SQLITE_READONLY: "make the file and its folder writable, or name another file"
        case SQLITE_CANTOPEN: "check that its folder exists and is writable, and that it is a file"
        default: nil
        }
    }
}
