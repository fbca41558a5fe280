internal import CGDAL
import Files
import Pixels

/// How the samples of a file become 8-bit red, green and blue; `Raster.read` states the rules.
struct SampleLayout {
    enum Colour {
        case grey, rgb, cmyk
        case palette([RGB])
    }

    var colour: Colour
    /// Which bands are read, from 1: one for grey and palettes, three or four for colours.
    var bands: [Int]
    /// The sample that stands for full light (or full ink).
    var maximum: Int
    /// 0 is white (a TIFF with `MINISWHITE`).
    var isInverted: Bool

    /// Neither more nor other bits than a byte of red, green and blue each.
    var isPlainRGB: Bool {
        if case .rgb = colour { return maximum == 255 && !isInverted }
        return false
    }

    init(of dataset: borrowing Dataset) throws(RasterError) {
        (colour, bands) = try Self.colourAndBands(of: dataset)
        maximum = try Self.maximum(of: dataset, bands: bands)
        isInverted = dataset.structure("MINISWHITE") == "YES"
    }

    private static func colourAndBands(
        of dataset: borrowing Dataset
    ) throws(RasterError) -> (Colour, bands: [Int]) {
        let kinds = (0..<dataset.bandCount).map { dataset.colourInterpretation(ofBand: $0 + 1) }
        func bands(_ wanted: GDALColorInterp...) -> [Int]? {
            let found = wanted.compactMap { kind in kinds.firstIndex(of: kind).map { $0 + 1 } }
            return found.count == wanted.count ? found : nil
        }
        if kinds.first == GCI_PaletteIndex, let palette = dataset.palette(ofBand: 1) {
            return (.palette(palette), [1])
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
            : "it has \(kinds.count) bands (\(isCIELab ? "CIELab" : names.joined(separator: ", ")))"
        return RasterError(
            .unsupported, "read as colours", path,
            cause: "\(found); say which are red, green and blue: gdal_translate -b 1 -b 2 -b 3 IN OUT.tif")
    }

    private static func maximum(of dataset: borrowing Dataset, bands: [Int]) throws(RasterError) -> Int {
        var maximum = 255
        for (position, band) in bands.enumerated() {
            let type = dataset.sampleType(ofBand: band)
            guard type == GDT_Byte || type == GDT_UInt16 else {
                let name = GDALGetDataTypeName(type).map { String(cString: $0) } ?? "unknown"
                throw RasterError(
                    .unsupported, "read as colours", dataset.address.description,
                    cause: "band \(band) holds \(name) samples, not 8 or 16 bits without sign; "
                        + "convert it: gdal_translate -ot Byte -scale IN OUT.tif")
            }
            let storedBits = dataset.structure("NBITS", band: band).flatMap { Int($0) }
            let bits = storedBits ?? (type == GDT_Byte ? 8 : 16)
            if position == 0 { maximum = 1 << min(max(bits, 1), 16) - 1 }
        }
        return maximum
    }

    /// - Parameter samples: `[H, W, bands]`.
    /// - Returns: `[H, W, 3]`.
    func rgb(_ samples: [UInt16]) -> [UInt8] {
        let table = lightTable
        switch colour {
        case .grey:
            return Self.expand(samples) { (table[Int($0)], table[Int($0)], table[Int($0)]) }
        case .palette(let palette):
            return Self.expand(samples) { index in
                guard Int(index) < palette.count else { return (0, 0, 0) }
                let colour = palette[Int(index)]
                return (colour.red, colour.green, colour.blue)
            }
        case .rgb:
            return samples.map { table[Int($0)] }
        case .cmyk:
            return cmykToRGB(samples.map { table[Int($0)] })
        }
    }

    private static func expand(
        _ samples: [UInt16], _ colour: (UInt16) -> (UInt8, UInt8, UInt8)
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: samples.count * 3) { buffer, count in
            for sample in samples {
                (buffer[count], buffer[count + 1], buffer[count + 2]) = colour(sample)
                count += 3
            }
        }
    }

    /// For each sample its 8-bit light: rounded to nearest, above `maximum` as `maximum`.
    private var lightTable: [UInt8] {
        (0...Int(UInt16.max)).map { sample in
            let light = (min(sample, maximum) * 255 + maximum / 2) / maximum
            return UInt8(isInverted ? 255 - light : light)
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
