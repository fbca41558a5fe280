internal import CGDAL
import Files
import Pixels

/// How the samples of a file become 8-bit red, green and blue; `Raster.read` states the rules.
struct SampleLayout {
    enum Colour {
        case grey, rgb, cmyk
        case palette([RGB])
    }
    /// How samples are read, and what makes light of them.
    enum Samples {
        /// As 16-bit numbers without sign, by tables: one for all bands, or one for each.
        case words([[UInt8]])
        /// As numbers of any kind, by ranges: one for all bands, or one for each.
        case numbers([SampleRange])
    }

    let colour: Colour
    /// Which bands are read, from 1: one for grey and palettes, three or four for colours.
    let bands: [Int]
    let samples: Samples
    /// Neither more nor other bits than a byte of red, green and blue each.
    let isPlainRGB: Bool
    let validity: Validity

    /// - Parameter view: which bands and ranges are wanted; what the file says where it does not say them.
    init(of dataset: borrowing Dataset, view: SceneView?) throws(RasterError) {
        let transparent: [Bool]
        (colour, bands, transparent) = try Self.colourAndBands(of: dataset, wanted: view?.bands)
        let isInverted = dataset.structure("MINISWHITE") == "YES"
        let kind = try Self.kind(of: dataset, bands: bands, hasRanges: view?.ranges != nil)
        var isPlain = false
        switch kind {
        case .words(let maximum):
            if case .rgb = colour, view?.ranges == nil { isPlain = maximum == 255 && !isInverted }
            let ranges = view?.ranges ?? [SampleRange(0, Double(maximum))]
            let isUsual = ranges == [SampleRange(0, 255)] && !isInverted
            samples = .words(
                isUsual ? [Self.usualTable] : ranges.map { Self.lightTable($0, isInverted: isInverted) })
        case .numbers:
            let ranges = view?.ranges ?? []
            samples = .numbers(
                isInverted ? ranges.map { SampleRange($0.upper, $0.lower) } : ranges)
        }
        isPlainRGB = isPlain
        validity = Validity(of: dataset, bands: bands, transparent: transparent)
        if case .palette = colour, view?.ranges != nil {
            throw RasterError(
                .unsupported, "read with a range", dataset.address.description,
                cause: "its samples are palette indexes; leave out --range")
        }
    }

    private static func colourAndBands(
        of dataset: borrowing Dataset, wanted: [Int]?
    ) throws(RasterError) -> (Colour, bands: [Int], transparent: [Bool]) {
        if let wanted {
            guard let largest = wanted.max(), largest <= dataset.bandCount else {
                let count = dataset.bandCount
                throw RasterError(
                    .unsupported, "read the bands \(wanted.map(String.init).joined(separator: ","))",
                    dataset.address.description,
                    cause: "it has \(counted(count, "band"))")
            }
            return (wanted.count == 1 ? .grey : .rgb, wanted, [])
        }
        if dataset.colourInterpretation(ofBand: 1) == GCI_PaletteIndex,
            let palette = dataset.palette(ofBand: 1)
        {
            return (.palette(palette.map(\.colour)), [1], palette.map(\.isTransparent))
        }
        let (colour, bands) = try colourAndBandsWithoutPalette(of: dataset)
        return (colour, bands, [])
    }

    private static func colourAndBandsWithoutPalette(
        of dataset: borrowing Dataset
    ) throws(RasterError) -> (Colour, bands: [Int]) {
        let kinds = (0..<dataset.bandCount).map { dataset.colourInterpretation(ofBand: $0 + 1) }
        func bands(_ wanted: GDALColorInterp...) -> [Int]? {
            let found = wanted.compactMap { kind in kinds.firstIndex(of: kind).map { $0 + 1 } }
            return found.count == wanted.count ? found : nil
        }
        if dataset.driverName == "BMP", let header = BMPHeader(of: dataset.address), header.bitCount == 32 {
            guard let colourBands = header.colourBands else {
                throw RasterError(
                    .unsupported, "read as colours", dataset.address.description,
                    cause:
                        "its bit fields are not the lower three bytes of each pixel; save it with 24 bits a pixel"
                )
            }
            return (.rgb, colourBands)
        }
        if let rgb = bands(GCI_RedBand, GCI_GreenBand, GCI_BlueBand) { return (.rgb, rgb) }
        if let cmyk = bands(GCI_CyanBand, GCI_MagentaBand, GCI_YellowBand, GCI_BlackBand) {
            return (.cmyk, cmyk)
        }
        let isCIELab = dataset.structure("SOURCE_COLOR_SPACE") == "CIELAB"
        switch kinds.filter({ $0 != GCI_AlphaBand }).count {
        case 1 where kinds.first != GCI_PaletteIndex: return (.grey, [1])
        case 3 where !isCIELab && !kinds.contains(GCI_PaletteIndex): return (.rgb, [1, 2, 3])
        default: throw unsupportedBands(kinds, isCIELab: isCIELab, path: dataset.address.description)
        }
    }

