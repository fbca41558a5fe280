import Evaluation
import Figures
import Files
import Foundation
import Pixels
import Rasters

/// What the script of a report needs to show a confusion matrix.
struct MatrixPageData {
    private struct Frame: Encodable {
        var title: String
        /// One pixel for each cell, as a data URI.
        var image: String
        /// 32-bit little-endian (row, column, count), base64; `nil` where all frames together would be too much.
        var cells: String?
    }

    private struct Tick: Encodable {
        var count: Int
        var level: Double
    }

    private struct Page: Encodable {
        /// Of rows and columns, in order; the first of those that share one.
        var names: [String]
        var side: Int
        /// The colour of cells that are zero: `"#060e09"`.
        var ground: String
        /// From few to many, evenly spaced.
        var colours: [String]
        /// Counts beside the bar of colours, and how far up it they are, in `0...1`.
        var ticks: [Tick]
        /// What is counted.
        var unit: String
        var frames: [Frame]
        /// Pictures side by side in one, each a square.
        var atlas: String
        var pictureSide: Int
        var columns: Int
        /// By `"row,column"`: places in the atlas.
        var examples: [String: [Int]]
        /// Of the pictures in the atlas: numbers in the data.
        var samples: [Int]
    }

    private let output: EvaluationOutput

    /// Cells of all frames together: six megabytes.
    private static let cellLimit = 500_000
    private static let confusionLimit = 240
    private static let examplesPerCell = 4
    private static let columns = 32

    init(_ output: EvaluationOutput) { self.output = output }

    func json() throws -> JSONText {
        let (matrices, style) = (output.matrices, output.style)
        let last = matrices[matrices.count - 1]
        let scale = ColourScale(
            output.styling.scale,
            of: matrices.lazy.flatMap { MatrixFigure.counts(of: $0, order: style.order) })
        let isSmall = matrices.reduce(0) { $0 + $1.cells.count } <= Self.cellLimit
        // One after the other: a thousand classes have a million cells in each.
        var (frames, side, classesPerRow): ([Frame], Int, Int) = ([], 1, 1)
        for (index, (matrix, row)) in zip(matrices, output.rows).enumerated() {
            let drawn = MatrixFigure(matrix, style: style, scale: scale)
            frames.append(
                Frame(
                    title: output.title(of: row),
                    image: "data:image/png;base64," + Data(try drawn.cells.pngData()).base64EncodedString(),
                    cells: isSmall || index == matrices.count - 1 ? Self.encoded(drawn.grid) : nil))
            (side, classesPerRow) = (drawn.grid.side, drawn.grid.classesPerRow)
        }
        var rows = [Int](repeating: 0, count: last.classCount)
        for (place, label) in style.order.enumerated() { rows[label] = place / classesPerRow }
        let (examples, samples) = chooseExamples(of: last, rows: rows)
        let (atlas, pictureSide) = try atlas(of: samples)
        let page = Page(
            names: stride(from: 0, to: last.classCount, by: classesPerRow).map {
                style.names[style.order[$0]]
            }, side: side, ground: style.ramp.zero.css.text,
            colours: (0...16).map { style.ramp.color(Double($0) / 16).css.text },
            ticks: scale.ticks.map { Tick(count: $0, level: scale.level(of: $0)) },
            unit: last.k > 1 ? "pairs" : "samples", frames: frames, atlas: atlas,
            pictureSide: pictureSide, columns: Self.columns,
            examples: examples, samples: samples)
        return try JSONText(page)
    }

    private static func encoded(_ grid: (counts: [Int], side: Int, classesPerRow: Int)) -> String {
        var data = Data()
        for (place, count) in grid.counts.enumerated() where count > 0 {
            for value in [place / grid.side, place % grid.side, count] {
                withUnsafeBytes(of: UInt32(value).littleEndian) { data.append(contentsOf: $0) }
            }
        }
        return data.base64EncodedString()
    }

    /// Of the most frequent confusions, and of some classes that were right.
    private func chooseExamples(
        of matrix: ConfusionMatrix, rows: [Int]
    ) -> (examples: [String: [Int]], samples: [Int]) {
        let right = matrix.cells.filter { $0.truth == $0.label }.prefix(100)
        let chosen = Array(matrix.confusions.prefix(Self.confusionLimit)) + right
        var wanted: [Int: [Int]] = Dictionary(
            uniqueKeysWithValues: chosen.map { ($0.truth * matrix.classCount + $0.label, []) })
        let predictions = output.last
        for index in 0..<predictions.count {
            for label in predictions.keptLabels(of: index).prefix(matrix.k) {
                let cell = predictions.truth(of: index) * matrix.classCount + Int(label)
                guard let found = wanted[cell], found.count < Self.examplesPerCell else { continue }
                wanted[cell] = found + [Int(predictions.samples[index])]
            }
        }
        var (examples, samples): ([String: [Int]], [Int]) = ([:], [])
        for cell in chosen {
            let found = wanted[cell.truth * matrix.classCount + cell.label] ?? []
            examples["\(rows[cell.truth]),\(rows[cell.label])", default: []] +=
                samples.count..<samples.count + found.count
            samples += found
        }
        return (examples, samples)
    }

    private func atlas(of samples: [Int]) throws -> (uri: String, side: Int) {
        var image = Image(width: 1, height: 1)
        var side = 1
        for (place, sample) in samples.enumerated() {
            let picture = try output.scoring.picture(of: sample, cancellation: output.cancellation)
            if place == 0 {
                side = min(64, picture.width)
                image = Image(
                    width: side * Self.columns, height: side * ((samples.count - 1) / Self.columns + 1))
            }
            image.paste(
                picture.downscaled(width: side, height: side), x: place % Self.columns * side,
                y: place / Self.columns * side)
        }
        return ("data:image/jpeg;base64," + Data(try image.jpegData(quality: 85)).base64EncodedString(), side)
    }
}
