import Annotations
import Bytes
import Files
public import Pixels

/// One object that really is in a scene.
public struct Truth: Hashable, Sendable {
    /// In scene pixels.
    public var box: PixelRect
    /// Index of the class.
    public var label: Int
    /// The part of the object that nothing covers, in `0...1`.
    public var visibleFraction: Float

    public init(box: PixelRect, label: Int, visibleFraction: Float = 1) {
        (self.box, self.label, self.visibleFraction) = (box, label, visibleFraction)
    }
}

/// Reads a scene's truth: JSON Lines as `tilescope mosaic` writes them, one object per line with at least `box`
/// (`[x0, y0, x1, y1]`) and `class`.
///
/// The file, of at most 4 GiB, is read once from front to back: a million lines take about half a second.
///
/// - Parameter labels: the classes asked for, name to label; objects of other classes are left out.
/// - Returns: the objects in the order of the file, and how many each other class has.
/// - Throws: `FileError`, or `EvaluationError` with the number of the line that is malformed.
public func readTruths(
    from path: String, labels: [String: Int]
) throws -> (truths: [Truth], otherCounts: [String: Int]) {
    let file = try readFile(path, limit: truthByteLimit)
    let bytes = file.span.bytes
    var truths: [Truth] = []
    var otherCounts: [String: Int] = [:]
    var start = 0
    var lineNumber = 0
    while start < bytes.byteCount {
        lineNumber += 1
        let end = endOfLine(in: bytes, from: start)
        do throws(JSONError) {
            let line = try Annotation(parsingLine: bytes, start..<end)
            if let line, let label = labels[line.className] {
                guard case .box(let box) = line.shape else { throw JSONError("a point has no box") }
                truths.append(Truth(box: box.pixels, label: label, visibleFraction: line.visibleFraction))
            } else if let line {
                otherCounts[line.className, default: 0] += 1
            }
        } catch {
            throw EvaluationError(
                code: .malformedLine, operation: "read the truth on line \(lineNumber)", path: path,
                cause: error.reason)
        }
        start = end + 1
    }
    return (truths, otherCounts)
}

/// Some forty million objects.
private let truthByteLimit = 1 << 32

private func endOfLine(in bytes: RawSpan, from start: Int) -> Int {
    var end = start
    while end < bytes.byteCount, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
}
