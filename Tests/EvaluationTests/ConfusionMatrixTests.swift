import Bytes
import Evaluation
import Figures
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Test(arguments: UInt64(0)..<10) func countsEveryPairOfTruthAndLabel(seed: UInt64) {
    let k = 1 + Int(seed % 4)
    let predictions = Predictions.random(count: 200, classCount: 6, keptCount: 4, seed: seed)
    var counts: [[Int]] = .init(repeating: .init(repeating: 0, count: 6), count: 6)
    for index in 0..<200 {
        for label in predictions.keptLabels(of: index).prefix(k) {
            counts[predictions.truth(of: index)][Int(label)] += 1
        }
    }
    let matrix = ConfusionMatrix(predictions, k: k)
    #expect(matrix.pairCount == 200 * k)
    for cell in matrix.cells { #expect(counts[cell.truth][cell.label] == cell.count) }
    #expect(matrix.cells.count == counts.joined().count { $0 > 0 })
    #expect(matrix.largestCount == counts.joined().max())
}

@Test func theMostFrequentConfusionComesFirst() {
    let matrix = ConfusionMatrix(
        .make(pairs: [(0, 1), (2, 0), (2, 0), (1, 1), (1, 1), (1, 1), (0, 2)], classCount: 3))
    #expect(
        matrix.confusions.map { [$0.truth, $0.label, $0.count] } == [[2, 0, 2], [0, 1, 1], [0, 2, 1]])
}

/// Two groups of classes that are taken for each other, dealt out in turn.
@Test(arguments: UInt64(0)..<10) func seriationBringsBlocksTogether(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let groupOf = (0..<30).map { $0 % 3 }.shuffled(using: &random)
    var pairs: [(truth: Int, label: Int)] = []
    for truth in 0..<30 {
        for label in 0..<30 where groupOf[truth] == groupOf[label] {
            pairs += Array(repeating: (truth, label), count: Int.random(in: 1...5, using: &random))
        }
    }
    let order = ConfusionMatrix(.make(pairs: pairs, classCount: 30)).seriated()
    #expect(order.sorted() == Array(0..<30))
    let changes = zip(order, order.dropFirst()).count { groupOf[$0] != groupOf[$1] }
    #expect(changes == 2)
}

@Test func seriationOrdersClassesWithoutConfusions() {
    #expect(
        ConfusionMatrix(.make(pairs: [(0, 0), (1, 1)], classCount: 4)).seriated().sorted() == [0, 1, 2, 3])
    #expect(ConfusionMatrix(.make(pairs: [(0, 0)], classCount: 1)).seriated() == [0])
}

@Test(arguments: ColourScale.Kind.allCases) func moreIsNeverDarker(kind: ColourScale.Kind) {
    let scale = ColourScale(kind, of: [1, 1, 1, 2, 5, 5, 0, 40])
    let levels = (1...40).map(scale.level)
    #expect(levels == levels.sorted())
    #expect(levels[0] == 0 && levels[39] == 1)
    #expect(scale.level(of: 1000) == 1)
    #expect(ColourScale(kind, of: []).level(of: 1) == 1)
}

@Test(arguments: ColourRamp.allCases) func theRampHasOneDirection(ramp: ColourRamp) {
    let light = (0...100).map { step in
        let color = ramp.color(Double(step) / 100)
        return 299 * Int(color.red) + 587 * Int(color.green) + 114 * Int(color.blue)
    }
    #expect(light == light.sorted() || light == light.sorted(by: >))
    #expect(Set(light).count > 60)
}

extension Figure.Element {
    fileprivate var isImage: Bool { if case .image = self { true } else { false } }
}

private func labels(of matrix: ConfusionMatrix) -> [Int] { Array(0..<matrix.classCount) }

private func figure(
    _ matrix: ConfusionMatrix, ramp: ColourRamp = .green, order: [Int]? = nil, title: String = "a title"
) -> MatrixFigure {
    MatrixFigure(
        matrix,
        style: MatrixStyle(
            ramp: ramp, order: order ?? Array(0..<matrix.classCount), names: matrix.classNames),
        scale: ColourScale(.log, of: MatrixFigure.counts(of: matrix, order: labels(of: matrix))))
}

@Test(arguments: [1, 2, 10, 40, 150, 1000, 2500]) func drawsMatricesOfAnySize(classCount: Int) throws {
    let pairs = (0..<classCount).map { (truth: $0, label: $0 == 3 ? 0 : $0) }
    let matrix = ConfusionMatrix(.make(pairs: pairs, classCount: classCount))
    let drawn = figure(matrix).figure(title: "a title")
    let image = try drawn.image()
    #expect((image.width, image.height) == (drawn.width, drawn.height))
    #expect(image.width <= 2500 && image.height <= 2500)
    // A film has no more colours.
    #expect(Set(figure(matrix).palette).count <= 255)
    // Cells have their colours exactly, beside their counts.
    let cells = figure(matrix).cells
    let images = drawn.elements.filter(\.isImage)
    guard case .image(_, let x, let y, let side) = try #require(images.first) else { return }
    #expect(image[x, y] == cells[0, 0])
    #expect(image[x + cells.width * side - 1, y] == cells[cells.width - 1, 0])
}

@Test func theOrderMovesRowsAndColumns() {
    let matrix = ConfusionMatrix(.make(pairs: [(0, 1), (0, 1), (2, 2)], classCount: 3))
    let grid = matrix.grid(in: [2, 1, 0], side: 3)
    #expect(grid.counts == [1, 0, 0, 0, 0, 0, 0, 2, 0])
}

