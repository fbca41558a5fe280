public import Files
import Pixels

/// Samples without their labels: each appears four times, turned by 0 to 3 quarter turns, and how it is turned is its class.
///
/// To tell how a picture is turned, a network has to see what is in it. So it learns from pictures although nobody says what they show.
///
/// - Source: Gidaris, Singh and Komodakis, Unsupervised representation learning by predicting image rotations, 2018.
public final class TurnedSamples: SampleSource {
    private static let turnCount = 4
    /// Clockwise. A model with these classes says nothing of what a picture shows.
    public static let names = (0..<turnCount).map { "turned by \(90 * $0) degrees" }
    private let source: any SampleSource

    public init(_ source: any SampleSource) { self.source = source }

    public var path: String { source.path }
    /// Four of each sample of the source, one after the other.
    public var count: Int { Self.turnCount * source.count }
    public var classNames: [String] { Self.names }
    public var squareSide: Int? { source.squareSide }
    public var evaluation: Augmentation { source.evaluation }

    public func label(of sample: Int) -> Int { sample % Self.turnCount }

    public func objection(toSide side: Int) -> String? { source.objection(toSide: side) }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        try source.write(
            sample / Self.turnCount, varied: variation, side: side, into: &pixelsHWC,
            cancellation: cancellation)
        let symmetry = Symmetry(quarterTurns: label(of: sample))
        guard symmetry != .identity else { return }
        let upright = [UInt8](unsafeUninitializedCapacity: pixelsHWC.count) { target, count in
            pixelsHWC.withUnsafeBufferPointer { _ = target.initialize(from: $0) }
            count = pixelsHWC.count
        }
        let turned = Image(width: side, height: side, pixelsHWC: upright).transformed(by: symmetry)
        for index in pixelsHWC.indices { pixelsHWC[index] = turned.pixelsHWC[index] }
    }
}
