import Evaluation
import Figures
import Files
import Pixels
import Rasters
import Records
import Scanning

/// The pictures of a report, as HTML with everything inside.
struct ReportPictures {
    private let sceneAddress: Address
    private let view: SceneView?
    private let detections: [Detection]
    private let tagging: Tagging
    private let legend: Legend
    private let isJudged: Bool

    /// - Parameter truth: `nil` where it is not known.
    /// - Parameter view: how the scene was seen, at full size.
    init(
        of sceneAddress: Address, view: SceneView?, summary: ScanSummary, detections: [Detection],
        truth: SceneTruth?
    ) throws {
        self.sceneAddress = sceneAddress
        self.view = view
        self.detections = detections
        tagging = Tagging(
            detections: detections, labels: summary.counts.map(\.label),
            judgement: try truth?.judgement(of: detections, cancellation: Cancellation()))
        legend = tagging.legend(classes: summary.counts.map(\.className), number: { grouped($0) })
        isJudged = truth != nil
    }

    /// By which rule a box is a hit.
    static var ruleText: String {
        let rule = MatchingRule.forPictures
        return """
            A hit is the best detection that overlaps an object of its class with an IoU of at least \(rule.iouThreshold). \
            Objects that are less than \((100 * rule.minimumVisibleFraction).fixed(0)) % visible do not count.
            """
    }

    /// The whole scene, smaller, with boxes.
    func scene() throws -> Markup {
        let raster = try Raster(openingPicture: sceneAddress, view: view)
        var picture = try raster.overview(maxSide: 1600)
        try tagging.draw(on: &picture, showing: raster.bounds, lineWidth: 2)
        let caption: Markup =
            isJudged
            ? """
            <figcaption>Hits are plain boxes, false alarms have a cross, misses are only corners. \(Self.ruleText) A box on \
            such an object has one diagonal.</figcaption>
            """ : ""
        return """
            <figure><img class="page" alt="The scene with boxes. \(legend.text)" src="\(try jpegURI(picture))">
            \(legend.markup)
            \(caption)</figure>
            """
    }

    /// The part of the scene with the most detections, at full size.
    func closeUp() throws -> Markup {
        let raster = try Raster(openingPicture: sceneAddress, view: view)
        let part = busiestPart(
            width: min(480, raster.width), height: min(300, raster.height), of: raster.bounds)
        var picture = try raster.read(part)
        try tagging.draw(on: &picture, showing: part, lineWidth: 2)
        return """
            <figure><img class="pixels" alt="The part of the scene with the most boxes, pixel by pixel, each box with its score. \(legend.text)" src="\(try pngURI(picture))">
            <figcaption>\(part.width) × \(part.height) pixels at \(grouped(part.x0)), \(grouped(part.y0)).</figcaption>
            </figure>
            """
    }

    /// Of parts that begin every half width and height, the first that holds the most whole detections.
    private func busiestPart(width: Int, height: Int, of scene: PixelRect) -> PixelRect {
        let (stepX, stepY) = (max(1, width / 2), max(1, height / 2))
        let columnCount = (scene.width - width) / stepX + 1
        let rowCount = (scene.height - height) / stepY + 1
        // Only of parts that hold some: a scene may have more parts than there is memory.
        var counts: [PartPlace: Int] = [:]
        for detection in detections where scene.contains(detection.box) {
            let box = detection.box
            let columns = Self.parts(holding: box.x0, box.x1, side: width, step: stepX, count: columnCount)
            for row in Self.parts(holding: box.y0, box.y1, side: height, step: stepY, count: rowCount) {
                for column in columns { counts[PartPlace(row: row, column: column), default: 0] += 1 }
            }
        }
        let best = counts.min {
            ($1.value, $0.key.row, $0.key.column) < ($0.value, $1.key.row, $1.key.column)
        }
        let place = best?.key ?? PartPlace(row: 0, column: 0)
        return PixelRect(x: place.column * stepX, y: place.row * stepY, width: width, height: height)
    }

    private struct PartPlace: Hashable {
        var row: Int
        var column: Int
    }

    /// In one direction, the numbers of the parts of which `start..<end` lies inside.
    private static func parts(holding start: Int, _ end: Int, side: Int, step: Int, count: Int) -> Range<Int>
    {
        let first = (max(0, end - side) + step - 1) / step
        return first..<max(first, min(count, start / step + 1))
    }

    /// More classes than this make no page that anybody reads.
    private static let shownClassLimit = 200
    private static let shownPerClass = 20
    /// Larger samples are shown smaller.
    private static let shownSide = 64

    /// A row of samples of each class, taken evenly from a pack or from records.
    static func samples(of source: any SampleSource) throws -> Markup {
        var places: [[Int]] = Array(repeating: [], count: source.classNames.count)
        for sample in 0..<source.count { places[source.label(of: sample)].append(sample) }
        let side = source.squareSide ?? shownSide
        let scoring = try PackScoring(source, classNames: source.classNames, inputSize: side)
        let rows = try places.indices.prefix(shownClassLimit).map { label -> Markup in
            let row = try contactRow(of: scoring, evenly(places[label]))
            let name = source.classNames[label]
            return """
                <span>\(name)</span><div class="scroll"><img class="pixels" \
                alt="\(min(shownPerClass, places[label].count)) samples of \(name)" src="\(try pngURI(row))"></div>
                """
        }
        return """
            <div class="tiles">\(rows.joined())</div>
            <p class="note">Some of the \(grouped(source.count)) samples that it learnt from.</p>
            """
    }

    private static func contactRow(of scoring: PackScoring, _ samples: [Int]) throws -> Image {
        let gap = 2
        let pictures = try samples.map { sample -> Image in
            let picture = try scoring.picture(of: sample, cancellation: Cancellation())
            let size = min(picture.width, shownSide)
            return picture.downscaled(width: size, height: size)
        }
        let side = pictures.first?.width ?? shownSide
        var row = Image(width: shownPerClass * (side + gap) - gap, height: side)
        row.fill(row.bounds, color: RGB(128, 128, 128))
        for (column, picture) in pictures.enumerated() { row.paste(picture, x: column * (side + gap), y: 0) }
        return row
    }

    private static func evenly(_ all: [Int]) -> [Int] {
        guard all.count > shownPerClass else { return all }
        return (0..<shownPerClass).map { all[$0 * all.count / shownPerClass] }
    }
}

extension Legend {
    /// A list for each row.
    fileprivate var markup: Markup {
        rows.map { row -> Markup in
            let items = row.map { entry -> Markup in "<li>\(entry.mark?.svg ?? "")\(entry.text)</li>" }
            return "<ul class=\"keys\">\(items.joined())</ul>"
        }.joined(separator: "\n")
    }
}

extension BoxMark {
    /// As it is on the pictures.
    fileprivate var svg: Markup {
        """
        <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">\
        \(svg(around: PixelRect(x: 1, y: 1, width: 18, height: 18), lineWidth: 2))</svg>
        """
    }
}
