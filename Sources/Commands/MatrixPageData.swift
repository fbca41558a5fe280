import Evaluation
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

    private struct Page: Encodable {
        /// Of rows and columns, in order; the first of those that share one.
        var names: [String]
        var side: Int
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
    private let matrices: [ConfusionMatrix]

    /// Cells of all frames together: six megabytes.
    private static let cellLimit = 500_000
    private static let confusionLimit = 240
    private static let examplesPerCell = 4
    private static let columns = 32

    init(_ output: EvaluationOutput) {
        self.output = output
        matrices = output.predictions.map { ConfusionMatrix($0, k: output.styling.k) }
    }

    /// - Returns: JSON that may stand in a script element.
    func json() throws -> String {
        let last = matrices[matrices.count - 1]
        let style = output.styling.style(for: last)
        let scale = ColourScale(
            output.styling.scale,
            of: matrices.lazy.flatMap { MatrixFigure.counts(of: $0, order: style.order) })
        let figures = matrices.map { MatrixFigure($0, style: style, scale: scale) }
        let grid = figures[figures.count - 1].grid
        let isSmall = matrices.reduce(0) { $0 + $1.cells.count } <= Self.cellLimit
        let frames = try zip(figures, output.rows).enumerated().map { index, drawn in
            Frame(
                title: output.title(of: drawn.1),
                image: "data:image/png;base64," + Data(try drawn.0.cells.pngData()).base64EncodedString(),
                cells: isSmall || index == figures.count - 1 ? Self.encoded(drawn.0.grid) : nil)
        }
        var rows = [Int](repeating: 0, count: last.classCount)
        for (place, label) in style.order.enumerated() { rows[label] = place / grid.classesPerRow }
        let (examples, samples) = chooseExamples(of: last, rows: rows)
        let (atlas, side) = try atlas(of: samples)
        let page = Page(
            names: stride(from: 0, to: last.classCount, by: grid.classesPerRow).map {
                style.names[style.order[$0]]
            }, side: grid.side, frames: frames, atlas: atlas, pictureSide: side, columns: Self.columns,
            examples: examples, samples: samples)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // No class name may end the script element.
        return String(decoding: try encoder.encode(page), as: UTF8.self).replacing("<", with: "\\u003c")
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
            let picture = try output.scoring.picture(of: sample)
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
