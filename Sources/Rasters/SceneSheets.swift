internal import CGDAL
import Bytes
public import Files
import Foundation
import Pixels

/// Scenes that lie on one grid of pixels, such as the sheets of a map, as one scene: a GDAL VRT that names them.
///
/// The order in which they are given decides nothing: where sheets overlap, the lower one is on top, of equally low ones the
/// right one. Pixels that a sheet does not have (no data, opacity, masks) leave those of others to be seen; where no sheet is, there
/// is nothing.
public struct SceneSheets: Sendable {
    /// Marks what stands in a VRT that this type has written.
    static let domain = "TILESCOPE"
    /// Whether each part of all sheets can be read without what lies before it.
    static let inPlaceItem = "READ_IN_PLACE"
    private static let digestItem = "SHEETS"

    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// The sheets, in the order in which they lie upon each other.
    public let sheets: [Address]
    /// The VRT.
    private let text: String
    private let digest: String

    private struct Sheet {
        var facts: SheetFacts
        /// Where it is on the grid of the first sheet.
        var place: PixelRect
        var contents: SceneIdentity.Part

        /// Where a part of it is on the grid.
        func placed(_ part: PixelRect) -> PixelRect {
            PixelRect(x: place.x0 + part.x0, y: place.y0 + part.y0, width: part.width, height: part.height)
        }
    }

    /// How it is told which pixels are there.
    private enum Validity {
        case all, noData, alpha, mask
    }

    /// Reads the sheets' headers and some places of each.
    ///
    /// - Parameter scenes: at least one.
    /// - Throws: `RasterError`, with the code `unsupported` where two do not fit together; both are named.
    public init(_ scenes: [Address]) throws(RasterError) {
        precondition(!scenes.isEmpty)
        var sheets: [Sheet] = []
        for address in scenes {
            let facts = try SheetFacts(of: address)
            let first = sheets.first?.facts ?? facts
            try facts.check(fits: first)
            let place = try facts.place(onGridOf: first)
            sheets.append(Sheet(facts: facts, place: place, contents: try Self.contents(of: address)))
        }
        sheets.sort {
            let (one, other) = ($0.place, $1.place)
            return (one.y0, one.x0, one.y1, one.x1, $0.contents.contents)
                < (other.y0, other.x0, other.y1, other.x1, $1.contents.contents)
        }
        let bounds = sheets.dropFirst().reduce(sheets[0].place) { bounds, sheet in
            PixelRect(
                x0: min(bounds.x0, sheet.place.x0), y0: min(bounds.y0, sheet.place.y0),
                x1: max(bounds.x1, sheet.place.x1), y1: max(bounds.y1, sheet.place.y1))
        }
        guard bounds.width <= Int(Int32.max), bounds.height <= Int(Int32.max) else {
            throw RasterError(
                .unsupported, "be scanned together with the other sheets", scenes[0].description,
                cause: "they lie up to \(max(bounds.width, bounds.height)) pixels apart")
        }
        (width, height) = (bounds.width, bounds.height)
        self.sheets = sheets.map(\.facts.address)
        // Where the sheets lie on this machine tells them from no others.
        let contents = Self.text(of: sheets, bounds: bounds, digest: "") { "\($0.contents)" }
        digest = SHA256.hexDigest(of: Array(contents.utf8).span.bytes)
        text = Self.text(of: sheets, bounds: bounds, digest: digest) { $0.facts.address.absolute.readingPath }
    }

    /// Whether a VRT was written of the same sheets at the same places, wherever they were then.
    public func areThose(in text: String) -> Bool {
        text.contains(Self.metadataItem(Self.digestItem, digest))
    }

    /// Writes the VRT. It names the sheets by whole paths.
    public func write(to output: OutputFile) throws(FileError) {
        var writer = try FileWriter(output)
        try writer.write(text)
        try writer.commit()
    }

    private static func contents(of address: Address) throws(RasterError) -> SceneIdentity.Part {
        do throws(FileError) {
            return try SceneIdentity.part(of: address)
        } catch {
            throw RasterError(error)
        }
    }

    // MARK: - The text

