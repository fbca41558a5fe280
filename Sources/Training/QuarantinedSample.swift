package import Records

/// A sample that a run could not read: a line of `quarantine.jsonl`.
package struct QuarantinedSample: Hashable, Sendable, Codable {
    /// What it was to be read for.
    package enum Use: String, Hashable, Sendable, Codable { case training, validation }

    package var sample: Int
    /// What was wrong with it and where.
    package var reason: String
    package var use: Use

    package init(_ unreadable: UnreadableSample, use: Use) {
        (sample, reason, self.use) = (unreadable.sample, unreadable.reason, use)
    }
}
