import Foundation
import SQLite
import TestSupport
import Testing

struct SQLiteConnectionTests {
    private struct Refusal: Error {}

    private static func table(in folder: TemporaryFolder) throws -> SQLiteConnection {
        let connection = try SQLiteConnection(opening: folder.file("t.sqlite"))
        try connection.runOnce("CREATE TABLE t (number INTEGER PRIMARY KEY, value ANY) STRICT")
        return connection
    }

    @Test func givesBackValues() throws {
        let folder = try TemporaryFolder()
        let connection = try Self.table(in: folder)
        let values: [SQLiteValue] = [
            .null, .integer(.min), .integer(.max), .text(""), .text("a\u{0}b'\"?"),
            .text("\u{1F600}e\u{301}"),
        ]
        for value in values { try connection.run("INSERT INTO t (value) VALUES (?)", [value]) }
        let rows = try connection.run("SELECT value FROM t ORDER BY number")
        #expect(rows.map { $0[0] } == values)
        #expect(rows[5][0].text?.utf8.count == 7)
    }

    @Test func runsKeptStatementsAgain() throws {
        let folder = try TemporaryFolder()
        let connection = try Self.table(in: folder)
        for round in Int64(0)..<3 {
            let insert = {
                _ = try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(round), .text("a")])
            }
            try insert()
            // After an error it runs again, too, and nothing of its values is left.
            #expect(throws: SQLiteError.self) { try insert() }
            #expect(try connection.run("SELECT value FROM t WHERE number = ?", [.integer(round)]).count == 1)
            #expect(try connection.run("SELECT value FROM t WHERE number = ?").isEmpty)
            try connection.runOnce("CREATE TABLE t\(round) (x)")
        }
        #expect(try connection.run("SELECT count(*) FROM t") == [[.integer(3)]])
        try connection.run("DELETE FROM t")
        #expect(connection.changedCount == 3)
    }

    @Test func takesChangesBack() throws {
        let folder = try TemporaryFolder()
        let connection = try Self.table(in: folder)
        #expect(throws: Refusal.self) {
            try connection.transaction {
                try connection.run("INSERT INTO t VALUES (1, 'a')")
                throw Refusal()
            }
        }
        #expect(try connection.run("SELECT count(*) FROM t") == [[.integer(0)]])
        let count = try connection.transaction {
            try connection.run("INSERT INTO t VALUES (1, 'a')")
            return connection.changedCount
        }
        #expect(count == 1)
        #expect(try connection.run("SELECT count(*) FROM t") == [[.integer(1)]])
    }

    @Test func saysWhoHoldsTheDatabase() throws {
        let folder = try TemporaryFolder()
        let first = try Self.table(in: folder)
        let second = try SQLiteConnection(opening: folder.file("t.sqlite"))
        try second.waitForOthers(milliseconds: 1)
        try first.transaction {
            let error = #expect(throws: SQLiteError.self) { try second.transaction {} }
            #expect(error?.isBusy == true)
            #expect(error?.description.contains("t.sqlite: cannot run a statement") == true)
            #expect(error?.description.contains("another process holds it") == true)
        }
        try second.transaction {}
    }

    @Test func knowsWhetherItsFileIsInPlace() throws {
        let folder = try TemporaryFolder()
        let connection = try Self.table(in: folder)
        #expect(try !connection.hasMoved)
        try FileManager.default.moveItem(atPath: folder.file("t.sqlite"), toPath: folder.file("other"))
        #expect(try connection.hasMoved)
        _ = try folder.write([], to: "t.sqlite")
        #expect(try connection.hasMoved)
    }

    @Test func opensOnlyFiles() throws {
        let folder = try TemporaryFolder()
        for path in ["", folder.path, folder.file("none/t.sqlite")] {
            let error = #expect(throws: SQLiteError.self) { _ = try SQLiteConnection(opening: path) }
            #expect(error?.description.contains("\(path): cannot open: ") == true)
            #expect(error?.description.contains("check that its folder exists") == true)
        }
        // SQLite itself would keep it in memory.
        defer { unlink(":memory:") }
        let connection = try SQLiteConnection(opening: ":memory:")
        try connection.runOnce("CREATE TABLE t (x)")
        #expect(FileManager.default.fileExists(atPath: ":memory:"))
    }

    @Test func saysWhatIsWrongWithAStatement() throws {
        let folder = try TemporaryFolder()
        let connection = try Self.table(in: folder)
        let error = #expect(throws: SQLiteError.self) { try connection.run("SELECT * FROM absent") }
        #expect(error?.operation == "prepare a statement")
        #expect(error?.cause == "no such table: absent")
    }

    @Test func advisesOnFilesOfOtherPrograms() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(opening: folder.write(Array("no database".utf8), to: "t"))
        let error = #expect(throws: SQLiteError.self) { try connection.run("PRAGMA user_version") }
        #expect(error?.cause == "file is not a database; move the file away, or bring back a copy of it")
    }
}