@Test func neighboursAreAddedUpWhereThereAreTooManyClasses() {
    let matrix = ConfusionMatrix(.make(pairs: (0..<5).map { ($0, $0) }, classCount: 5))
    let grid = matrix.grid(in: Array(0..<5), side: 3)
    #expect(grid.side == 3 && grid.classesPerRow == 2)
    #expect(grid.counts == [2, 0, 0, 0, 2, 0, 0, 0, 1])
}

@Test func theSVGHasWordsAndOnePicture() throws {
    var predictions = Predictions(classNames: ["a<b", "c"], keptCount: 1)
    predictions.append(sample: 0, truth: 0, scores: [1, 0])
    let svg = try figure(ConfusionMatrix(predictions)).figure(title: "top-1 & more").svg().text
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains(">a&lt;b</text>") && svg.contains(">top-1 &amp; more</text>"))
    #expect(svg.split(separator: "data:image/png;base64,").count == 2)
}

/// The synsets of ImageNet where they are at hand.
private let synsets = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"].map { $0 + "/synsets" }
    .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

/// The run that the README's film shows; it prints times, which nothing is held to. With TILESCOPE_TEST_OUTPUT it leaves
/// its pictures in that folder.
@Test(.enabled(if: synsets != nil, "needs TILESCOPE_TEST_DATA with synsets"))
func drawsThirtyEpochsOfAThousandClasses() throws {
    let folder = try #require(synsets)
    let mapping = try NameList(reading: folder + "/LOC_synset_mapping.txt")
    let lines = try String(contentsOfFile: folder + "/LOC_synset_mapping.txt", encoding: .utf8)
    let classNames = lines.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    let words = try NameList(reading: folder + "/imagenet_hierarchy_words.txt")
    let hierarchy = try ClassHierarchy(
        reading: folder + "/imagenet_is_a.txt", names: words, classNames: classNames)
    let run = SyntheticRun(
        isA: try String(contentsOfFile: folder + "/imagenet_is_a.txt", encoding: .utf8),
        classNames: classNames)
    let wanted = ProcessInfo.processInfo.environment["TILESCOPE_TEST_OUTPUT"]
    let temporary = try TemporaryFolder()
    let output = wanted ?? temporary.path
    let epochs = wanted == nil ? [1, 30] : Array(1...30)
    let perClass = wanted == nil ? 5 : 50
    let predictions = epochs.map {
        run.predictions(
            progress: (Double($0) / 30).squareRoot(), perClass: perClass, seed: UInt64($0))
    }
    let clock = ContinuousClock()
    func timed<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let start = clock.now
        defer { print(name, clock.now - start) }
        return try body()
    }
    let last = predictions[predictions.count - 1]
    let first = HierarchyNumbers(predictions[0], in: hierarchy)
    let numbers = timed("hierarchy numbers") { HierarchyNumbers(last, in: hierarchy) }
    for (name, numbers) in [("first", first), ("last", numbers)] {
        print(name, "distance", numbers.meanErrorDistance ?? 0, "by chance", numbers.chanceErrorDistance ?? 0)
        for level in numbers.levels where level.depth % 3 == 0 {
            let fractions = [level.errorFraction, level.chanceFraction, level.setFraction].map { $0 ?? 0 }
            print(name, "depth", level.depth, "errors inside, by chance, whole top 5 inside", fractions)
        }
    }
    #expect((numbers.meanErrorDistance ?? 99) < (first.meanErrorDistance ?? 0))
    for level in numbers.levels.dropFirst() where level.depth < 12 {
        #expect((level.errorFraction ?? 0) > (level.chanceFraction ?? 1))
    }
    let matrix = timed("count \(last.count * 5) pairs") { ConfusionMatrix(last, k: 5) }
    let seriated = timed("seriation") { matrix.seriated() }
    #expect(Set(seriated).count == 1000)
    var style = MatrixStyle(
        order: timed("tree order") { hierarchy.classOrder }, names: classNames.map(mapping.shortName))
    style.groups = hierarchy.groups()
    let frame = try timed("one frame of \(last.count * 5) pairs, all together") {
        let matrix = ConfusionMatrix(last, k: 5)
        let scale = ColourScale(.log, of: MatrixFigure.counts(of: matrix, order: labels(of: matrix)))
        return try MatrixFigure(matrix, style: style, scale: scale).figure(title: "top-5 pairs").image()
    }
    try timed("PNG") { try frame.writePNG(to: .replacing(output + "/tree-green.png")) }
    for (name, kind, ramp, order) in [
        ("tree-paper", ColourScale.Kind.equalised, ColourRamp.paper, style.order),
        ("label-green", .equalised, .green, Array(0..<1000)), ("seriated-green", .log, .green, seriated),
    ] {
        var other = style
        (other.order, other.ramp) = (order, ramp)
        if order != style.order { other.groups = [] }
        let drawn = MatrixFigure(
            matrix, style: other,
            scale: ColourScale(kind, of: MatrixFigure.counts(of: matrix, order: labels(of: matrix)))
        )
        .figure(title: "top-5 pairs, \(name)")
        try drawn.image().writePNG(to: .replacing(output + "/\(name).png"))
        if name == "tree-paper" {
            try drawn.svg().text.write(toFile: output + "/\(name).svg", atomically: true, encoding: .utf8)
        }
    }
    let frames = zip(epochs, predictions).map { epoch, predictions in
        ConfusionFilm.Frame(matrix: ConfusionMatrix(predictions, k: 5), title: "epoch \(epoch)")
    }
    try timed("film of \(frames.count) frames") {
        try ConfusionFilm(frames, style: style, scale: .log).write(
            to: .replacing(output + "/film.gif"), centiseconds: 40)
    }
    let film = try Data(contentsOf: URL(filePath: output + "/film.gif"))
    #expect(film.starts(with: Array("GIF89a".utf8)))
}
