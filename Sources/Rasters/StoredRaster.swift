import Files
import Pixels

/// The pixels of a raster as the file has them, as colours: what `Raster` shows upright and at its scale.
struct StoredRaster: ~Copyable {
    let address: Address
    let width: Int
    let height: Int
    let dataset: Dataset
    let layout: SampleLayout
    private let storedForm: StoredForm
    /// What invalid pixels look like; `nil` where they are shown as they are stored.
    private let fill: RGB?
    /// The coordinate system that somebody has named, as WKT.
    private let crs: String?
    /// Blocks that were never written; looked for only where invalid pixels are shown in a colour of their own.
    private let unwritten: [PixelRect]
    /// More pixels than this are read strip by strip, so that little memory is needed beside the result, and the
    /// caller's cancellation is looked up between the strips.
    static let stripPixelCount = 1 << 22

    /// - Parameter overviewLevel: opens this overview (0 is the largest) as if it were the image.
    /// - Parameter drivers: only these of GDAL's formats, without files beside the picture; all where there are none.
    /// - Parameter view: what makes colours of samples, and what invalid pixels look like.
    /// - Parameter crs: the coordinate system by hand, as WKT; `nil` for the file's own.
    /// - Parameter copy: of the scene that it is; `nil` for what is read once.
    init(
        opening address: Address, overviewLevel: Int? = nil, drivers: [String] = [], view: SceneView? = nil,
        crs: String? = nil, copy: DecodedCopy? = nil
    ) throws(RasterError) {
        let dataset = try Dataset(
            opening: address, overviewLevel: overviewLevel, drivers: drivers, copy: copy)
        let storedForm = dataset.storedForm
        try storedForm.check(path: address.description, isCopied: copy != nil)
        let layout = try SampleLayout(of: dataset, view: view)
        var unwritten: [PixelRect] = []
        if view?.fill != nil {
            unwritten = try Self.unwrittenParts(
                of: dataset, layout.bands, overviewLevel: overviewLevel, drivers)
        }
        self.layout = layout
        self.storedForm = storedForm
        self.address = address
        (width, height) = (dataset.width, dataset.height)
        fill = view?.fill
        self.crs = crs
        self.unwritten = unwritten
        self.dataset = dataset
    }

    /// The smallest overview that fits and has what the image has; 0 is the largest, `nil` stands for none.
    func smallestOverview(where fits: (_ width: Int, _ height: Int) -> Bool) -> Int? {
        for (level, size) in dataset.overviewSizes.enumerated().reversed()
        where fits(size.width, size.height) && dataset.isComplete(overview: level, bands: layout.bands) {
            return level
        }
        return nil
    }

    /// In pixels of the dataset, which may be an overview. An overview says nothing where the image itself was not written.
    private static func unwrittenParts(
        of dataset: borrowing Dataset, _ bands: [Int], overviewLevel: Int?, _ drivers: [String]
    ) throws(RasterError) -> [PixelRect] {
        guard let overviewLevel else { return dataset.unwrittenParts(bands: bands) }
        let full = try Dataset(opening: dataset.address, drivers: drivers)
        let (fullSize, size) = ((full.width, full.height), (dataset.width, dataset.height))
        return full.unwrittenParts(bands: bands, overview: overviewLevel)
            + full.unwrittenParts(bands: bands).compactMap { $0.shrunk(from: fullSize, to: size) }
    }

    private var path: String { address.description }

    /// Where the pixels lie on Earth; `nil` where neither the file nor somebody else says in which system.
    var georeference: Georeference? {
        let ways = dataset.placements
        guard let crs else { return ways.first { !$0.wkt.isEmpty } }
        return ways.lazy.compactMap { $0.named(crs) }.first
    }

    /// Reads a window, which must lie inside, with what is known of its validity.
    func read(_ window: PixelRect, cancellation: Cancellation) throws(RasterError) -> MaskedImage {
        let operation = "read \(window.width)x\(window.height) pixels"
        try dataset.prepare(window, cancellation)
        let memory = try cost(of: window).takeMemory(to: operation, path: path, cancellation)
        let result = try pixels(of: window, cancellation)
        // Given back now, and not before the pixels are there.
        withExtendedLifetime(memory) {}
        return result
    }

    /// Decodes a part of a picture that nobody needs more of.
    ///
    /// - Parameter rect: inside the image.
    /// - Parameter divisor: each square of so many pixels is averaged to one. At the right and lower edge of the image, what
    ///   fills no square is left out.
    func decode(
        _ rect: PixelRect, dividedBy divisor: Int, _ cancellation: Cancellation
    ) throws(RasterError) -> DecodedPart {
        var cost = cost(of: rect, dividedBy: divisor)
        cost.workByteCount = storedForm.workByteCount
        let memory = try cost.takeMemory(to: "decode \(width)x\(height) pixels", path: path, cancellation)
        let (x, y) = (rect.x0 / divisor, rect.y0 / divisor)
        let pixels: Image
        if divisor == 1 {
            pixels = try self.pixels(of: rect, cancellation).image
        } else {
            pixels = try image(of: rect, dividedBy: divisor, cancellation)
        }
        return DecodedPart(image: pixels, x: x, y: y, scale: 1 / Double(divisor), memory: memory)
    }

