package import Files

/// The file of candidates of a scan that goes on. What was appended outlasts the process, however that ends, and but for the last
/// seconds the machine too.
package struct CandidateLog: ~Copyable {
    private static let secondsBetweenSyncs = 5.0

    private var file: GrowingFile
    private var lastSync = ContinuousClock.now

    /// Makes a file without candidates.
    package static func create(at path: String) throws(FileError) {
        var file = try GrowingFile(creating: path)
        let header = CandidateFormat.header
        try file.append(header.span.bytes)
    }

    /// Goes on after the last whole segment; what comes after it is cut off.
    package init(continuing path: String, grid: ScanGrid) throws {
        // First the lock that it takes, so that nobody else writes what is read.
        var file = try GrowingFile(path: path)
        try file.truncate(to: CandidateFile(path: path, grid: grid).wholeByteCount)
        self.file = file
    }

    /// Adds windows with their candidates, or none of both.
    ///
    /// - Parameter candidates: of these windows, by row, column and label.
    package mutating func append(_ windows: WindowRange, _ candidates: [Candidate]) throws(FileError) {
        let segment = CandidateFormat.segment(windows, candidates)
        try file.append(segment.span.bytes)
        guard lastSync.secondsSince > Self.secondsBetweenSyncs else { return }
        try file.synchronize()
        lastSync = .now
    }
}
