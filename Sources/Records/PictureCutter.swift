package import Files
import Pixels
package import Rasters
import Synchronization

/// Makes varied squares of encoded pictures.
///
/// Any number of threads may use it at the same time. Each call has a decoder of its own, which the next one takes over.
package final class PictureCutter: Sendable {
    /// What one thread works with.
    private struct Tools {
        let decoder: ImageDecoder
        var resampler = Resampler(filter: .bilinear)
        var scratch: [UInt8] = []
    }
    private let idle = Mutex<[Tools]>([])

    package init() {}

    /// Decodes what is needed of a picture, and makes the square of `side` pixels.
    ///
    /// - Parameter path: of the picture, for errors.
    package func cut(
        _ bytes: RawSpan, path: String, sample: Int, varied variation: Variation, side: Int,
        into pixelsHWC: inout MutableSpan<UInt8>, cancellation: Cancellation
    ) throws(RasterError) {
        try cut(bytes, path: path, side: side, into: &pixelsHWC, cancellation: cancellation) {
            width, height in
            variation.frame(of: sample, width: width, height: height, side: side)
        }
        variation.changePixels(&pixelsHWC, side: side)
    }

    /// The same through a frame that is chosen when the picture's size is known.
    ///
    /// - Parameter orientation: how the picture is turned first; `framing` gets its size then.
    func cut(
        _ bytes: RawSpan, path: String, side: Int, orientation: Orientation = .upright,
        into pixelsHWC: inout MutableSpan<UInt8>, cancellation: Cancellation,
        framing: (_ width: Int, _ height: Int) -> Frame
    ) throws(RasterError) {
        let taken = idle.withLock { $0.popLast() }
        var tools: Tools
        if let taken { tools = taken } else { tools = Tools(decoder: try ImageDecoder()) }
        defer { idle.withLock { $0.append(tools) } }
        var frame: Frame?
        let part = try tools.decoder.decode(bytes, path: path, cancellation: cancellation) { width, height in
            let size = orientation.upright(width: width, height: height)
            var chosen = framing(size.width, size.height)
            if orientation != .upright {
                chosen.box = orientation.stored(chosen.box, width: width, height: height)
                chosen.visible = PixelRect(x: 0, y: 0, width: width, height: height)
            }
            if let inset = chosen.inset {
                let rect = orientation.stored(PixelBox(inset.rect), width: side, height: side)
                chosen.inset?.rect = PixelRect(
                    x0: Int(rect.x0), y0: Int(rect.y0), x1: Int(rect.x1), y1: Int(rect.y1))
            }
            frame = chosen
            return chosen.request(side: side)
        }
        if let filter = frame?.filter, filter != tools.resampler.filter {
            tools.resampler = Resampler(filter: filter)
        }
        frame?.draw(
            part, side: side, resampler: &tools.resampler, scratch: &tools.scratch, into: &pixelsHWC)
        tools.decoder.reuse(part)
        orientation.turn(&pixelsHWC, side: side)
    }

    /// The same of a picture that is decoded already.
    static func cut(
        _ image: Image, sample: Int, varied variation: Variation, side: Int,
        into pixelsHWC: inout MutableSpan<UInt8>
    ) {
        let frame = variation.frame(of: sample, width: image.width, height: image.height, side: side)
        var (resampler, scratch) = (Resampler(filter: frame.filter), [UInt8]())
        // What the frame may not see is cut away.
        let visible = frame.visible
        let seen = visible == image.bounds ? image : image.cropped(to: visible)
        frame.draw(
            DecodedPart(image: seen, x: visible.x0, y: visible.y0), side: side,
            resampler: &resampler, scratch: &scratch, into: &pixelsHWC)
        variation.changePixels(&pixelsHWC, side: side)
    }
}
