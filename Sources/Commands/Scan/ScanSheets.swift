import Evaluation
import Files
import Pixels
import Rasters
import Scanning

/// Hits, misses and false alarms as sheets of pictures that a person can look at, the worst first.
struct ScanSheets {
    let evaluation: SceneEvaluation
    /// Names of all labels.
    let classes: [String]
    /// That were looked for, in the order of their colours.
    let labels: [Int]
    let scene: Scene
    let cancellation: Cancellation

    struct Sheet {
        /// Of its file, without ending.
        var name: String
        var pictures: ContactSheet
    }

    /// Pictures on a sheet, at most: six rows.
    private static let pictureLimit = 48
    /// Side of a picture, in pixels.
    private static let side = 112
    /// The part of the scene that a picture shows is so many times as large as the box.
    private static let context = 2.0

    /// One picture that is still to be read.
    private struct Item {
        var box: PixelRect
        /// Drawn in this order.
        var marks: [(box: PixelRect, shape: BoxMark.Shape)]
        var label: Int
        var lines: [String]
    }

    /// - Throws: where the scene cannot be read, or the command is interrupted.
    func sheets() throws -> [Sheet] {
        let (hits, alarms) = (evaluation.hits, evaluation.falseAlarms)
        let misses = try evaluation.misses.sorted(until: cancellation) { one, other in
            let (score, otherScore) = (one.weakScore ?? -1, other.weakScore ?? -1)
            return score != otherScore
                ? score < otherScore : one.truth.visibleFraction > other.truth.visibleFraction
        }
        let sheets: [(String, String, [Item])] = [
            (
                "misses", "Misses: \(grouped(misses.count)), those that score lowest first",
                misses.prefix(Self.pictureLimit).map(item)
            ),
            (
                "false-alarms", "False alarms: \(grouped(alarms.count)), the highest scores first",
                alarms.prefix(Self.pictureLimit).map(item)
            ),
            (
                "hits", "Hits: \(grouped(hits.count)), the lowest scores first",
                hits.suffix(Self.pictureLimit).reversed().map(item)
            ),
        ]
        var made: [Sheet] = []
        for (name, title, items) in sheets {
            let pictures = try pictures(of: items)
            let entries = zip(pictures, items).map { ContactSheet.Entry(picture: $0, lines: $1.lines) }
            made.append(Sheet(name: name, pictures: ContactSheet(title: title, entries: entries)))
        }
        return made
    }

    private func item(_ miss: SceneEvaluation.Miss) -> Item {
        let truth = miss.truth
        let visible = truth.visibleFraction < 1 ? ", \((100 * truth.visibleFraction).fixed(0)) % visible" : ""
        return Item(
            box: truth.box, marks: [(truth.box, .corners)], label: truth.label,
            lines: [
                classes[truth.label],
                (miss.weakScore.map { "scores only \($0.fixed(3))" } ?? "not seen at all") + visible,
                place(of: truth.box),
            ])
    }

    private func item(_ alarm: SceneEvaluation.FalseAlarm) -> Item {
        let detection = alarm.detection
        let cause =
            switch alarm.cause {
            case .duplicate: "found already"
            case .otherClass, .unsought: "is " + (alarm.otherClass ?? "another class")
            case .beside: "beside an object"
            case .nothing: "nothing there"
            }
        return Item(
            box: detection.box, marks: [(detection.box, .frame)], label: detection.label,
            lines: [
                "\(detection.score.fixed(3)) \(classes[detection.label])", cause, place(of: detection.box),
            ])
    }

    private func item(_ hit: SceneEvaluation.Hit) -> Item {
        let (detection, truth) = (hit.detection, hit.truth)
        let fit =
            truth.point.map { "\($0.distance(toCentreOf: detection.box).fixed(1)) pixels away" }
            ?? "IoU \(detection.box.iou(with: truth.box).fixed(2))"
        return Item(
            box: detection.box, marks: [(truth.box, .corners), (detection.box, .frame)],
            label: detection.label,
            lines: ["\(detection.score.fixed(3)) \(classes[detection.label])", fit, place(of: detection.box)])
    }

    private func place(of box: PixelRect) -> String { "at \(box.x0),\(box.y0)" }

    /// - Returns: grey ones for what cannot be read.
    private func pictures(of items: [Item]) throws -> [Image] {
        let raster = try scene.openAtFullSize()
        var pictures = [Image](repeating: Self.blank, count: items.count)
        // From top to bottom, as files can be read best.
        let order = items.indices.sorted {
            (items[$0].box.y0, items[$0].box.x0, $0) < (items[$1].box.y0, items[$1].box.x0, $1)
        }
        for index in order {
            try cancellation.check()
            let part = Self.part(around: items[index].box, of: raster.bounds)
            do throws(RasterError) {
                let read = try raster.read(part, cancellation: cancellation)
                pictures[index] = picture(of: items[index], showing: part, read)
            } catch {
                guard error.code == .cannotRead else { throw error }
            }
        }
        try scene.check()
        return pictures
    }

    /// - Parameter read: what `part` of the scene looks like.
    private func picture(of item: Item, showing part: PixelRect, _ read: Image) -> Image {
        let (width, height) = part.sizeFitting(maxSide: Self.side)
        let scale = Double(Self.side) / Double(max(part.width, part.height))
        let size =
            scale > 1
            ? (Int((Double(part.width) * scale).rounded()), Int((Double(part.height) * scale).rounded()))
            : (width, height)
        var picture = read.resized(width: max(1, size.0), height: max(1, size.1))
        let index = labels.firstIndex(of: item.label) ?? 0
        for mark in item.marks {
            let box = PixelRect(
                x0: Int((Double(mark.box.x0 - part.x0) * scale).rounded()),
                y0: Int((Double(mark.box.y0 - part.y0) * scale).rounded()),
                x1: Int((Double(mark.box.x1 - part.x0) * scale).rounded()),
                y1: Int((Double(mark.box.y1 - part.y0) * scale).rounded()))
            picture.draw(Palette.mark(index, mark.shape), around: box, lineWidth: 2)
        }
        // All pictures of a sheet have one size, also those of a scene that is smaller than a part.
        var page = Self.blank
        page.paste(picture, x: (Self.side - picture.width) / 2, y: (Self.side - picture.height) / 2)
        return page
    }

    private static var blank: Image {
        var page = Image(width: side, height: side)
        page.fill(page.bounds, color: RGB(225, 225, 225))
        return page
    }

    /// A square around a box, inside the scene; as large as the scene where it is smaller.
    private static func part(around box: PixelRect, of scene: PixelRect) -> PixelRect {
        func interval(_ start: Int, _ end: Int, _ side: Int, _ length: Int) -> (start: Int, end: Int) {
            let size = min(side, length)
            let first = min(length - size, max(0, (start + end - side) / 2))
            return (first, first + size)
        }
        let side = max(16, Int(Double(max(box.width, box.height)) * context))
        let (columns, rows) = (
            interval(box.x0, box.x1, side, scene.width), interval(box.y0, box.y1, side, scene.height)
        )
        return PixelRect(x0: columns.start, y0: rows.start, x1: columns.end, y1: rows.end)
    }
}
