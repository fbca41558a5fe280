internal import CPixels

/// How an antialiased resize weighs the pixels around a place.
///
/// - Source: the filters of PIL with the same names.
public enum ResizeFilter: String, Hashable, Sendable, Codable, CaseIterable {
    /// A triangle.
    case bilinear
    /// Keys' cubic with a = -0.5: sharper, and may overshoot at edges.
    case bicubic

    /// Half of the filter's width, in pixels of the coarser of the two images.
    package var radius: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The weight at a distance from the centre.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

/// A part of an image that need not begin or end between two pixels; 0, 0 is the top left corner of the first one.
public struct PixelBox: Hashable, Sendable {
    public var x0: Double
    public var y0: Double
    public var x1: Double
    public var y1: Double

    /// The box between two corners: top left, and bottom right.
    public init(x0: Double, y0: Double, x1: Double, y1: Double) {
        (self.x0, self.y0, self.x1, self.y1) = (x0, y0, x1, y1)
    }

    /// The pixels of a rectangle, whole.
    public init(_ rect: PixelRect) {
        self.init(x0: Double(rect.x0), y0: Double(rect.y0), x1: Double(rect.x1), y1: Double(rect.y1))
    }

    public var width: Double { x1 - x0 }
    public var height: Double { y1 - y0 }
}

/// Resizes images with antialiasing, equal to PIL's `Image.resize` in every byte.
///
/// As PIL does, first along the rows and then along the columns, with weights of 22 bits, and rounds to bytes between
/// the two. It keeps the memory of the rows between; use one for many images, from one thread at a time.
public struct Resampler: Sendable {
    public let filter: ResizeFilter
    private let isFast: Bool
    /// What the first pass has made: rows of the source, columns of the result.
    private var between: [UInt8] = []

    public init(filter: ResizeFilter = .bilinear) { self.init(filter: filter, isPlain: false) }

    /// - Parameter isPlain: without the CPU's own instructions; the bytes are the same.
    package init(filter: ResizeFilter, isPlain: Bool) {
        (self.filter, isFast) = (filter, !isPlain && Self.hasFast)
    }

    private static let hasFast = ts_resample_is_fast()

    /// Resizes a box of a picture.
    ///
    /// As with `box` of PIL's `resize`, pixels around the box have a part in the result where the filter reaches them.
    /// To keep them out, crop first.
    ///
    /// - Parameter source: `[sourceHeight, sourceWidth, 3]`, and perhaps more bytes behind them.
    /// - Parameter box: inside the picture, and not empty.
    /// - Parameter pixelsHWC: `height * width * 3` bytes, all of them written.
    public mutating func resize(
        _ source: Span<UInt8>, sourceWidth: Int, sourceHeight: Int, box: PixelBox, width: Int, height: Int,
        into pixelsHWC: inout MutableSpan<UInt8>
    ) {
        precondition(source.count >= sourceWidth * sourceHeight * 3)
        precondition(width > 0 && height > 0 && pixelsHWC.count == width * height * 3)
        precondition(box.x0 >= 0 && box.x0 < box.x1 && box.x1 <= Double(sourceWidth))
        precondition(box.y0 >= 0 && box.y0 < box.y1 && box.y1 <= Double(sourceHeight))
        let columns = ResampleWeights(
            from: box.x0, to: box.x1, of: sourceWidth, resultCount: width, filter: filter)
        let rows = ResampleWeights(
            from: box.y0, to: box.y1, of: sourceHeight, resultCount: height, filter: filter)
        source.extracting(0..<sourceWidth * sourceHeight * 3).withUnsafeBufferPointer { source in
            pixelsHWC.withUnsafeMutableBufferPointer { target in
                resize(
                    source, rowByteCount: sourceWidth * 3, columns: columns, rows: rows, width: width,
                    into: target)
            }
        }
    }

    /// Makes a part of a scaled picture.
    ///
    /// - Parameter source: what lies in the part's `source`.
    mutating func resize(_ source: Image, to part: ScaledPart) -> Image {
        precondition(source.width == part.source.width && source.height == part.source.height)
        let (width, height) = (part.rect.width, part.rect.height)
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            count = width * height * 3
            source.pixelsHWC.withUnsafeBufferPointer { source in
                resize(
                    source, rowByteCount: part.source.width * 3, columns: part.columns, rows: part.rows,
                    width: width, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            }
        }
        return Image(width: width, height: height, pixelsHWC: pixels)
    }

    private mutating func resize(
        _ source: UnsafeBufferPointer<UInt8>, rowByteCount: Int, columns: ResampleWeights,
        rows: ResampleWeights,
        width: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        let isFast = isFast
        switch (columns.isIdentity, rows.isIdentity) {
        case (true, true): _ = target.update(fromContentsOf: source)
        case (true, false):
            rows.combineRows(source, firstRow: 0, rowByteCount: rowByteCount, into: target, isFast: isFast)
        case (false, true):
            columns.combinePixels(source, rowByteCount: rowByteCount, into: target, isFast: isFast)
        case (false, false):
            let needed = rows.sourceRange
            let neededSource = source[needed.lowerBound * rowByteCount..<needed.upperBound * rowByteCount]
            let byteCount = needed.count * width * 3
            // It only grows: fresh memory costs as much as the work on it.
            if between.count < byteCount {
                between = [UInt8](unsafeUninitializedCapacity: byteCount) { $1 = byteCount }
            }
            between.withUnsafeMutableBufferPointer { between in
                let part = UnsafeMutableBufferPointer(rebasing: between[..<byteCount])
                columns.combinePixels(
                    UnsafeBufferPointer(rebasing: neededSource), rowByteCount: rowByteCount, into: part,
                    isFast: isFast)
                rows.combineRows(
                    UnsafeBufferPointer(part), firstRow: needed.lowerBound, rowByteCount: width * 3,
                    into: target,
                    isFast: isFast)
            }
        }
    }
}

extension Image {
    /// A copy of another size, antialiased, equal to PIL's `resize` in every byte.
    ///
    /// - Parameter box: only this part of the image; pixels around it have a part where the filter reaches them.
    public func resized(
        width: Int, height: Int, filter: ResizeFilter = .bilinear, box: PixelBox? = nil
    ) -> Image {
        var resampler = Resampler(filter: filter)
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            count = width * height * 3
            var span = UnsafeMutableBufferPointer(rebasing: buffer[..<count]).mutableSpan
            resampler.resize(
                pixelsHWC.span, sourceWidth: self.width, sourceHeight: self.height,
                box: box ?? PixelBox(bounds),
                width: width, height: height, into: &span)
        }
        return Image(width: width, height: height, pixelsHWC: pixels)
    }
}
