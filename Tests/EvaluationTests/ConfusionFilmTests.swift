import Figures
import Files
import Pixels
import TestSupport
import Testing

import Evaluation

/// A matrix of three classes: cats that are taken for dogs, and dogs that are dogs.
private func matrix(confused: Int, right: Int) -> ConfusionMatrix {
    ConfusionMatrix(
        .make(
            pairs: Array(repeating: (0, 1), count: confused) + Array(repeating: (1, 1), count: right),
            classCount: 3))
}

@Suite struct ConfusionFilmTests {
    private let matrices = [
        matrix(confused: 7, right: 7), matrix(confused: 7, right: 200), matrix(confused: 200, right: 1),
    ]
    private let style = MatrixStyle(order: [0, 1, 2], names: ["cat", "dog", "car"])

    private func film() throws -> GIFFrames {
        let folder = try TemporaryFolder()
        let frames = matrices.enumerated().map {
            ConfusionFilm.Frame(matrix: $1, title: "epoch \($0 + 1)")
        }
        try ConfusionFilm(frames, style: style, scale: .log).write(
            to: .replacing(folder.file("film.gif")), centiseconds: 20)
        return try GIFFrames(folder.bytes("film.gif"))
    }

    @Test func everyFrameShowsItsMatrix() throws {
        let film = try film()
        #expect(film.centiseconds == [20, 20, 80])
        let counts = matrices.flatMap { MatrixFigure.counts(of: $0, order: style.order) }
        let scale = ColourScale(.log, of: counts)
        let figures = matrices.map { MatrixFigure($0, style: style, scale: scale) }
        try #require(film.frames.count == figures.count)
        for (index, figure) in figures.enumerated() {
            let (drawn, shown) = (try figure.figure(title: "epoch \(index + 1)").image(), film.frames[index])
            try #require((shown.width, shown.height) == (drawn.width, drawn.height))
            let palette = Set(figure.palette)
            var wrongCount = 0
            for y in 0..<drawn.height {
                for x in 0..<drawn.width where shown[x, y] != drawn[x, y] {
                    // Only the edges of letters have other colours, and these become near ones.
                    let differences = zip(
                        [shown[x, y].red, shown[x, y].green, shown[x, y].blue],
                        [drawn[x, y].red, drawn[x, y].green, drawn[x, y].blue]
                    ).map { abs(Int($0) - Int($1)) }
                    if palette.contains(drawn[x, y]) || (differences.max() ?? 0) > 90 { wrongCount += 1 }
                }
            }
            #expect(wrongCount == 0)
        }
    }

    @Test func equalCountsOfTwoFramesHaveOneColour() throws {
        let film = try film()
        let scale = ColourScale(.log, of: [1])
        let figure = MatrixFigure(matrices[0], style: style, scale: scale).figure(title: "")
        let places: [(x: Int, y: Int, side: Int)] = figure.elements.compactMap {
            if case .image(_, let x, let y, let side) = $0 { (x, y, side) } else { nil }
        }
        let cells = try #require(places.first)
        /// Near the corner of a cell, beside its count.
        func colour(_ frame: Int, _ row: Int, _ column: Int) -> RGB {
            film.frames[frame][cells.x + column * cells.side + 2, cells.y + row * cells.side + 2]
        }
        #expect(colour(0, 0, 1) == colour(1, 0, 1))
        #expect(colour(0, 1, 1) == colour(0, 0, 1))
        #expect(colour(1, 1, 1) == colour(2, 0, 1))
        #expect(colour(1, 1, 1) == ColourRamp.green.color(1))
        #expect(colour(2, 1, 1) == ColourRamp.green.color(0))
        #expect(colour(0, 0, 1) != colour(2, 0, 1))
    }
}