    /// What it costs to read a window in strips.
    private func cost(of window: PixelRect, dividedBy divisor: Int = 1) -> DecodingCost {
        let stripPixelCount = window.width * min(window.height, stripHeight(of: window, dividedBy: divisor))
        // Samples, and the colours that they become.
        let sampleByteCount =
            switch layout.samples {
            case .words: 2
            case .numbers: 8
            }
        let stripByteCount =
            layout.isPlainRGB && divisor == 1
            ? 0 : stripPixelCount * (sampleByteCount * layout.bands.count + 3)
        let pixelByteCount = isMasked ? 4 : 3
        let resultByteCount = window.area / (divisor * divisor) * pixelByteCount
        let (byteCount, isTooLarge) = storedForm.workingByteCount.addingReportingOverflow(
            stripByteCount + resultByteCount)
        return DecodingCost(byteCount: isTooLarge ? .max : byteCount)
    }

    /// Whether invalid pixels are looked for.
    private var isMasked: Bool { fill != nil && (layout.validity.isOfUse || !unwritten.isEmpty) }

    /// At least as high as a stored block where that would else be decoded for each strip that it has a part in.
    private func stripHeight(of window: PixelRect, dividedBy divisor: Int) -> Int {
        let leastRowCount = dataset.keepsLastBlock ? 1 : storedForm.blockHeight
        let rowCount = max(Self.stripPixelCount / window.width, leastRowCount, divisor)
        return rowCount / divisor * divisor
    }

    private func pixels(
        of window: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> MaskedImage {
        var pixels = [UInt8](repeating: 0, count: layout.isPlainRGB ? window.area * 3 : 0)
        if !layout.isPlainRGB { pixels.reserveCapacity(window.area * 3) }
        var valid: [UInt8] = []
        if isMasked { valid.reserveCapacity(window.area) }
        let bandCount = layout.bands.count
        let rowCount = stripHeight(of: window, dividedBy: 1)
        for y in stride(from: window.y0, to: window.y1, by: rowCount) {
            let strip = PixelRect(x0: window.x0, y0: y, x1: window.x1, y1: min(y + rowCount, window.y1))
            try check(cancellation)
            let first = (y - window.y0) * window.width
            switch layout.samples {
            case _ where layout.isPlainRGB:
                try dataset.read(strip, bands: layout.bands, into: &pixels, at: first * 3)
                guard isMasked else { continue }
                let read = pixels[first * 3..<(first + strip.area) * 3]
                layout.validity.append(read, bandCount: bandCount, to: &valid)
            case .words:
                var samples = [UInt16](repeating: 0, count: strip.area * bandCount)
                try dataset.read(strip, bands: layout.bands, into: &samples)
                pixels += layout.rgb(samples)
                if isMasked { layout.validity.append(samples, bandCount: bandCount, to: &valid) }
            case .numbers:
                var samples = [Double](repeating: 0, count: strip.area * bandCount)
                try dataset.read(strip, bands: layout.bands, into: &samples)
                pixels += layout.rgb(samples)
                if isMasked { layout.validity.append(samples, bandCount: bandCount, to: &valid) }
            }
            guard isMasked, layout.validity.hasMask else { continue }
            let mask = try dataset.readMask(strip)
            for (place, there) in mask.enumerated() where there == 0 { valid[first + place] = 0 }
        }
        for part in unwritten.lazy.compactMap({ $0.intersection(window) }) {
            for row in part.y0..<part.y1 {
                let start = (row - window.y0) * window.width - window.x0
                for place in start + part.x0..<start + part.x1 { valid[place] = 0 }
            }
        }
        let image = Image(width: window.width, height: window.height, pixelsHWC: pixels)
        guard let fill, valid.contains(0) else { return MaskedImage(image: image) }
        return MaskedImage(image: image.filled(fill, where: valid), validHW: valid)
    }

    private func image(
        of window: PixelRect, dividedBy divisor: Int, _ cancellation: Cancellation
    ) throws(RasterError) -> Image {
        let (x0, y0) = (window.x0 / divisor, window.y0 / divisor)
        let x1 = min((window.x1 + divisor - 1) / divisor, width / divisor)
        let y1 = min((window.y1 + divisor - 1) / divisor, height / divisor)
        var pixels: [UInt8] = []
        pixels.reserveCapacity((x1 - x0) * (y1 - y0) * 3)
        let rowCount = stripHeight(of: window, dividedBy: divisor) / divisor
        for y in stride(from: y0, to: y1, by: rowCount) {
            let end = min(y + rowCount, y1)
            let strip = try self.pixels(
                of: PixelRect(x0: x0 * divisor, y0: y * divisor, x1: x1 * divisor, y1: end * divisor),
                cancellation
            ).image
            pixels += strip.downscaled(width: x1 - x0, height: end - y).pixelsHWC
        }
        return Image(width: x1 - x0, height: y1 - y0, pixelsHWC: pixels)
    }

    private func check(_ cancellation: Cancellation) throws(RasterError) {
        if cancellation.isRequested {
            throw RasterError(interrupted: "read \(width)x\(height) pixels", path: path)
        }
    }
}

extension Image {
    /// The same with one colour wherever nothing is there.
    ///
    /// - Parameter validHW: `[H, W]`, 0 where nothing is.
    fileprivate consuming func filled(_ colour: RGB, where validHW: [UInt8]) -> Image {
        var pixels = pixelsHWC
        for (place, valid) in validHW.enumerated() where valid == 0 {
            pixels[3 * place] = colour.red
            pixels[3 * place + 1] = colour.green
            pixels[3 * place + 2] = colour.blue
        }
        return Image(width: width, height: height, pixelsHWC: pixels)
    }
}
