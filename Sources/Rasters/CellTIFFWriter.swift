internal import CGDAL
package import Files

/// Writes a number for each cell of a grid over a scene: a tiled, losslessly compressed TIFF of 32-bit floats.
///
/// It appears under its name when `commit` has ended; without that, nothing is left. Use it from one thread at a time.
package struct CellTIFFWriter: ~Copyable {
    /// Side of the squares in which the numbers are kept, and so the rows that are best written at a time.
    package static let blockSide = 256

    /// In cells.
    package let width: Int
    /// In cells.
    package let height: Int
    private var file: PartialFile
    private var handle: GDALDatasetH?

    /// Creates the partial file.
    ///
    /// - Parameter cellWidth: in pixels of the scene, as `cellHeight`.
    /// - Parameter georeference: of the scene. Of one whose places come from a transform, the cells lie on Earth too.
    /// - Parameter missing: stands for cells without a number.
    /// - Parameter description: of the numbers, for people.
    /// - Throws: where a `FileWriter` would.
    package init(
        _ output: OutputFile, width: Int, height: Int, cellWidth: Double, cellHeight: Double,
        georeference: Georeference?, missing: Float, description: String
    ) throws(RasterError) {
        precondition(width > 0 && height > 0)
        let driver = try GDAL.driver("GTiff", for: output.path)
        let file = try Self.begin(output)
        let options = [
            "TILED=YES", "BLOCKXSIZE=\(Self.blockSide)", "BLOCKYSIZE=\(Self.blockSide)", "COMPRESS=DEFLATE",
            "PREDICTOR=3", "BIGTIFF=IF_SAFER",
        ]
        CPLErrorReset()
        let path = file.path
        let handle = GDAL.withOptions(options) {
            GDALCreate(driver, path, Int32(width), Int32(height), 1, GDT_Float32, $0)
        }
        guard let handle else { throw RasterError(writing: output.path, temporaryPath: path, "create") }
        if let georeference, georeference.hasTransform {
            let steps = [1, cellWidth, cellHeight, 1, cellWidth, cellHeight]
            var transform = zip(georeference.transform, steps).map { $0 * $1 }
            GDALSetGeoTransform(handle, &transform)
            GDALSetProjection(handle, georeference.wkt)
        }
        let band = GDALGetRasterBand(handle, 1)
        GDALSetRasterNoDataValue(band, Double(missing))
        GDALSetDescription(band, description)
        self.file = file
        self.handle = handle
        (self.width, self.height) = (width, height)
    }

    private static func begin(_ output: OutputFile) throws(RasterError) -> PartialFile {
        do { return try PartialFile(output) } catch { throw RasterError(error) }
    }

    deinit {
        if let handle { GDALClose(handle) }
    }

    /// Writes whole rows.
    ///
    /// - Parameter cells: `[rows, width]`, row-major.
    package mutating func write(_ cells: [Float], fromRow row: Int) throws(RasterError) {
        let rowCount = cells.count / width
        precondition(
            cells.count == rowCount * width && (0...height - rowCount).contains(row) && handle != nil)
        CPLErrorReset()
        let (columns, rows) = (Int32(width), Int32(rowCount))
        let status = cells.withUnsafeBytes { bytes in
            // GDAL takes a pointer that may be written because the same call reads; it does not write here.
            GDALRasterIO(
                GDALGetRasterBand(handle, 1), GF_Write, 0, Int32(row), columns, rows,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress), columns, rows, GDT_Float32, 0, 0)
        }
        try check(status, "write \(rows) rows of \(columns) cells")
    }

    /// Ends the file and gives it its name.
    package mutating func commit() throws(RasterError) {
        guard handle != nil else { return }
        CPLErrorReset()
        GDALFlushCache(handle)
        try check(CE_None, "write the last blocks")
        GDALClose(handle)
        handle = nil
        try check(CE_None, "finish")
        do throws(FileError) { try file.commit() } catch { throw RasterError(error) }
    }

    /// Blocks are written later than they come, so an error may show at any call, and then only in GDAL's words.
    private func check(_ status: CPLErr, _ operation: String) throws(RasterError) {
        guard status == CE_None, CPLGetLastErrorType() != CE_Failure else {
            throw RasterError(writing: file.output.path, temporaryPath: file.path, operation)
        }
    }
}
