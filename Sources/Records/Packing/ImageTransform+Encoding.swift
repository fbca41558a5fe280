import Files
import Pixels
import Rasters

extension ImageTransform {
    /// The bytes that are packed. Every image is decoded once, so that a damaged one does not come through.
    ///
    /// - Parameter cancellation: where it is requested, any error may be thrown.
    func encoded(_ content: ImageContent, cancellation: Cancellation) throws -> [UInt8] {
        switch content {
        case .encoded(let bytes):
            try Image.withDecoded(bytes.span.bytes, view: view, cancellation: cancellation) { image in
                guard encoding != .original else { return bytes }
                return try encoded(image.upright(Orientation(of: bytes.span.bytes)), cancellation)
            }
        case .pixels(let image): try encoded(image, cancellation)
        }
    }

    /// How the samples of a picture become colours; `nil` for the usual way.
    private var view: SceneView? {
        bands == nil && ranges == nil ? nil : SceneView(bands: bands, ranges: ranges)
    }

    private func encoded(_ image: Image, _ cancellation: Cancellation) throws -> [UInt8] {
        let image = try transformed(image)
        return switch encoding {
        case .original, .png: try image.pngData(cancellation: cancellation)
        case .jpg: try image.jpegData(quality: quality, cancellation: cancellation)
        case .raw: image.pixelsHWC
        }
    }

    /// Cropped first, then resized, as `im2rec` does.
    private func transformed(_ image: Image) throws(Malformed) -> Image {
        var image = image
        if isCropped && image.width != image.height {
            let side = min(image.width, image.height)
            image = image.cropped(
                to: PixelRect(
                    x: (image.width - side) / 2, y: (image.height - side) / 2, width: side, height: side))
        }
        guard let shorterSide, shorterSide != min(image.width, image.height) else { return image }
        let shorter = min(image.width, image.height)
        let (width, height) = (image.width * shorterSide / shorter, image.height * shorterSide / shorter)
        // A line of pixels would become as long as it was thin.
        guard width * height <= ImageDecoder.pixelCountLimit else {
            throw Malformed(
                "\(image.width)x\(image.height) pixels would become \(width)x\(height), which is too large")
        }
        return image.resized(width: width, height: height)
    }
}
