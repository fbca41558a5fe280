import Bytes

/// One column of a Parquet file, and the values of the group of rows that is being filled.
struct ParquetColumn {
    enum Kind: Int {
        case float = 4
        case double = 5
        /// Bytes; text where `isText`.
        case binary = 6
    }
    /// From the root: two names for a member of a group.
    let path: [String]
    let kind: Kind
    let isText: Bool
    let isOptional: Bool
    /// As the format has them one after the other, without those that are missing.
    private var values: [UInt8] = []
    private var isPresent: [Bool] = []
    private var least = Double.infinity
    private var greatest = -Double.infinity

    init(_ path: [String], _ kind: Kind, isText: Bool = false, isOptional: Bool = false) {
        (self.path, self.kind) = (path, kind)
        (self.isText, self.isOptional) = (isText, isOptional)
    }

    mutating func append(_ value: Double?) {
        isPresent.append(value != nil)
        precondition(value != nil || isOptional)
        guard let value else { return }
        if kind == .float {
            values.appendLittleEndian(Float(value).bitPattern)
        } else {
            values.appendLittleEndian(value.bitPattern)
        }
        guard !value.isNaN else { return }
        least = min(least, value)
        greatest = max(greatest, value)
    }

    mutating func append(_ value: [UInt8]?) {
        isPresent.append(value != nil)
        precondition(value != nil || isOptional)
        guard let value else { return }
        values.appendLittleEndian(UInt32(value.count))
        values += value
    }

    /// What a reader needs to know about a page before it reads it.
    struct Page {
        var bytes: [UInt8]
        var rowCount: Int
        var nullCount: Int
        /// Least and greatest as the format has them; `nil` for bytes, and where all are missing.
        var bounds: (least: [UInt8], greatest: [UInt8])?
    }

    /// The page of all rows since the last call.
    mutating func takePage() -> Page {
        let present = isPresent.count { $0 }
        let page = Page(
            bytes: (isOptional ? levels : []) + values, rowCount: isPresent.count,
            nullCount: isPresent.count - present,
            // Zero has two signs, and a bound must exclude neither.
            bounds: kind == .binary || least > greatest
                ? nil : (encoded(least == 0 ? -0.0 : least), encoded(greatest == 0 ? 0 : greatest)))
        values.removeAll(keepingCapacity: true)
        isPresent.removeAll(keepingCapacity: true)
        least = .infinity
        greatest = -.infinity
        return page
    }

    private func encoded(_ value: Double) -> [UInt8] {
        var bytes: [UInt8] = []
        if kind == .float {
            bytes.appendLittleEndian(Float(value).bitPattern)
        } else {
            bytes.appendLittleEndian(value.bitPattern)
        }
        return bytes
    }

    /// Which values are there, as runs of equal ones.
    private var levels: [UInt8] {
        var runs: [UInt8] = []
        var index = 0
        while index < isPresent.count {
            var end = index + 1
            while end < isPresent.count, isPresent[end] == isPresent[index] { end += 1 }
            var count = UInt64(end - index) << 1
            while count >= 0x80 {
                runs.append(UInt8(truncatingIfNeeded: count) | 0x80)
                count >>= 7
            }
            runs.append(UInt8(count))
            runs.append(isPresent[index] ? 1 : 0)
            index = end
        }
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt32(runs.count))
        return bytes + runs
    }
}
