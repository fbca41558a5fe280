import Bytes
package import Scanning

/// What was found in a range: columns of fixed width, which become a table without a look at each number.
package struct RangeResult: Hashable, Sendable {
    /// Numbers before the columns.
    static let headerByteCount = 80
    /// Columns begin at multiples of it, as tables want them.
    static let alignment = 64

    package var task: Int
    package var range: Int
    package var windows: WindowRange
    /// What was found in these windows, ordered by row, column and label.
    package var candidates: [Candidate]
    package var timing: ScanTiming
    /// Processor time that all threads took for this range, in seconds.
    package var cpuSeconds: Double

    package init(
        task: Int, range: Int, windows: WindowRange, candidates: [Candidate], timing: ScanTiming,
        cpuSeconds: Double
    ) {
        (self.task, self.range, self.windows) = (task, range, windows)
        (self.candidates, self.timing, self.cpuSeconds) = (candidates, timing, cpuSeconds)
    }

    package func frame() -> Frame {
        var bytes: [UInt8] = []
        let count = candidates.count
        bytes.reserveCapacity(Self.headerByteCount + 14 * count + 5 * Self.alignment)
        for number in [
            task, range, windows.rows.lowerBound, windows.rows.upperBound, windows.columns.lowerBound,
            windows.columns.upperBound, count,
        ] { bytes.appendLittleEndian(UInt32(number)) }
        bytes.appendLittleEndian(CandidateSegment(windows, candidates).checksum)
        for seconds in [
            timing.readSeconds, timing.waitSeconds, timing.scoreSeconds, timing.scanSeconds, cpuSeconds,
            timing.fetchSeconds ?? 0,
        ] { bytes.appendLittleEndian(seconds.bitPattern) }
        func align() {
            while !bytes.count.isMultiple(of: Self.alignment) { bytes.append(0) }
        }
        align()
        for candidate in candidates { bytes.appendLittleEndian(candidate.row) }
        align()
        for candidate in candidates { bytes.appendLittleEndian(candidate.column) }
        align()
        for candidate in candidates { bytes.appendLittleEndian(candidate.score.bitPattern) }
        align()
        for candidate in candidates { bytes.appendLittleEndian(candidate.label) }
        return Frame(.result, bytes)
    }

    /// - Throws: where the payload is not as `frame` makes it.
    package init(_ frame: Frame) throws(ProtocolError) {
        precondition(frame.kind == .result)
        let bytes = frame.payload
        let malformed = ProtocolError("a result has the wrong length, or its checksum does not match")
        var reader = LittleEndianReader(bytes)
        var numbers: [Int] = []
        for _ in 0..<8 {
            guard let number = reader.nextInt() else { throw malformed }
            numbers.append(number)
        }
        var seconds: [Double] = []
        for _ in 0..<6 {
            guard let bits = reader.next(UInt64.self) else { throw malformed }
            seconds.append(Double(bitPattern: bits))
        }
        let count = numbers[6]
        func start(after end: Int) -> Int { (end + Self.alignment - 1) / Self.alignment * Self.alignment }
        let rows = start(after: Self.headerByteCount)
        let columns = start(after: rows + 4 * count)
        let scores = start(after: columns + 4 * count)
        let labels = start(after: scores + 4 * count)
        guard numbers[2] < numbers[3], numbers[4] < numbers[5], bytes.count == labels + 2 * count else {
            throw malformed
        }
        let span = bytes.span.bytes
        func number<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number {
            Number(littleEndian: span.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        var candidates: [Candidate] = []
        candidates.reserveCapacity(count)
        for index in 0..<count {
            let (row, column) = (
                number(UInt32.self, at: rows + 4 * index), number(UInt32.self, at: columns + 4 * index)
            )
            guard max(row, column) < UInt32(ScanGrid.sideLimit) else { throw malformed }
            candidates.append(
                Candidate(
                    row: Int(row), column: Int(column),
                    label: Int(number(UInt16.self, at: labels + 2 * index)),
                    score: Float(bitPattern: number(UInt32.self, at: scores + 4 * index))))
        }
        var timing = ScanTiming()
        let windows = WindowRange(rows: numbers[2]..<numbers[3], columns: numbers[4]..<numbers[5])
        guard CandidateSegment(windows, candidates).checksum == UInt32(numbers[7]) else { throw malformed }
        timing.scoredWindowCount = windows.windowCount
        (timing.readSeconds, timing.waitSeconds) = (seconds[0], seconds[1])
        (timing.scoreSeconds, timing.scanSeconds) = (seconds[2], seconds[3])
        timing.fetchSeconds = seconds[5]
        self.init(
            task: numbers[0], range: numbers[1], windows: windows, candidates: candidates, timing: timing,
            cpuSeconds: seconds[4])
    }
}
