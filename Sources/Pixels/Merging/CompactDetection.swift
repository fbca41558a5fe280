/// A detection in 24 bytes, half of a `Detection`'s: millions are merged at once.
package struct CompactDetection: Hashable, Sendable {
    package var x0: Int32
    package var y0: Int32
    package var x1: Int32
    package var y1: Int32
    package var label: Int32
    package var score: Float

    package init(x0: Int32, y0: Int32, x1: Int32, y1: Int32, label: Int32, score: Float) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
        self.label = label
        self.score = score
    }

    /// - Parameter detection: its edges and its label must fit 32 bits, as those of every scene and model do.
    package init(_ detection: Detection) {
        let box = detection.box
        self.init(
            x0: Int32(box.x0), y0: Int32(box.y0), x1: Int32(box.x1), y1: Int32(box.y1),
            label: Int32(detection.label), score: detection.score)
    }

    package var detection: Detection {
        Detection(
            box: PixelRect(x0: Int(x0), y0: Int(y0), x1: Int(x1), y1: Int(y1)), label: Int(label),
            score: score)
    }

    /// The order of `Detection.isBetter`.
    package static func isBetter(_ a: CompactDetection, _ b: CompactDetection) -> Bool {
        if a.score != b.score { return a.score > b.score }
        return (a.y0, a.x0, a.label, a.y1, a.x1) < (b.y0, b.x0, b.label, b.y1, b.x1)
    }

    private var area: Int { (Int(x1) - Int(x0)) * (Int(y1) - Int(y0)) }

    /// As `PixelRect.iou`, to the last bit.
    func iou(with other: CompactDetection) -> Float {
        let (left, right) = (max(x0, other.x0), min(x1, other.x1))
        let (top, bottom) = (max(y0, other.y0), min(y1, other.y1))
        // Of empty rectangles it is 0 too.
        guard left < right, top < bottom else { return 0 }
        let common = (Int(right) - Int(left)) * (Int(bottom) - Int(top))
        return Float(common) / Float(area + other.area - common)
    }

    /// Grows to the smallest box that holds both.
    mutating func include(_ other: CompactDetection) {
        (x0, y0) = (min(x0, other.x0), min(y0, other.y0))
        (x1, y1) = (max(x1, other.x1), max(y1, other.y1))
    }
}

extension PixelBox {
    init(_ detection: CompactDetection) {
        self.init(
            x0: Double(detection.x0), y0: Double(detection.y0), x1: Double(detection.x1),
            y1: Double(detection.y1))
    }
}

extension [CompactDetection] {
    /// Their indexes in the order of `isBetter`.
    func indexesBestFirst() -> [UInt32] {
        Pixels.indexesBestFirst(map(\.score)) { CompactDetection.isBetter(self[$0], self[$1]) }
    }

    /// In the order of `isBetter`.
    package func sortedBestFirst() -> [CompactDetection] { indexesBestFirst().map { self[Int($0)] } }
}
