import Bytes
import Files
import Foundation
import Pixels
import Scanning
import TestSupport
import Testing

@Suite struct CandidateFileTests {
    let folder: TemporaryFolder
    let grid: ScanGrid
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("candidates")
        grid = try ScanGrid(sceneWidth: 40, sceneHeight: 36, windowSize: 8, stride: 4)
    }

    private var candidates: [Candidate] {
        (0..<grid.rowCount).flatMap { row in
            [0, 3, 8].map { Candidate(row: row, column: $0, label: row % 3, score: 0.25 + Float(row) / 64) }
        }
    }

    @Test(arguments: UInt64(0)..<50) func candidatesAreReadBackAsTheyWere(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let grid = try ScanGrid(
            sceneWidth: ScanGrid.sideLimit + 7, sceneHeight: 9, windowSize: 8, stride: 1)
        let columns = (0..<20).map { _ in Int.random(in: 0..<grid.columnCount, using: &random) }
        let candidates = Set(columns).sorted().map { column in
            Candidate(
                row: 1, column: column, label: .random(in: 0...65_535, using: &random),
                score: .random(in: 0...1, using: &random))
        }
        try writeCandidates(candidates, of: grid, to: path)
        #expect(try readCandidates(path, of: grid) == candidates)
    }

    @Test func oneCandidateTakesTwelveBytes() throws {
        try writeCandidates([], of: grid, to: path)
        let empty = try folder.bytes("candidates").count
        try writeCandidates(candidates, of: grid, to: path)
        #expect(try folder.bytes("candidates").count - empty == 12 * candidates.count)
    }

    @Test func whatWasCutOffCountsAsNotScored() throws {
        try writeCandidates(candidates, of: grid, to: path)
        let bytes = try folder.bytes("candidates")
        for count in stride(from: 12, to: bytes.count, by: 7) {
            _ = try folder.write(Array(bytes[..<count]), to: "candidates")
            let file = try CandidateFile(path: path, grid: grid)
            let rowCount = file.finished.windowCount / grid.columnCount
            #expect(rowCount < grid.rowCount)
            #expect(file.candidateCount == 3 * rowCount)
            #expect(try readCandidates(path, of: grid) == Array(candidates.prefix(3 * rowCount)))
        }
    }

    @Test(arguments: UInt64(0)..<60) func aChangedByteIsNoticed(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        try writeCandidates(candidates, of: grid, to: path)
        var bytes = try folder.bytes("candidates")
        let place = Int.random(in: 12..<bytes.count, using: &random)
        bytes[place] ^= UInt8.random(in: 1...255, using: &random)
        _ = try folder.write(bytes, to: "candidates")
        let file = try CandidateFile(path: path, grid: grid)
        #expect(file.lostByteCount > 0 && file.finished.windowCount < grid.windowCount)
        let found = try readCandidates(path, of: grid)
        #expect(found == Array(candidates.prefix(found.count)))
    }

    @Test(arguments: [
        Candidate(row: 5, column: 3, label: 0, score: 0.5),
        Candidate(row: 1, column: 9, label: 0, score: 0.5),
        Candidate(row: 1, column: 3, label: 3, score: 0.5),
        Candidate(row: 1, column: 3, label: 0, score: 1.5),
        Candidate(row: 1, column: 3, label: 0, score: .infinity),
        Candidate(row: 1, column: 3, label: 0, score: .nan),
    ]) func aCandidateThatCannotBeIsDamage(candidate: Candidate) throws {
        try CandidateLog.create(at: path)
        var log = try CandidateLog(continuing: path, grid: grid)
        try log.append(WindowRange(rows: 0..<1, columns: 0..<9), [])
        try log.append(WindowRange(rows: 1..<2, columns: 0..<9), [candidate])
        let file = try CandidateFile(path: path, grid: grid, labelCount: 3)
        #expect(file.finished.windowCount == 9 && file.lostByteCount > 0)
    }

    @Test func candidatesOutOfOrderAreDamage() throws {
        try CandidateLog.create(at: path)
        var log = try CandidateLog(continuing: path, grid: grid)
        let candidate = Candidate(row: 0, column: 3, label: 0, score: 0.5)
        try log.append(WindowRange(rows: 0..<1, columns: 0..<9), [candidate, candidate])
        #expect(try CandidateFile(path: path, grid: grid).finished.windowCount == 0)
    }

    @Test(arguments: ["", "tilecand", "something else altogether"]) func anotherFileIsRefused(text: String)
        throws
    {
        _ = try folder.write(Array(text.utf8), to: "candidates")
        let error = #expect(throws: ScanError.self) { try CandidateFile(path: path, grid: grid) }
        #expect(error?.code == .malformedState && error?.description.contains(path) == true)
    }
}
