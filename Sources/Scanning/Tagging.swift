package import Figures
public import Pixels
import Synchronization

/// What to draw on a picture of a scene: boxes, and what the truth says about them where it is known.
public struct Tagging: Hashable, Sendable {
    /// A box of the picture.
    private struct Tag: Hashable {
        /// In scene pixels.
        var box: PixelRect
        /// The place of its class among those looked for.
        var index: Int
        /// `nil` where the truth is not known.
        var verdict: Judgement.Verdict?
        /// `nil` for a miss.
        var score: Float?

        var mark: BoxMark { Palette.mark(index, verdict?.shape ?? .frame) }
    }

    /// In the order in which they are drawn: the best detections lie on the others, and misses, of which little is drawn, on top.
    private var tags: [Tag]
    private let classCount: Int
    private let isJudged: Bool

    /// - Parameter detections: best first; those with other labels are not drawn.
    /// - Parameter labels: that were looked for, in the order of their colours.
    /// - Parameter judgement: of these detections; `nil` where the truth is not known.
    public init(detections: [Detection], labels: [Int], judgement: Judgement? = nil) {
        precondition(judgement.map { $0.verdicts.count == detections.count } ?? true)
        let indices = Dictionary(zip(labels, labels.indices)) { first, _ in first }
        classCount = labels.count
        isJudged = judgement != nil
        tags = detections.indices.reversed().compactMap { place in
            let detection = detections[place]
            guard let index = indices[detection.label] else { return nil }
            return Tag(
                box: detection.box, index: index, verdict: judgement?.verdicts[place], score: detection.score)
        }
        tags += (judgement?.misses ?? []).compactMap { miss in
            indices[miss.label].map { Tag(box: miss.box, index: $0, verdict: .miss, score: nil) }
        }
    }

    // MARK: - Boxes

    /// Draws the boxes on a part of the scene, or on a smaller or larger picture of it.
    ///
    /// Large enough boxes have their score beside them where the picture is no smaller than the scene.
    ///
    /// - Parameter picture: what `part` looks like.
    /// - Parameter part: in scene pixels.
    /// - Parameter lineWidth: in pixels of the picture; positive.
    package func draw(on picture: inout Image, showing part: PixelRect, lineWidth: Int) throws {
        let view = View(of: part, on: picture)
        let reach = picture.bounds.inset(by: -Self.margin(lineWidth: lineWidth))
        let seen = tags.lazy.map { ($0, view.rect(of: $0.box)) }.filter { reach.touches($0.1) }
        for (tag, rect) in seen { picture.draw(tag.mark, around: rect, lineWidth: lineWidth) }
        guard picture.width >= part.width, picture.height >= part.height else { return }
        for (tag, rect) in seen {
            guard let score = tag.score else { continue }
            let label = ScoreLabel(score, mark: tag.mark, lineWidth: lineWidth)
            try label.draw(on: &picture, at: rect, sceneTop: view.y(of: 0))
        }
    }

    /// How far from a box something may be drawn that belongs to it, in pixels.
    private static func margin(lineWidth: Int) -> Int {
        BoxMark.smallestSide * lineWidth + BoxMark.casingWidth(lineWidth: lineWidth)
            + ScoreLabel.height(lineWidth: lineWidth)
    }

    /// The same boxes for each band of rows of a scene.
    ///
    /// - Parameter height: of a band, in pixels; the last one may be lower.
    /// - Parameter lineWidth: with which they will be drawn at full size.
    func bands(height: Int, sceneHeight: Int, lineWidth: Int) -> [Tagging] {
        let margin = Self.margin(lineWidth: lineWidth)
        var empty = self
        empty.tags = []
        var bands = [Tagging](repeating: empty, count: (sceneHeight + height - 1) / height)
        for tag in tags {
            let first = min(bands.count - 1, max(0, tag.box.y0 - margin) / height)
            let last = min(bands.count - 1, max(0, tag.box.y1 + margin) / height)
            for band in first...last { bands[band].tags.append(tag) }
        }
        return bands
    }

    // MARK: - Legend

    /// More classes than this would leave no room for the picture.
    private static let legendRowLimit = 30

