import Foundation
import SQLite
import Synchronization

/// What people say of places in scenes and of records of packs, in one SQLite file: events that are only added to, and the labels
/// that follow from them.
///
/// Several threads and processes may use one file at a time. They write one after the other, and reading does not wait for writing.
/// When `append` returns, its events have reached the disk.
///
/// Calls wait for the disk: make them on a thread of your own. Do not open the file by other means in the same process: when it is
/// closed there, the system drops SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
package final class LabelStore: Sendable {
    /// How long an append waits for other writers, in milliseconds.
    private static let patience: Int32 = 10_000

    private let writer: Mutex<SQLiteConnection>
    /// A connection of its own: an append does not wait until a long list is read.
    private let reader: Mutex<SQLiteConnection>
    private let clock: @Sendable () -> Int64

    /// Opens a file, and creates it where it is missing.
    ///
    /// - Parameter clock: gives milliseconds since 1970.
    /// - Throws: `SQLiteError` where the file is damaged, another program's, of a newer version or cannot be written.
    /// - Cost: reads the whole file once, to find damage.
    package init(
        opening path: String, clock: @escaping @Sendable () -> Int64 = LabelStore.millisecondsNow
    ) throws {
        let writer = try SQLiteConnection(opening: path)
        try writer.waitForOthers(milliseconds: Self.patience)
        try writer.prepareLabels()
        let reader = try SQLiteConnection(opening: path)
        try reader.waitForOthers(milliseconds: Self.patience)
        try reader.runOnce("PRAGMA trusted_schema = OFF")
        try reader.runOnce("PRAGMA query_only = ON")
        self.writer = Mutex(writer)
        self.reader = Mutex(reader)
        self.clock = clock
    }

    /// The system's time, in milliseconds since 1970.
    package static func millisecondsNow() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }

    // MARK: Writing

    /// Stores events in their order, all or none. They are on the disk when this returns.
    ///
    /// An event whose id is stored already, with the same content, is acknowledged and not stored again.
    ///
    /// - Returns: for each event what is stored of it, also where it was stored before.
    /// - Throws: `LabelError` where an event is refused; `SQLiteError`. Nothing was stored then.
    /// - Cost: one synchronised write, and about 0.1 ms for each event.
    @discardableResult
    package func append(_ events: [LabelEvent]) throws -> [StoredLabelEvent] {
        try write { connection in
            let time = clock()
            return try events.map { try connection.append($0, time: time) }
        }
    }

    /// Makes the table of current labels again from all events.
    ///
    /// The two always agree. Call this when somebody has repaired the file and the table was lost.
    ///
    /// - Cost: O(*n* log *n*) in the number of events.
    package func rebuild() throws {
        try write { connection in
            try connection.run("DELETE FROM labels")
            // Where there is one max(), SQLite takes the other columns from its row (sqlite.org/lang_select.html, "bare columns").
            try connection.run(
                """
                INSERT INTO labels (source, place, label, sequence)
                SELECT source, place, new, newSequence FROM (
                    SELECT source, place, new, newSequence, max(changes.sequence)
                    FROM changes JOIN events USING (sequence) GROUP BY source, place
                ) WHERE newSequence IS NOT NULL
                """)
        }
    }

    private func write<Result: Sendable>(
        _ body: @Sendable (borrowing SQLiteConnection) throws -> Result
    ) throws -> Result {
        try writer.withLock { connection in
            try connection.transaction {
                let result = try body(connection)
                try connection.checkIsInPlace()
                return result
            }
        }
    }

    // MARK: Reading

    /// Events in the order in which they were stored.
    ///
    /// - Parameter sequence: that of the last event which the caller has; 0 for all.
    /// - Parameter limit: how many at most.
    package func events(after sequence: Int64, limit: Int) throws -> [StoredLabelEvent] {
        precondition(limit >= 0)
        return try read { try $0.events(after: sequence, limit: limit) }
    }

    /// The current labels of a scene or a pack, in the order in which they were given.
    package func labels(of source: String) throws -> [PlacedLabel] {
        try read { try $0.labels(of: source) }
    }

    /// All scenes and packs that events are about, in the order of their bytes.
    ///
    /// - Cost: O(*n*) in the number of events.
    package func sources() throws -> [LabelledSource] {
        try read { connection in
            try connection.run(
                """
                SELECT source, count(*), (SELECT count(label) FROM labels WHERE labels.source = events.source)
                FROM events GROUP BY source ORDER BY source
                """
            ).map { row in
                guard row.count == 3, let source = row[0].text, let events = row[1].integer,
                    let labels = row[2].integer
                else { throw connection.damagedRow }
                return LabelledSource(source: source, labelCount: Int(labels), eventCount: Int(events))
            }
        }
    }

    /// How many places of all sources have each label.
    ///
    /// - Cost: O(*n*) in the number of places.
    package func counts() throws -> [Label: Int] {
        try read { connection in
            let rows = try connection.run(
                "SELECT label, count(*) FROM labels WHERE label IS NOT NULL GROUP BY label")
            // Names whose bytes differ can be equal text.
            var counts: [Label: Int] = [:]
            for row in rows {
                guard row.count == 2, let label = row[0].text, let count = row[1].integer else {
                    throw connection.damagedRow
                }
                counts[Label(storedText: label), default: 0] += Int(count)
            }
            return counts
        }
    }

    private func read<Result: Sendable>(
        _ body: @Sendable (borrowing SQLiteConnection) throws -> Result
    ) throws -> Result {
        try reader.withLock { connection in
            try connection.checkIsInPlace()
            return try body(connection)
        }
    }
}