    private static func unsupportedBands(
        _ kinds: [GDALColorInterp], isCIELab: Bool, path: String
    ) -> RasterError {
        let names = kinds.map { String(cString: GDALGetColorInterpretationName($0)) }
        let found =
            kinds.isEmpty
            ? "it holds no image of its own (a container? name one of its parts)"
            : "it has \(counted(kinds.count, "band")) (\(isCIELab ? "CIELab" : names.joined(separator: ", ")))"
        let colourCount = kinds.count { $0 != GCI_AlphaBand }
        let advice =
            colourCount < 3
            ? "say which is seen as grey: --bands 1 in scan, cut and pack, or gdal_translate -b 1 IN OUT.tif"
            : "say which are red, green and blue: --bands 1,2,3 in scan, cut and pack, or gdal_translate -b 1 -b 2 -b 3 IN OUT.tif"
        return RasterError(
            .unsupported, "read as colours", path, cause: kinds.isEmpty ? found : "\(found); \(advice)")
    }

    private enum Kind {
        /// The sample that stands for full light (or full ink).
        case words(maximum: Int)
        case numbers
    }

    private static func kind(
        of dataset: borrowing Dataset, bands: [Int], hasRanges: Bool
    ) throws(RasterError) -> Kind {
        var maximum = 255
        for (position, band) in bands.enumerated() {
            let type = dataset.sampleType(ofBand: band)
            guard type == GDT_Byte || type == GDT_UInt16 else {
                let name = GDALGetDataTypeName(type).map { String(cString: $0) } ?? "unknown"
                guard hasRanges, GDALDataTypeIsComplex(type) == 0 else {
                    throw RasterError(
                        .unsupported, "read as colours", dataset.address.description,
                        cause:
                            "band \(band) holds \(name) samples, not unsigned 8 or 16 bits; say which are "
                            + "black and white: --range MIN,MAX or --range 2% in scan and pack, or convert it: "
                            + "gdal_translate -ot Byte -scale IN OUT.tif")
                }
                return .numbers
            }
            let storedBits = dataset.structure("NBITS", band: band).flatMap { Int($0) }
            let bits = storedBits ?? (type == GDT_Byte ? 8 : 16)
            if position == 0 { maximum = 1 << min(max(bits, 1), 16) - 1 }
        }
        return .words(maximum: maximum)
    }

    /// - Parameter samples: `[H, W, bands]`.
    /// - Returns: `[H, W, 3]`.
    func rgb(_ samples: [UInt16]) -> [UInt8] {
        guard case .words(let tables) = self.samples else { preconditionFailure("they are no words") }
        let table = tables[0]
        switch colour {
        case .grey:
            return Self.expand(samples) { (table[Int($0)], table[Int($0)], table[Int($0)]) }
        case .palette(let palette):
            return Self.expand(samples) { index in
                guard Int(index) < palette.count else { return (0, 0, 0) }
                let colour = palette[Int(index)]
                return (colour.red, colour.green, colour.blue)
            }
        case .rgb where tables.count == 3:
            return samples.enumerated().map { tables[$0 % 3][Int($1)] }
        case .rgb:
            return samples.map { table[Int($0)] }
        case .cmyk:
            return cmykToRGB(samples.map { table[Int($0)] })
        }
    }

    /// The same of numbers.
    func rgb(_ samples: [Double]) -> [UInt8] {
        guard case .numbers(let ranges) = self.samples else { preconditionFailure("they are no numbers") }
        switch colour {
        case .grey, .palette:
            return Self.expand(samples) { sample in
                let light = ranges[0].light(sample)
                return (light, light, light)
            }
        case .rgb:
            return samples.enumerated().map { ranges[ranges.count == 3 ? $0 % 3 : 0].light($1) }
        case .cmyk:
            return cmykToRGB(samples.map { ranges[0].light($0) })
        }
    }

    private static func expand<Sample>(
        _ samples: [Sample], _ colour: (Sample) -> (UInt8, UInt8, UInt8)
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: samples.count * 3) { buffer, count in
            for sample in samples {
                (buffer[count], buffer[count + 1], buffer[count + 2]) = colour(sample)
                count += 3
            }
        }
    }

    /// For each 16-bit sample its light.
    /// That of bytes, which is made once: most images have them.
    private static let usualTable = lightTable(SampleRange(0, 255), isInverted: false)

    private static func lightTable(_ range: SampleRange, isInverted: Bool) -> [UInt8] {
        (0...Int(UInt16.max)).map { sample in
            let light = range.light(Double(sample))
            return isInverted ? 255 - light : light
        }
    }
}

/// Inks to light without a colour profile: red = (1 - cyan)(1 - black), and so on.
///
/// - Parameter inks: cyan, magenta, yellow, black of each pixel; 255 is full ink.
func cmykToRGB(_ inks: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: inks.count / 4 * 3) { buffer, count in
        for start in stride(from: 0, to: inks.count - 3, by: 4) {
            let paper = 255 - Int(inks[start + 3])
            for ink in inks[start..<start + 3] {
                buffer[count] = UInt8(((255 - Int(ink)) * paper + 127) / 255)
                count += 1
            }
        }
    }
}
