import Annotations
import Bytes
import Files
public import Pixels

/// One object that really is in a scene.
public struct Truth: Hashable, Sendable {
    /// In scene pixels; around a point, a square as large as the object.
    public var box: PixelRect
    /// Index of the class.
    public var label: Int
    /// The part of the object that nothing covers, in `0...1`.
    public var visibleFraction: Float
    /// Where the object is, if only a point of it is known; else `nil`.
    public var point: TruthPoint?
    /// Whether it lies beside the part of the scene that was looked at: then it is not to be found, and a detection on it counts
    /// neither way.
    public var isBeside: Bool

    /// - Parameter box: not empty.
    public init(
        box: PixelRect, label: Int, visibleFraction: Float = 1, point: TruthPoint? = nil,
        isBeside: Bool = false
    ) {
        (self.box, self.label, self.visibleFraction) = (box, label, visibleFraction)
        self.point = point
        self.isBeside = isBeside
    }
}

/// The place of an object whose box nobody has drawn.
public struct TruthPoint: Hashable, Sendable {
    /// In scene pixels; 0 is the left edge of the scene.
    public var x: Double
    /// In scene pixels; 0 is the upper edge of the scene.
    public var y: Double
    /// A detection whose centre is at most so far away has found the object: half of the object's size, in pixels.
    public var reach: Double

    public init(x: Double, y: Double, reach: Double) { (self.x, self.y, self.reach) = (x, y, reach) }

    /// From the point to the centre of a box, in pixels.
    package func distance(toCentreOf box: PixelRect) -> Double {
        let (dx, dy) = (Double(box.x0 + box.x1) / 2 - x, Double(box.y0 + box.y1) / 2 - y)
        return (dx * dx + dy * dy).squareRoot()
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