    /// - Parameter name: of a sheet.
    private static func text(
        of sheets: [Sheet], bounds: PixelRect, digest: String, name: (Sheet) -> String
    ) -> String {
        let first = sheets[0].facts
        let validity = validity(of: sheets, bounds: bounds)
        let transform = first.transform(
            atX: bounds.x0 - sheets[0].place.x0, y: bounds.y0 - sheets[0].place.y0)
        var lines = [
            #"<VRTDataset rasterXSize="\#(bounds.width)" rasterYSize="\#(bounds.height)">"#,
            "<SRS>\(first.wkt.xmlText)</SRS>",
            "<GeoTransform>\(transform.map { "\($0)" }.joined(separator: ","))</GeoTransform>",
            metadata(
                domain,
                [digestItem: digest, inPlaceItem: sheets.allSatisfy(\.facts.isReadInPlace) ? "YES" : "NO"]),
            metadata("IMAGE_STRUCTURE", first.structure),
        ]
        for (index, band) in first.bands.enumerated() {
            lines.append(#"<VRTRasterBand dataType="\#(band.typeName)" band="\#(index + 1)">"#)
            lines.append("<ColorInterp>\(band.interpretation)</ColorInterp>")
            lines.append(metadata("IMAGE_STRUCTURE", band.structure))
            if validity == .noData, let value = band.noData {
                lines.append("<NoDataValue>\(value.vrtText)</NoDataValue>")
            }
            if !band.palette.isEmpty {
                let entries = band.palette.map {
                    #"<Entry c1="\#($0[0])" c2="\#($0[1])" c3="\#($0[2])" c4="\#($0[3])"/>"#
                }
                lines.append("<ColorTable>\(entries.joined())</ColorTable>")
            }
            for sheet in sheets {
                let skipping = skipped(sheet, index, validity)
                lines += sources(sheet, name(sheet), bounds, band: "\(index + 1)", skipping: skipping)
            }
            lines.append("</VRTRasterBand>")
        }
        if validity == .mask {
            lines.append(#"<MaskBand><VRTRasterBand dataType="Byte">"#)
            // What one sheet does not have must not hide another's.
            for sheet in sheets {
                let skipping = "<NODATA>0</NODATA>"
                lines += sources(sheet, name(sheet), bounds, band: "mask,1", skipping: skipping)
            }
            lines.append("</VRTRasterBand></MaskBand>")
        }
        lines.append("</VRTDataset>")
        return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private static func validity(of sheets: [Sheet], bounds: PixelRect) -> Validity {
        if sheets.allSatisfy({ $0.facts.hasAlpha }) { return .alpha }
        let hasMask = sheets.contains { $0.facts.hasMask || $0.facts.hasAlpha }
        let noData = sheets[0].facts.bands.map(\.noData?.bitPattern)
        let isOneNoData = sheets.allSatisfy { $0.facts.bands.map(\.noData?.bitPattern) == noData }
        if !hasMask, isOneNoData, noData.allSatisfy({ $0 != nil }) { return .noData }
        let hasNoData = sheets.contains { $0.facts.bands.contains { $0.noData != nil } }
        let places = sheets.flatMap { sheet in sheet.facts.parts.map { sheet.placed($0) } }
        return hasMask || hasNoData || !covers(places, bounds) ? .mask : .all
    }

    /// What of a sheet leaves the sheets below it to be seen, as an element of a source; `nil` for nothing.
    private static func skipped(_ sheet: Sheet, _ band: Int, _ validity: Validity) -> String? {
        switch validity {
        case .all: nil
        case .noData: sheet.facts.bands[band].noData.map { "<NODATA>\($0.vrtText)</NODATA>" }
        case .alpha where sheet.facts.bands[band].isAlpha: "<NODATA>0</NODATA>"
        case .alpha, .mask: sheet.facts.isAllValid ? nil : "<UseMaskBand>true</UseMaskBand>"
        }
    }

    /// One for each part of a sheet.
    private static func sources(
        _ sheet: Sheet, _ name: String, _ bounds: PixelRect, band: String, skipping: String?
    ) -> [String] {
        let kind = skipping == nil ? "SimpleSource" : "ComplexSource"
        let facts = sheet.facts
        return facts.parts.map { part in
            let place = sheet.placed(part)
            let size = "xSize=\"\(part.width)\" ySize=\"\(part.height)\""
            return """
                <\(kind)>
                \(nameStart)\(name.xmlText)\(nameEnd)
                <SourceBand>\(band)</SourceBand>
                <SourceProperties RasterXSize="\(facts.width)" RasterYSize="\(facts.height)" \
                DataType="\(facts.bands[0].typeName)" BlockXSize="\(facts.blockWidth)" BlockYSize="\(facts.blockHeight)"/>
                <SrcRect xOff="\(part.x0)" yOff="\(part.y0)" \(size)/>
                <DstRect xOff="\(place.x0 - bounds.x0)" yOff="\(place.y0 - bounds.y0)" \(size)/>
                \(skipping ?? "")</\(kind)>
                """
        }
    }

    private static func metadata(_ domain: String, _ items: [String: String]) -> String {
        guard !items.isEmpty else { return "" }
        let list = items.sorted { $0.key < $1.key }.map { metadataItem($0.key, $0.value) }
        return #"<Metadata domain="\#(domain)">\#(list.joined())</Metadata>"#
    }

    private static func metadataItem(_ name: String, _ value: String) -> String {
        #"<MDI key="\#(name)">\#(value.xmlText)</MDI>"#
    }

    private static let nameStart = #"<SourceFilename relativeToVRT="0">"#
    private static let nameEnd = "</SourceFilename>"

    /// Whether sheets leave no gap.
    private static func covers(_ places: [PixelRect], _ bounds: PixelRect) -> Bool {
        let edges = Set(places.flatMap { [$0.y0, $0.y1] }).sorted()
        // Of so many sheets without order nobody is to wait for the answer; then a mask tells it.
        guard edges.count * places.count < 1 << 26 else { return false }
        return zip(edges, edges.dropFirst()).allSatisfy { top, bottom in
            var end = bounds.x0
            for place in places.filter({ $0.y0 <= top && $0.y1 >= bottom }).sorted(by: { $0.x0 < $1.x0 }) {
                guard place.x0 <= end else { return false }
                end = max(end, place.x1)
            }
            return end >= bounds.x1
        }
    }

    // MARK: - Identity

    /// What a VRT of ours says of its sheets, wherever they lie: each name stands for what the file holds.
    ///
    /// - Parameter parts: of the scene's files.
    /// - Returns: `nil` for any other scene.
    static func layout(
        in scene: Address, parts: [Address: SceneIdentity.Part]
    ) throws(FileError) -> SceneIdentity.Part? {
        guard scene.localPath != nil, scene.lastComponent.hasSuffix(".vrt"), parts[scene] != nil else {
            return nil
        }
        let lines = String(decoding: try StoredFile.bytes(of: scene, limit: byteLimit), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.contains(where: { $0.hasPrefix("<Metadata domain=\"\(domain)\">") }) else { return nil }
        let text = lines.map { line -> String in
            guard line.hasPrefix(nameStart), line.hasSuffix(nameEnd) else { return String(line) }
            let name = String(line.dropFirst(nameStart.count).dropLast(nameEnd.count)).xmlPlain
            let part = parts[Address(readingPath: name)]
            return part.map { "\($0.byteCount) \($0.contents)" } ?? String(line)
        }.joined(separator: "\n")
        let bytes = Array(text.utf8)
        return SceneIdentity.Part(byteCount: bytes.count, contents: SHA256.hexDigest(of: bytes.span.bytes))
    }

    /// A longer text is not taken for one of ours.
    private static let byteLimit = 1 << 30
}

/// What is read of a sheet before any pixel.
private struct SheetFacts: Sendable {
    struct Band: Hashable, Sendable {
        var typeName: String
        var interpretation: String
        var structure: [String: String]
        /// Red, green, blue and opacity of each entry.
        var palette: [[Int]]
        var noData: Double?

        var isAlpha: Bool { interpretation == "Alpha" }

        /// Whether samples mean the same; what stands for "no data" may differ.
        func isAlike(_ other: Band) -> Bool {
            typeName == other.typeName && interpretation == other.interpretation
                && structure == other.structure
                && palette == other.palette
        }

        /// `"Red Byte"`.
        var name: String {
            "\(interpretation) \(typeName)" + (structure["NBITS"].map { " of \($0) bits" } ?? "")
                + (palette.isEmpty ? "" : " with \(palette.count) colours")
        }
    }

    let address: Address
    let width: Int
    let height: Int
    let blockWidth: Int
    let blockHeight: Int
    let bands: [Band]
    /// What decides how samples of all bands are read.
    let structure: [String: String]
    let transform: [Double]
    let wkt: String
    /// All of it, but for blocks that were never written and have no "no data" value.
    let parts: [PixelRect]
    /// Whether all pixels of these parts are there.
    let isAllValid: Bool
    /// Whether it has a mask that is no band.
    let hasMask: Bool
    let isReadInPlace: Bool

    var hasAlpha: Bool { bands.contains(where: \.isAlpha) }

    init(of address: Address) throws(RasterError) {
        let dataset = try Dataset(opening: address)
        guard let place = dataset.geotransformAndCRS, dataset.bandCount > 0 else {
            throw RasterError(
                .unsupported, Self.operation, address.description,
                cause:
                    "it is not georeferenced: sheets need a transform and a coordinate system. Scenes without them "
                    + "are scanned one by one")
        }
        guard dataset.slide == nil else {
            throw RasterError(
                .unsupported, Self.operation, address.description,
                cause: "whole-slide images are scanned one by one")
        }
        self.address = address
        (width, height) = (dataset.width, dataset.height)
        (blockWidth, blockHeight) = dataset.blockSize
        (transform, wkt) = place
        bands = (1...dataset.bandCount).map { number in
            Band(
                typeName: String(cString: GDALGetDataTypeName(dataset.sampleType(ofBand: number))),
                interpretation: String(
                    cString: GDALGetColorInterpretationName(dataset.colourInterpretation(ofBand: number))),
                structure: Self.items(["NBITS", "PIXELTYPE"]) { dataset.structure($0, band: number) },
                // GDAL gives some grey bands a table, too.
                palette: dataset.colourInterpretation(ofBand: number) == GCI_PaletteIndex
                    ? dataset.withBand(number, Self.palette) : [],
                noData: dataset.withBand(number, Self.noData))
        }
        let allBands = Array(1...dataset.bandCount)
        parts =
            bands.contains { $0.noData != nil }
            ? [PixelRect(x: 0, y: 0, width: width, height: height)]
            : dataset.writtenParts(bands: allBands)
        structure = Self.items(["MINISWHITE", "SOURCE_COLOR_SPACE"]) { dataset.structure($0) }
        isAllValid = dataset.withBand(1) { GDALGetMaskFlags($0) & GMF_ALL_VALID != 0 }
        hasMask = dataset.hasOwnMask
        isReadInPlace = dataset.isReadInPlace
    }

    private static let operation = "be scanned together with other sheets"

    private static func items(_ names: [String], _ value: (String) -> String?) -> [String: String] {
        names.reduce(into: [:]) { items, name in items[name] = value(name) }
    }

    private static func noData(_ band: GDALRasterBandH?) -> Double? {
        var isThere: Int32 = 0
        let value = GDALGetRasterNoDataValue(band, &isThere)
        return isThere != 0 ? value : nil
    }

    private static func palette(_ band: GDALRasterBandH?) -> [[Int]] {
        guard let table = GDALGetRasterColorTable(band) else { return [] }
        return (0..<GDALGetColorEntryCount(table)).map { index in
            var entry = GDALColorEntry()
            GDALGetColorEntryAsRGB(table, index, &entry)
            return [Int(entry.c1), Int(entry.c2), Int(entry.c3), Int(entry.c4)]
        }
    }

    /// - Throws: where samples or coordinates mean something else than in another sheet.
    func check(fits first: SheetFacts) throws(RasterError) {
        let (own, others) = (bands.map(\.name), first.bands.map(\.name))
        if bands.count != first.bands.count || !zip(bands, first.bands).allSatisfy({ $0.isAlike($1) })
            || structure != first.structure
        {
            let difference =
                own == others
                ? "its palette or the meaning of its samples differs"
                : "its bands are \(own.joined(separator: ", ")), but those of the other sheet are \(others.joined(separator: ", "))"
            throw mismatch(first, difference)
        }
        let (system, other) = (OSRNewSpatialReference(wkt), OSRNewSpatialReference(first.wkt))
        defer {
            OSRDestroySpatialReference(system)
            OSRDestroySpatialReference(other)
        }
        guard wkt == first.wkt || OSRIsSame(system, other) != 0 else {
            throw mismatch(
                first,
                "its coordinate system is \(Self.name(of: system)), but that of the other sheet is \(Self.name(of: other))"
            )
        }
    }

    private static func name(of system: OGRSpatialReferenceH?) -> String {
        OSRGetName(system).map { String(cString: $0) } ?? "unknown"
    }

    private func mismatch(_ first: SheetFacts, _ difference: String) -> RasterError {
        RasterError(
            .unsupported, "be scanned together with \(first.address)", address.description, cause: difference)
    }

    /// A sheet's corners may be so far from those of pixels: coordinates are rounded in files.
    private static let tolerance = 0.02

    /// Where it is on the grid of another one.
    ///
    /// - Throws: where its pixels are none of that grid.
    func place(onGridOf first: SheetFacts) throws(RasterError) -> PixelRect {
        let (grid, own) = (first.transform, transform)
        let determinant = grid[1] * grid[5] - grid[2] * grid[4]
        func corner(_ column: Int, _ row: Int) -> (x: Double, y: Double) {
            let east = own[0] + Double(column) * own[1] + Double(row) * own[2] - grid[0]
            let north = own[3] + Double(column) * own[4] + Double(row) * own[5] - grid[3]
            return (
                (east * grid[5] - north * grid[2]) / determinant,
                (north * grid[1] - east * grid[4]) / determinant
            )
        }
        let start = corner(0, 0)
        guard let x = Int(exactly: start.x.rounded()), let y = Int(exactly: start.y.rounded()),
            abs(x) <= Int(Int32.max), abs(y) <= Int(Int32.max)
        else { throw mismatch(first, "the two are too far apart") }
        for (column, row) in [(0, 0), (width, 0), (0, height), (width, height)] {
            let place = corner(column, row)
            let (offX, offY) = (abs(place.x - Double(x + column)), abs(place.y - Double(y + row)))
            guard max(offX, offY) <= Self.tolerance else {
                let isBeside =
                    abs(start.x - Double(x)) > Self.tolerance || abs(start.y - Double(y)) > Self.tolerance
                let difference =
                    isBeside
                    ? "it lies \(max(offX, offY).threeDigits) of a pixel off the grid of the other sheet"
                    : "its pixels have another size or direction, or its rows run the other way"
                throw mismatch(
                    first,
                    "\(difference); resample all sheets to one grid: gdalwarp -tap -tr SIZE SIZE IN OUT.tif")
            }
        }
        return PixelRect(x: x, y: y, width: width, height: height)
    }

    /// The transform of a raster that begins at a pixel of this one, or beside it.
    func transform(atX x: Int, y: Int) -> [Double] {
        var moved = transform
        moved[0] += Double(x) * transform[1] + Double(y) * transform[2]
        moved[3] += Double(x) * transform[4] + Double(y) * transform[5]
        return moved
    }
}

extension Double {
    /// As GDAL reads it in a VRT.
    fileprivate var vrtText: String { isNaN ? "nan" : isInfinite ? (self < 0 ? "-inf" : "inf") : "\(self)" }

    fileprivate var threeDigits: String { String(format: "%.3f", self) }
}

extension String {
    fileprivate var xmlText: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("\n", with: "&#10;")
    }

    fileprivate var xmlPlain: String {
        replacing("&#10;", with: "\n").replacing("&quot;", with: "\"").replacing("&gt;", with: ">")
            .replacing("&lt;", with: "<").replacing("&amp;", with: "&")
    }
}
