import Bytes

/// What stands before the encoded image in a record: 24 bytes, and more labels where it has more than one.
///
/// | from | bytes | what |
/// |---|---|---|
/// | 0 | 4 | flag: 0, or how many labels follow the header |
/// | 4 | 4 | label, a float; for a flag above 0 without meaning |
/// | 8 | 8 | id |
/// | 16 | 8 | second id, 0 in what `im2rec` writes |
/// | 24 | 4 · flag | labels, floats |
///
/// - Source: MXNet, `python/mxnet/recordio.py` (`IRHeader`).
package struct ImageRecordHeader: Hashable, Sendable {
    package var flag: UInt32
    package var label: Float
    package var id: UInt64
    package var secondID: UInt64
    /// `flag` of them.
    package var followingLabels: [Float]
    static let fixedByteCount = 24

    /// One label goes into the header, several follow it.
    ///
    /// - Parameter labels: at least one.
    package init(labels: [Float], id: UInt64) {
        precondition(!labels.isEmpty)
        flag = labels.count == 1 ? 0 : UInt32(labels.count)
        label = labels.count == 1 ? labels[0] : 0
        followingLabels = labels.count == 1 ? [] : labels
        (self.id, secondID) = (id, 0)
    }

    /// - Throws: with words for a person: where the record is too short.
    init(decoding record: RawSpan) throws(Malformed) {
        guard record.byteCount >= Self.fixedByteCount else {
            throw Malformed("it has \(record.byteCount) bytes, too few for an image record")
        }
        flag = record.littleEndianWord(at: 0)
        label = Float(bitPattern: record.littleEndianWord(at: 4))
        (id, secondID) = (record.littleEndianLongWord(at: 8), record.littleEndianLongWord(at: 16))
        guard Int(flag) <= (record.byteCount - Self.fixedByteCount) / 4 else {
            throw Malformed("it should have \(flag) labels, which its \(record.byteCount) bytes cannot hold")
        }
        followingLabels = (0..<Int(flag)).map {
            Float(bitPattern: record.littleEndianWord(at: Self.fixedByteCount + 4 * $0))
        }
    }

    /// Bytes of a header with its labels.
    ///
    /// - Parameter bytes: the first ones of a record.
    static func byteCount(beginning bytes: [UInt8]) -> Int {
        bytes.count < 4 ? fixedByteCount : fixedByteCount + 4 * Int(bytes.span.bytes.littleEndianWord(at: 0))
    }

    package var byteCount: Int { Self.fixedByteCount + 4 * followingLabels.count }

    /// At least one; the first is the class.
    package var labels: [Float] { flag == 0 ? [label] : followingLabels }

    mutating func replaceClass(by label: Float) {
        if flag == 0 { self.label = label } else { followingLabels[0] = label }
    }

    /// Whether the labels are boxes rather than classes: how many numbers come before the objects, how many an object has, then for each
    /// object its class and its box.
    ///
    /// - Source: MXNet, `python/mxnet/image/detection.py` (`ImageDetIter`).
    package var holdsBoxes: Bool {
        // A single label stands in the header, and is none of these.
        let labels = followingLabels
        guard labels.count >= 7, let first = Int(exactly: labels[0]), let width = Int(exactly: labels[1]),
            first >= 2, width >= 5, labels.count > first, (labels.count - first).isMultiple(of: width)
        else { return false }
        return stride(from: first, to: labels.count, by: width).allSatisfy { place in
            let (label, x0, y0) = (labels[place], labels[place + 1], labels[place + 2])
            guard label >= 0, label == label.rounded(), x0 >= 0, y0 >= 0 else { return false }
            return labels[place + 3] >= x0 && labels[place + 4] >= y0
        }
    }

    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(flag)
        bytes.appendLittleEndian(label.bitPattern)
        bytes.appendLittleEndian(id)
        bytes.appendLittleEndian(secondID)
        for label in followingLabels { bytes.appendLittleEndian(label.bitPattern) }
        return bytes
    }
}
