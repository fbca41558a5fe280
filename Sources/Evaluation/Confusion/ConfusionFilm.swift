import Figures
public import Files
import Pixels
import Rasters

/// A confusion matrix over the epochs of a training, as an animated GIF.
public struct ConfusionFilm {
    /// One moment of a training.
    public struct Frame: Sendable {
        public var matrix: ConfusionMatrix
        /// Above the matrix: `"epoch 12, top-1 83.1 %"`.
        public var title: String

        public init(matrix: ConfusionMatrix, title: String) { (self.matrix, self.title) = (matrix, title) }
    }

    private let frames: [Frame]
    private let style: MatrixStyle
    private let scale: ColourScale

    /// - Parameter frames: at least one, all of the same classes.
    /// - Parameter scale: of the colours of all frames; they have one, so that they can be compared.
    public init(_ frames: [Frame], style: MatrixStyle, scale: ColourScale.Kind) {
        precondition(!frames.isEmpty)
        (self.frames, self.style) = (frames, style)
        self.scale = ColourScale(
            scale, of: frames.lazy.flatMap { MatrixFigure.counts(of: $0.matrix, order: style.order) })
    }

    /// Writes the film; the file appears complete or not at all.
    ///
    /// - Parameter centiseconds: of each frame; the last one stays four times as long.
    public func write(to output: OutputFile, centiseconds: Int = 50) throws {
        var writer: GIFWriter?
        for (index, frame) in frames.enumerated() {
            let matrix = MatrixFigure(frame.matrix, style: style, scale: scale)
            let image = try matrix.figure(title: frame.title).image()
            let gif =
                try writer
                ?? GIFWriter(output, width: image.width, height: image.height, palette: matrix.palette)
            writer = gif
            let isLast = index == frames.count - 1
            try gif.add(image, centiseconds: isLast ? 4 * centiseconds : centiseconds)
        }
        try writer?.commit()
    }
}
