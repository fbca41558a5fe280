import CSQLite

/// One open SQLite database. SQLite is opened for one thread at a time ("multi-thread" of sqlite.org/threadsafe.html): who owns this
/// value uses it so.
package struct SQLiteConnection: ~Copyable {
    package let path: String
    private let handle: OpaquePointer
    private let statements = PreparedStatements()

    /// Opens a file, and creates it where it is missing.
    package init(opening path: String) throws(SQLiteError) {
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        // SQLite keeps ":memory:" and "" in memory and reads "file:" as a URI. With a folder in front, all names are files.
        let name = path.hasPrefix("/") ? path : "./" + path
        let code = sqlite3_open_v2(name, &opened, flags, nil)
        guard code == SQLITE_OK, let handle = opened else {
            let cause = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw Self.error(code, "open", path, cause)
        }
        self.handle = handle
        self.path = path
    }

    deinit {
        statements.finalizeAll()
        sqlite3_close_v2(handle)
    }

    /// Sets how long a statement waits for another connection that writes.
    package func waitForOthers(milliseconds: Int32) throws(SQLiteError) {
        try check(sqlite3_busy_timeout(handle, milliseconds), "set the time to wait")
    }

    /// Runs one statement to its end. The connection prepares it once and keeps it.
    ///
    /// - Parameter values: stand for its question marks.
    /// - Returns: its rows.
    @discardableResult
    package func run(
        _ sql: StaticString, _ values: [SQLiteValue] = []
    ) throws(SQLiteError) -> [[SQLiteValue]] {
        let text = sql.description
        let statement: OpaquePointer
        if let kept = statements[text] {
            statement = kept
        } else {
            statement = try prepare(text, flags: SQLITE_PREPARE_PERSISTENT)
            statements[text] = statement
        }
        defer {
            // A statement that is not reset keeps its transaction open. The code is that of the last step.
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            try check(bind(value, to: statement, at: Int32(index + 1)), "bind a value")
        }
        return try rows(of: statement)
    }

    /// Runs one statement that is not kept, such as a setting or a new table.
    ///
    /// - Parameter sql: must hold nothing that comes from a user.
    /// - Returns: its rows.
    @discardableResult
    package func runOnce(_ sql: String) throws(SQLiteError) -> [[SQLiteValue]] {
        let statement = try prepare(sql, flags: 0)
        defer { sqlite3_finalize(statement) }
        return try rows(of: statement)
    }

    /// Makes all changes of a body, or none of them. Other connections cannot write meanwhile.
    ///
    /// - Parameter body: a closure without a type of its errors: Swift 6.3.1 crashes on `throws(SQLiteError)` here.
    /// - Throws: `SQLiteError`, or what the body throws; then nothing was changed.
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // Where that fails too, SQLite has taken the changes back itself.
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    /// Rows that the last statement has changed.
    package var changedCount: Int { Int(sqlite3_changes64(handle)) }

    /// Whether the file can only be read. SQLite opens such a file without an error.
    package var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the path no longer leads to the open file. SQLite goes on writing to a file that was removed.
    ///
    /// - Cost: one `stat`.
    package var hasMoved: Bool {
        get throws(SQLiteError) {
            var hasMoved: Int32 = 0
            let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
            try check(code, "look for the file")
            return hasMoved != 0
        }
    }

    /// An error of our own about this database.
    package func error(_ operation: String, cause: String) -> SQLiteError {
        SQLiteError(code: SQLITE_CORRUPT, operation: operation, path: path, cause: cause)
    }

    private func prepare(_ sql: String, flags: Int32) throws(SQLiteError) -> OpaquePointer {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(flags), &statement, nil)
        try check(code, "prepare a statement")
        guard let statement else { preconditionFailure("there is no statement in: \(sql)") }
        return statement
    }

    private func rows(of statement: OpaquePointer) throws(SQLiteError) -> [[SQLiteValue]] {
        var rows: [[SQLiteValue]] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw error(code, "run a statement") }
            rows.append((0..<sqlite3_column_count(statement)).map { Self.value(of: statement, at: $0) })
        }
    }

    private func bind(_ value: SQLiteValue, to statement: OpaquePointer, at place: Int32) -> Int32 {
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

    private static func value(of statement: OpaquePointer, at column: Int32) -> SQLiteValue {
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
        Self.error(code, operation, path, String(cString: sqlite3_errmsg(handle)))
    }

    private static func error(
        _ code: Int32, _ operation: String, _ path: String, _ cause: String
    ) -> SQLiteError {
        var error = SQLiteError(code: code, operation: operation, path: path, cause: cause)
        if let advice = error.advice { error.cause += "; " + advice }
        return error
    }
}

/// The statements of one connection, by their text. A class, because a connection that is only borrowed adds to them.
private final class PreparedStatements {
    private var statements: [String: OpaquePointer] = [:]

    subscript(sql: String) -> OpaquePointer? {
        get { statements[sql] }
        set { statements[sql] = newValue }
    }

    func finalizeAll() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements.removeAll()
    }
}
