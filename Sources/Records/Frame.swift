package import Pixels
package import Rasters

/// How a square is made from a picture: a box of the picture is resized to it, and the square may then be moved, mirrored
/// and turned.
package struct Frame: Hashable {
    /// In pixels of the picture.
    package var box: PixelBox
    /// The pixels that may have a part in the result.
    package var visible: PixelRect
    package var crop: Crop

    /// What has to be decoded for a square of `side` pixels.
    package func request(side: Int, filter: ResizeFilter) -> DecodingRequest {
        // The filter reaches as far beyond the box.
        let reachX = filter.radius * max(1, box.width / Double(side)) + 1
        let reachY = filter.radius * max(1, box.height / Double(side)) + 1
        let needed = PixelRect(
            x0: max(visible.x0, Int((box.x0 - reachX).rounded(.down))),
            y0: max(visible.y0, Int((box.y0 - reachY).rounded(.down))),
            x1: min(visible.x1, Int((box.x1 + reachX).rounded(.up))),
            y1: min(visible.y1, Int((box.y1 + reachY).rounded(.up))))
        return DecodingRequest(needed, leastScale: max(Double(side) / box.width, Double(side) / box.height))
    }

    /// Makes the square.
    ///
    /// - Parameter part: what `request` asked for.
    /// - Parameter scratch: memory that is used again from square to square.
    /// - Parameter square: `side * side * 3` bytes.
    func draw(
        _ part: DecodedPart, side: Int, resampler: inout Resampler, scratch: inout [UInt8],
        into square: inout MutableSpan<UInt8>
    ) {
        let box = part.box(box)
        guard !crop.changesNothing else {
            resampler.resize(
                part.storedPixels.span, sourceWidth: part.width, sourceHeight: part.height, box: box,
                width: side,
                height: side, into: &square)
            return
        }
        let byteCount = side * side * 3
        if scratch.count != byteCount { scratch = [UInt8](repeating: 0, count: byteCount) }
        var span = scratch.mutableSpan
        resampler.resize(
            part.storedPixels.span, sourceWidth: part.width, sourceHeight: part.height, box: box, width: side,
            height: side, into: &span)
        scratch.withUnsafeBytes { bytes in
            square.withUnsafeMutableBufferPointer {
                crop.copy(bytes, stride: side * 3, into: $0, width: side, height: side)
            }
        }
    }
}

/// A picture resized so that its shorter side has a given length.
struct ResizedPicture {
    private let sourceWidth: Int
    private let sourceHeight: Int
    let width: Int
    let height: Int

    /// - Source: `Resize` of torchvision: the longer side is cut down to whole pixels.
    init(width: Int, height: Int, shorterSide: Int) {
        (sourceWidth, sourceHeight) = (width, height)
        self.width = width <= height ? shorterSide : shorterSide * width / height
        self.height = width <= height ? shorterSide * height / width : shorterSide
    }

    /// A picture as it is scored, before the square in its centre is cut out: one of exactly the square's size stays as it is, like a tile
    /// of a pack, any other is resized.
    ///
    /// - Parameter side: of the square.
    /// - Parameter shorterSide: what was asked for, of all pictures.
    init(scoring side: Int, width: Int, height: Int, shorterSide: Int?) {
        let isTile = width == side && height == side
        self.init(
            width: width, height: height,
            shorterSide: shorterSide ?? (isTile ? side : Self.usualShorterSide(side)))
    }

    /// - Source: `Resize(256)` and `CenterCrop(224)`, the pair that torchvision's and most others' results are measured with.
    static func usualShorterSide(_ side: Int) -> Int { (side * 256 + 112) / 224 }

    /// The place in the source of a square of the resized picture.
    func box(x: Int, y: Int, side: Int) -> PixelBox {
        precondition(x >= 0 && y >= 0 && x + side <= width && y + side <= height)
        let scaleX = Double(sourceWidth) / Double(width)
        let scaleY = Double(sourceHeight) / Double(height)
        return PixelBox(
            x0: Double(x) * scaleX, y0: Double(y) * scaleY,
            x1: min(Double(sourceWidth), Double(x + side) * scaleX),
            y1: min(Double(sourceHeight), Double(y + side) * scaleY))
    }

    /// - Source: `CenterCrop` of torchvision, which rounds as Python does.
    func centreBox(side: Int) -> PixelBox {
        box(
            x: Int((Double(width - side) / 2).rounded(.toNearestOrEven)),
            y: Int((Double(height - side) / 2).rounded(.toNearestOrEven)), side: side)
    }
}
