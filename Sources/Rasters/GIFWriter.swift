internal import CGIF
public import Files
public import Pixels

/// Writes an animated GIF that plays again and again; the file appears complete or not at all.
///
/// Colours of the palette stay exactly as they are, others become the nearest of them; nothing is dithered. What does not change
/// from one frame to the next takes no room.
public final class GIFWriter {
    private let width: Int
    private let height: Int
    private let palette: [RGB]
    /// Of the palette's colours, and of others that frames had so far.
    private var indices: [RGB: UInt8]
    private var gif: OpaquePointer?
    private var file: FileWriter
    /// What the library has written since it was last passed on.
    private let output = ByteBox()
    private var indicesHW: [UInt8] = []

    /// What a C function can write into.
    private final class ByteBox { var bytes: [UInt8] = [] }

    /// Colours that a film can have: one of the 256 stands for what does not change.
    public static let colourLimit = 255

    /// - Parameter width: of all frames, as `height`; at most 65,535.
    /// - Parameter palette: at least one colour, and at most `colourLimit` different ones.
    public init(_ output: OutputFile, width: Int, height: Int, palette: [RGB]) throws(RasterError) {
        precondition((1...65_535).contains(width) && (1...65_535).contains(height) && !palette.isEmpty)
        (self.width, self.height) = (width, height)
        var indices: [RGB: UInt8] = [:]
        var colours: [UInt8] = []
        for colour in palette where indices[colour] == nil {
            precondition(indices.count < Self.colourLimit, "more than \(Self.colourLimit) colours")
            indices[colour] = UInt8(indices.count)
            colours += [colour.red, colour.green, colour.blue]
        }
        self.indices = indices
        self.palette = palette
        do throws(FileError) { file = try FileWriter(output) } catch { throw RasterError(error) }
        gif = colours.withUnsafeMutableBufferPointer { colours in
            var config = CGIF_Config()
            config.pGlobalPalette = colours.baseAddress
            config.attrFlags = UInt32(1) << 1  // CGIF_ATTR_IS_ANIMATED: Swift cannot import `1uL << 1`.
            (config.width, config.height) = (UInt16(width), UInt16(height))
            config.numGlobalPaletteEntries = UInt16(indices.count)
            config.numLoops = 0
            config.pContext = Unmanaged.passUnretained(self.output).toOpaque()
            config.pWriteFn = { context, bytes, count in
                guard let context, let bytes else { return -1 }
                let box = Unmanaged<ByteBox>.fromOpaque(context).takeUnretainedValue()
                box.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 0
            }
            return cgif_newgif(&config)
        }
        guard gif != nil else { throw failure("begin") }
    }

    deinit {
        if let gif { cgif_close(gif) }
    }

    /// Adds a frame.
    ///
    /// - Parameter image: of the film's size.
    /// - Parameter centiseconds: how long it is shown.
    public func add(_ image: Image, centiseconds: Int) throws(RasterError) {
        precondition(image.width == width && image.height == height && (0...65_535).contains(centiseconds))
        fill(from: image)
        let status = indicesHW.withUnsafeMutableBufferPointer { pixels in
            var frame = CGIF_FrameConfig()
            frame.pImageData = pixels.baseAddress
            // CGIF_FRAME_GEN_USE_TRANSPARENCY and CGIF_FRAME_GEN_USE_DIFF_WINDOW
            frame.genFlags = 1 << 0 | 1 << 1
            frame.delay = UInt16(centiseconds)
            return cgif_addframe(gif, &frame)
        }
        guard status == Int32(CGIF_OK.rawValue) else { throw failure("encode a frame", status) }
        try passOn()
    }

    /// Ends the film and gives the file its name.
    public func commit() throws(RasterError) {
        let status = cgif_close(gif)
        gif = nil
        guard status == Int32(CGIF_OK.rawValue) else { throw failure("finish", status) }
        try passOn()
        do throws(FileError) { try file.commit() } catch { throw RasterError(error) }
    }

    private func passOn() throws(RasterError) {
        let bytes = output.bytes
        do throws(FileError) {
            try file.write(bytes.span.bytes)
        } catch {
            throw RasterError(error)
        }
        output.bytes.removeAll(keepingCapacity: true)
    }

    private func fill(from image: Image) {
        indicesHW.removeAll(keepingCapacity: true)
        indicesHW.reserveCapacity(width * height)
        var last = palette[0]
        var lastIndex = index(of: last)
        image.pixelsHWC.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let colour = RGB(bytes[start], bytes[start + 1], bytes[start + 2])
                if colour != last { (last, lastIndex) = (colour, index(of: colour)) }
                indicesHW.append(lastIndex)
            }
        }
    }

    /// Of several colours as near, the first.
    private func index(of colour: RGB) -> UInt8 {
        if let known = indices[colour] { return known }
        let nearest = palette.min { $0.squaredDistance(to: colour) < $1.squaredDistance(to: colour) }
        let index = nearest.flatMap { indices[$0] } ?? 0
        indices[colour] = index
        return index
    }

    private func failure(_ what: String, _ status: Int32 = -1) -> RasterError {
        RasterError(
            .cannotEncode, "\(what) of a GIF of \(width)x\(height) pixels", file.path,
            cause: "cgif says \(status)")
    }
}

extension RGB {
    fileprivate func squaredDistance(to other: RGB) -> Int {
        let differences = [
            Int(red) - Int(other.red), Int(green) - Int(other.green), Int(blue) - Int(other.blue),
        ]
        return differences.reduce(0) { $0 + $1 * $1 }
    }
}
