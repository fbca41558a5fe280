import Pixels
import Rasters

extension ImageTransform {
    /// The bytes that are packed. Every image is decoded once, so that a damaged one does not come through.
    func encoded(_ content: ImageContent) throws -> [UInt8] {
        let image: Image
        switch content {
        case .encoded(let bytes):
            image = try Image(decoding: bytes.span.bytes)
            if encoding == .original { return bytes }
        case .pixels(let pixels): image = pixels
        }
        switch encoding {
        case .original, .png: return try transformed(image).pngData()
        case .jpg: return try transformed(image).jpegData(quality: quality)
        case .raw: return try transformed(image).pixelsHWC
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
                "\(image.width)x\(image.height) pixels would become \(width)x\(height), which are too many")
        }
        return image.resized(width: width, height: height)
    }
}
