import Files

/// One line of a label file of YOLO. All places are fractions of the picture's sides.
///
/// 5 numbers: class, middle, width and height. 6: the same with a confidence. 7 and more: the class and the corners of an outline,
/// of which a turned box has four, and a confidence where a number is left over.
///
/// - Source: "Detection", "Segmentation" and "OBB datasets" in Ultralytics' documentation.
struct YOLOLine: Hashable {
    var label: Int
    /// Left, top, right, bottom.
    var edges: [Double]
    var confidence: Float?
    var isOutline: Bool

    /// - Returns: `nil` for a blank line.
    /// - Throws: a reason, for people.
    init?(parsing line: ArraySlice<UInt8>) throws(ClassNamesFailure) {
        let words = line.split(whereSeparator: \.isSpace).map { String(decoding: $0, as: UTF8.self) }
        if words.isEmpty { return nil }
        guard words.count >= 5 else {
            throw ClassNamesFailure(
                cause:
                    "it has \(words.count) numbers; a box must have 5: class, x and y of the centre, width, height"
            )
        }
        var values: [Double] = []
        for word in words {
            guard let value = Double(plain: word) else {
                throw ClassNamesFailure(cause: "no number: \(shortName(word))")
            }
            values.append(value)
        }
        guard let label = Int(exactly: values[0]), label >= 0 else {
            throw ClassNamesFailure(cause: "the class must be a number from 0 on: \(shortName(words[0]))")
        }
        self.label = label
        isOutline = values.count > 6
        if values.count.isMultiple(of: 2) {
            let value = values.removeLast()
            confidence = Annotation.score(value)
            guard confidence != nil else {
                throw ClassNamesFailure(cause: Annotation.objection(toScore: value))
            }
        }
        let places = values[1...]
        for place in places where !(-1...2).contains(place) {
            throw ClassNamesFailure(
                cause: "coordinates must be fractions of the image's sides, in 0...1: \(shortNumber(place))")
        }
        if isOutline {
            let xs = stride(from: 1, to: values.count, by: 2).map { values[$0] }
            let ys = stride(from: 2, to: values.count, by: 2).map { values[$0] }
            edges = [xs.min() ?? 0, ys.min() ?? 0, xs.max() ?? 0, ys.max() ?? 0]
        } else {
            let x = values[1]
            let y = values[2]
            let width = values[3]
            let height = values[4]
            edges = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        }
    }
}