    /// A row for each class: how many were found, and what the truth says about them where it is known. Of very many classes only
    /// those with the most boxes have a row.
    ///
    /// - Parameter classes: names, in the order of the labels.
    /// - Parameter number: writes a count.
    package func legend(
        classes: [String], scale: Int = 1, number: (Int) -> String = { "\($0)" }
    ) -> Legend {
        precondition(classes.count == classCount)
        var foundCounts = [Int](repeating: 0, count: classCount)
        var counts = [[Judgement.Verdict: Int]](repeating: [:], count: classCount)
        for tag in tags {
            if tag.score != nil { foundCounts[tag.index] += 1 }
            if let verdict = tag.verdict { counts[tag.index][verdict, default: 0] += 1 }
        }
        var shown = Array(classes.indices)
        if shown.count > Self.legendRowLimit {
            func boxCount(_ index: Int) -> Int { foundCounts[index] + counts[index][.miss, default: 0] }
            shown.sort { (boxCount($1), $0) < (boxCount($0), $1) }
            shown = shown.prefix(Self.legendRowLimit).sorted()
        }
        let verdicts = Judgement.Verdict.allCases.filter { verdict in
            // Mostly there are none, and the words need an explanation.
            isJudged && (verdict != .neither || counts.contains { $0[.neither] != nil })
        }
        var rows = shown.map { index -> [Legend.Entry] in
            let name = Legend.Entry(
                mark: Palette.mark(index), name: classes[index], count: ": \(number(foundCounts[index]))")
            return [name]
                + verdicts.map { verdict in
                    let text = verdict.text(counts[index][verdict, default: 0], number: number)
                    return Legend.Entry(mark: Palette.mark(index, verdict.shape), text: text)
                }
        }
        if shown.count < classes.count {
            let restCount = classes.count - shown.count
            rows.append([Legend.Entry(mark: nil, text: "and \(number(restCount)) more classes")])
        }
        return Legend(rows: rows, scale: scale)
    }
}

/// Where places of a scene are on a picture of a part of it.
private struct View {
    private let part: PixelRect
    private let scaleX: Double
    private let scaleY: Double

    init(of part: PixelRect, on picture: Image) {
        self.part = part
        scaleX = Double(picture.width) / Double(part.width)
        scaleY = Double(picture.height) / Double(part.height)
    }

    func x(of x: Int) -> Int { Int((Double(x - part.x0) * scaleX).rounded()) }
    func y(of y: Int) -> Int { Int((Double(y - part.y0) * scaleY).rounded()) }

    func rect(of box: PixelRect) -> PixelRect {
        PixelRect(x0: x(of: box.x0), y0: y(of: box.y0), x1: x(of: box.x1), y1: y(of: box.y1))
    }
}

/// A score on the upper edge of a box.
private struct ScoreLabel: Hashable {
    private let text: String
    private let mark: BoxMark
    private let lineWidth: Int

    init(_ score: Float, mark: BoxMark, lineWidth: Int) {
        text = Self.text(score)
        self.mark = mark
        self.lineWidth = lineWidth
    }

    /// Two digits after the point: `".97"`; `"1.0"` from 0.995 on.
    private static func text(_ score: Float) -> String {
        let hundredths = Int(exactly: (100 * min(max(score, 0), 1)).rounded()) ?? 0
        return hundredths == 100 ? "1.0" : hundredths < 10 ? ".0\(hundredths)" : ".\(hundredths)"
    }

    static func height(lineWidth: Int) -> Int { 11 * scale(lineWidth: lineWidth) }

    private var size: (width: Int, height: Int) {
        (21 * Self.scale(lineWidth: lineWidth), Self.height(lineWidth: lineWidth))
    }

    /// Labels grow in whole steps with the lines.
    private static func scale(lineWidth: Int) -> Int { max(1, lineWidth / 2) }

    private static let pictures = Mutex<[ScoreLabel: Image]>([:])

    /// The text on its ground. There are few different ones in a scene with many boxes, and each is drawn once.
    private func picture() throws -> Image {
        if let drawn = Self.pictures.withLock({ $0[self] }) { return drawn }
        let scale = Self.scale(lineWidth: lineWidth)
        let (width, height) = size
        var figure = Figure(width: width, height: height, ground: .fixed(mark.color), summary: text)
        figure.write(
            text, x: width / 2, y: height / 2, size: 10 * scale, anchor: .middle, .fixed(mark.casing))
        let image = try figure.image()
        Self.pictures.withLock { $0[self] = image }
        return image
    }

    /// Above the box, unless the scene has no rows there; nothing where the box is too small.
    func draw(on picture: inout Image, at box: PixelRect, sceneTop: Int) throws {
        let (width, height) = size
        guard box.width >= width, box.height >= 2 * height else { return }
        let casingWidth = BoxMark.casingWidth(lineWidth: lineWidth)
        let above = box.y0 + lineWidth - height
        let ground = PixelRect(
            x: box.x0, y: above - casingWidth >= sceneTop ? above : box.y0, width: width, height: height)
        picture.fill(ground.inset(by: -casingWidth), color: mark.casing)
        picture.paste(try self.picture(), x: ground.x0, y: ground.y0)
    }
}

extension PixelRect {
    /// Whether they have a pixel in common, or the other one is empty and lies inside.
    fileprivate func touches(_ other: PixelRect) -> Bool {
        other.x1 > x0 && other.x0 < x1 && other.y1 > y0 && other.y0 < y1
    }
}
