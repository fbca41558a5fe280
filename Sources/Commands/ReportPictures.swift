import Evaluation
import Files
import Foundation
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
    ) {
        self.sceneAddress = sceneAddress
        self.view = view
        self.detections = detections
        tagging = Tagging(
            detections: detections, labels: summary.counts.map(\.label),
            judgement: truth?.judgement(of: detections))
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
        tagging.draw(on: &picture, showing: raster.bounds, lineWidth: 2)
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
        tagging.draw(on: &picture, showing: part, lineWidth: 2)
        return """
            <figure><img class="pixels" alt="A part of the scene with boxes and scores" src="\(try pngURI(picture))">
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
    /// Larger tiles are shown smaller.
    private static let shownTileSide = 128

    /// A row of tiles of each class, taken evenly from a pack.
    static func sampleTiles(packPath: String) throws -> Markup {
        let pack = try TilePack(opening: packPath)
        let rows = try pack.classNames.indices.prefix(shownClassLimit).map { label -> Markup in
            let row = try pngURI(contactRow(of: pack, label: label, columns: 20))
            return """
                <span>\(pack.classNames[label])</span><img class="pixels" alt="Tiles" src="\(row)">
                """
        }
        return """
            <div class="tiles">\(rows.joined())</div>
            <p class="note">Some of the \(grouped(pack.count)) tiles that it learnt from.</p>
            """
    }

    private static func contactRow(of pack: TilePack, label: Int, columns: Int) throws -> Image {
        let tiles = tiles(of: pack, label: label, count: columns)
        let gap = 2
        let (width, height) = (min(pack.tileWidth, shownTileSide), min(pack.tileHeight, shownTileSide))
        var row = Image(width: columns * (width + gap) - gap, height: height)
        row.fill(row.bounds, color: RGB(128, 128, 128))
        for (column, tile) in tiles.enumerated() {
            row.paste(
                try pack.tile(tile).downscaled(width: width, height: height), x: column * (width + gap), y: 0)
        }
        return row
    }

    private static func tiles(of pack: TilePack, label: Int, count: Int) -> [Int] {
        let all = (0..<pack.count).filter { pack.label(of: $0) == label }
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
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

    /// The same for those who do not see it.
    fileprivate var text: String {
        rows.map { $0.map(\.text).joined(separator: ", ") }.joined(separator: "; ")
    }
}

extension BoxMark {
    /// As it is on the pictures.
    fileprivate var svg: Markup {
        let strokes = strokes(around: PixelRect(x: 1, y: 1, width: 18, height: 18), lineWidth: 2)
        let elements = strokes.map { stroke -> Markup in
            switch stroke {
            case .bar(let rect, let color):
                return """
                    <rect x="\(rect.x0)" y="\(rect.y0)" width="\(rect.width)" height="\(rect.height)" fill="\(color.css)"/>
                    """
            case .diagonal(let rect, let isRising, let width, let color):
                let (y1, y2) = isRising ? (rect.y1, rect.y0) : (rect.y0, rect.y1)
                return """
                    <line x1="\(rect.x0)" y1="\(y1)" x2="\(rect.x1)" y2="\(y2)" stroke="\(color.css)" stroke-width="\(width)"/>
                    """
            }
        }
        return "<svg class=\"mark\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">\(elements.joined())</svg>"
    }
}

private func jpegURI(_ image: Image) throws -> String {
    try "data:image/jpeg;base64," + Data(image.jpegData(quality: 88)).base64EncodedString()
}

private func pngURI(_ image: Image) throws -> String {
    try "data:image/png;base64," + Data(image.pngData()).base64EncodedString()
}
