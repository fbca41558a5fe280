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

    package var description: String { "\(path): cannot \(operation): \(cause)" }
}

/// What stands in a row, or for a question mark.
enum SQLiteValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}

/// One open SQLite database. SQLite is opened for one thread at a time ("multi-thread" of sqlite.org/threadsafe.html): who owns this
/// value uses it so.
struct SQLiteConnection: ~Copyable {
    private let path: String
    private let handle: OpaquePointer

    /// Opens a file, and makes it where it is missing.
    init(opening path: String) throws(SQLiteError) {
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let handle = opened else {
            let cause = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "there is no memory for it"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, operation: "open", path: path, cause: cause)
        }
        self.handle = handle
        self.path = path
    }

    deinit { sqlite3_close_v2(handle) }

    /// Where another process writes for a moment, it is waited for.
    func waitForOthers(milliseconds: Int32) throws(SQLiteError) {
        try check(sqlite3_busy_timeout(handle, milliseconds), "set the time to wait")
    }

    /// Runs one statement to its end.
    ///
    /// - Parameter values: stand for its question marks.
    /// - Returns: its rows.
    @discardableResult
    func run(_ sql: StaticString, _ values: [SQLiteValue] = []) throws(SQLiteError) -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql.description, -1, &statement, nil), "prepare a statement")
        defer { sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            try check(bind(value, to: statement, at: Int32(index + 1)), "bind a value")
        }
        var rows: [[SQLiteValue]] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw error(code, "run a statement") }
            rows.append((0..<sqlite3_column_count(statement)).map { Self.value(of: statement, at: $0) })
        }
    }

    /// Has all changes of a body made, or none of them.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try run("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            try body()
            try run("COMMIT")
        } catch {
            // Where that fails too, SQLite has taken the changes back itself.
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    /// Rows that the last statement has changed.
    var changedCount: Int { Int(sqlite3_changes64(handle)) }

    /// An error of our own about this database.
    func error(_ operation: String, cause: String) -> SQLiteError {
        SQLiteError(code: SQLITE_CORRUPT, operation: operation, path: path, cause: cause)
    }

    private func bind(_ value: SQLiteValue, to statement: OpaquePointer?, at place: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, place)
        case .integer(let number): return sqlite3_bind_int64(statement, place, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    guard let start = $0.baseAddress else {
                        return tilescope_sqlite3_bind_text(statement, place, "", 0)
                    }
                    return tilescope_sqlite3_bind_text(statement, place, start, sqlite3_uint64($0.count))
                }
            }
        }
    }

    private static func value(of statement: OpaquePointer?, at column: Int32) -> SQLiteValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            // The text comes first: its length is that of this form.
            guard let start = sqlite3_column_text(statement, column) else { return .null }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        default: return .null
        }
    }

    private func check(_ code: Int32, _ operation: String) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw error(code, operation) }
    }

    private func error(_ code: Int32, _ operation: String) -> SQLiteError {
        var cause = String(cString: sqlite3_errmsg(handle))
        // The last eight bits are the plain code.
        if [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xFF) {
            cause += "; move the file away, or bring back a copy of it"
        }
        return SQLiteError(code: code, operation: operation, path: path, cause: cause)
    }
}
