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
    /// How the box's pixels are weighed.
    var filter = ResizeFilter.bilinear
    /// What the box fills of the square; `nil` for all of it.
    var inset: Inset?

    /// A part of a square, and the colour around it.
    struct Inset: Hashable {
        var rect: PixelRect
        /// Red, green, blue.
        var fill: [UInt8]
    }

    package init(box: PixelBox, visible: PixelRect, crop: Crop) {
        (self.box, self.visible, self.crop) = (box, visible, crop)
    }

    /// What has to be decoded for a square of `side` pixels.
    package func request(side: Int) -> DecodingRequest {
        let (width, height) = (inset?.rect.width ?? side, inset?.rect.height ?? side)
        // The filter reaches as far beyond the box.
        let reachX = filter.radius * max(1, box.width / Double(width)) + 1
        let reachY = filter.radius * max(1, box.height / Double(height)) + 1
        let needed = PixelRect(
            x0: max(visible.x0, Int((box.x0 - reachX).rounded(.down))),
            y0: max(visible.y0, Int((box.y0 - reachY).rounded(.down))),
            x1: min(visible.x1, Int((box.x1 + reachX).rounded(.up))),
            y1: min(visible.y1, Int((box.y1 + reachY).rounded(.up))))
        return DecodingRequest(
            needed, leastScale: max(Double(width) / box.width, Double(height) / box.height))
    }

    /// Makes the square.
    ///
    /// - Parameter part: what `request` asked for.
    /// - Parameter resampler: with the frame's filter.
    /// - Parameter scratch: memory that is used again from square to square.
    /// - Parameter square: `side * side * 3` bytes.
    func draw(
        _ part: DecodedPart, side: Int, resampler: inout Resampler, scratch: inout [UInt8],
        into square: inout MutableSpan<UInt8>
    ) {
        let box = part.box(box)
        if let inset {
            precondition(crop.changesNothing, "what has a border stays in its place")
            return draw(part, box, inset, side: side, resampler: &resampler, scratch: &scratch, into: &square)
        }
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

    private func draw(
        _ part: DecodedPart, _ box: PixelBox, _ inset: Inset, side: Int, resampler: inout Resampler,
        scratch: inout [UInt8], into square: inout MutableSpan<UInt8>
    ) {
        let rect = inset.rect
        let byteCount = rect.width * rect.height * 3
        if scratch.count != byteCount { scratch = [UInt8](repeating: 0, count: byteCount) }
        var span = scratch.mutableSpan
        resampler.resize(
            part.storedPixels.span, sourceWidth: part.width, sourceHeight: part.height, box: box,
            width: rect.width, height: rect.height, into: &span)
        for index in square.indices { square[index] = inset.fill[index % 3] }
        for row in 0..<rect.height {
            let (from, to) = (row * rect.width * 3, ((rect.y0 + row) * side + rect.x0) * 3)
            for index in 0..<rect.width * 3 { square[to + index] = scratch[from + index] }
        }
    }
}

/// A picture after it was resized, before a square is cut out of it.
struct ResizedPicture {
    private let sourceWidth: Int
    private let sourceHeight: Int
    let width: Int
    let height: Int

    /// - Source: `Resize` of torchvision: the longer side is cut down to whole pixels.
    init(width: Int, height: Int, shorterSide: Int) {
        self.init(
            of: width, height, width: width <= height ? shorterSide : shorterSide * width / height,
            height: width <= height ? shorterSide * height / width : shorterSide)
    }

    private init(of sourceWidth: Int, _ sourceHeight: Int, width: Int, height: Int) {
        (self.sourceWidth, self.sourceHeight) = (sourceWidth, sourceHeight)
        (self.width, self.height) = (width, height)
    }

    /// A picture as it is scored, before the square in its centre is cut out: one of exactly the square's size stays as it is, like a tile
    /// of a pack, any other is resized.
    ///
    /// - Parameter side: of the square.
    /// - Parameter framing: what the model asks for; `nil` for the usual way.
    /// - Parameter shorterSide: what was asked for instead, of all pictures.
    init(scoring side: Int, width: Int, height: Int, framing: Framing? = nil, shorterSide: Int?) {
        let isTile = width == side && height == side
        if let framing, !isTile, shorterSide == nil {
            self.init(width: width, height: height, framing: framing)
        } else {
            self.init(
                width: width, height: height,
                shorterSide: shorterSide ?? (isTile ? side : Framing.usual(toSide: side).length))
        }
    }

    /// - Source: `transforms_imagenet_eval` and `ResizeKeepRatio` of timm, which round as Python does.
    private init(width: Int, height: Int, framing: Framing) {
        switch framing.mode {
        case .centre: self.init(width: width, height: height, shorterSide: framing.length)
        case .squash:
            self.init(of: width, height, width: framing.length, height: framing.length)
        case .border:
            let ratio = Double(max(width, height)) / Double(framing.length)
            func resized(_ side: Int) -> Int {
                max(1, Int((Double(side) / ratio).rounded(.toNearestOrEven)))
            }
            self.init(of: width, height, width: resized(width), height: resized(height))
        }
    }

    /// The place in the source of a square of the resized picture.
    func box(x: Int, y: Int, side: Int) -> PixelBox {
        box(PixelRect(x: x, y: y, width: side, height: side))
    }

    private func box(_ rect: PixelRect) -> PixelBox {
        precondition(rect.x0 >= 0 && rect.y0 >= 0 && rect.x1 <= width && rect.y1 <= height)
        let scaleX = Double(sourceWidth) / Double(width)
        let scaleY = Double(sourceHeight) / Double(height)
        return PixelBox(
            x0: Double(rect.x0) * scaleX, y0: Double(rect.y0) * scaleY,
            x1: min(Double(sourceWidth), Double(rect.x1) * scaleX),
            y1: min(Double(sourceHeight), Double(rect.y1) * scaleY))
    }

    func centreBox(side: Int) -> PixelBox {
        box(x: Self.centre(side, of: width), y: Self.centre(side, of: height), side: side)
    }

    /// Where a square in the centre begins; below 0 where the picture is smaller.
    ///
    /// - Source: `CenterCrop` of torchvision, which rounds as Python does, and `CenterCropOrPad` of timm.
    static func centre(_ side: Int, of length: Int) -> Int {
        length < side
            ? -((side - length) / 2) : Int((Double(length - side) / 2).rounded(.toNearestOrEven))
    }

    /// A square of the resized picture; what lies beyond the picture has the framing's colour.
    ///
    /// - Parameter x: of the left edge in the resized picture, and `y` of the top edge; perhaps below 0.
    func frame(x: Int, y: Int, side: Int, framing: Framing?) -> Frame {
        let seen = PixelRect(
            x0: max(0, x), y0: max(0, y), x1: min(width, x + side), y1: min(height, y + side))
        var frame = Frame(
            box: box(seen),
            visible: PixelRect(x: 0, y: 0, width: sourceWidth, height: sourceHeight), crop: .whole)
        frame.filter = framing?.filter ?? .bilinear
        if seen.width < side || seen.height < side {
            let rect = PixelRect(x: seen.x0 - x, y: seen.y0 - y, width: seen.width, height: seen.height)
            frame.inset = Frame.Inset(rect: rect, fill: framing?.fill ?? [0, 0, 0])
        }
        return frame
    }
}
