internal import CGDAL
import Pixels

extension Dataset {
    /// The parts of a TIFF whose blocks were never written: they have no place in the file. GDAL gives zeros for them, or the "no
    /// data" value where there is one.
    ///
    /// Told by the tables of the file, not by `GDALGetDataCoverageStatus`: of files without compression that one also counts zeros for
    /// which the disk keeps no room, so that a copy of a file could have other parts.
    ///
    /// - Parameter bands: nothing is where none of these has been written.
    /// - Parameter overview: of this overview (0 is the largest), instead of the raster itself.
    /// - Returns: rectangles that do not overlap; none for other formats.
    func unwrittenParts(bands: [Int], overview: Int? = nil) -> [PixelRect] {
        parts(bands: bands, overview: overview, areWritten: false)
    }

    /// Whether an overview (0 is the largest) has what the raster has: one whose making was stopped shows zeros.
    ///
    /// - Parameter bands: those that are read.
    func isComplete(overview: Int, bands: [Int]) -> Bool {
        unwrittenParts(bands: bands, overview: overview).isEmpty || !unwrittenParts(bands: bands).isEmpty
    }

    /// The other parts, those that were written; the whole raster in other formats.
    func writtenParts(bands: [Int]) -> [PixelRect] { parts(bands: bands, overview: nil, areWritten: true) }

    private func parts(bands: [Int], overview: Int?, areWritten: Bool) -> [PixelRect] {
        let whole = PixelRect(x0: 0, y0: 0, x1: width, y1: height)
        guard driverName == "GTiff", !bands.isEmpty else { return areWritten ? [whole] : [] }
        // Samples of a pixel that lie side by side are written together.
        let first = structure("INTERLEAVE") == "PIXEL" ? [bands[0]] : bands
        let tables = first.compactMap { number in
            withBand(number) { band in overview.map { GDALGetOverview(band, Int32($0)) } ?? band }
        }.map(BlockTable.init)
        guard let table = tables.first, tables.count == first.count, tables.allSatisfy(\.isKnown) else {
            return areWritten ? [whole] : []
        }
        if isReadLineByLine {
            // All lines are one block.
            let isWritten = tables.contains { $0.isWritten(0, 0) }
            return isWritten == areWritten ? [whole] : []
        }
        return table.parts { column, row in
            tables.contains { $0.isWritten(column, row) } == areWritten
        }
    }
}

/// Where the blocks of one band of a TIFF stand in its file.
private struct BlockTable {
    private let band: GDALRasterBandH
    private let width: Int
    private let height: Int
    private let blockWidth: Int
    private let blockHeight: Int

    init(_ band: GDALRasterBandH) {
        self.band = band
        var (blockWidth, blockHeight): (Int32, Int32) = (0, 0)
        GDALGetBlockSize(band, &blockWidth, &blockHeight)
        (width, height) = (Int(GDALGetRasterBandXSize(band)), Int(GDALGetRasterBandYSize(band)))
        (self.blockWidth, self.blockHeight) = (Int(blockWidth), Int(blockHeight))
    }

    /// Whether it is a band of a TIFF. Overviews that are decoded out of JPEG data are none.
    var isKnown: Bool {
        GDALGetDataCoverageStatus(band, 0, 0, 1, 1, 0, nil) & GDAL_DATA_COVERAGE_STATUS_UNIMPLEMENTED == 0
    }

    func isWritten(_ column: Int, _ row: Int) -> Bool {
        GDALGetMetadataItem(band, "BLOCK_OFFSET_\(column)_\(row)", "TIFF") != nil
    }

    /// Rectangles of blocks: neighbours in a row are one, and equal rows, too.
    func parts(_ isWanted: (_ column: Int, _ row: Int) -> Bool) -> [PixelRect] {
        let (columnCount, rowCount) = (
            (width + blockWidth - 1) / blockWidth, (height + blockHeight - 1) / blockHeight
        )
        var parts: [PixelRect] = []
        var above = 0..<0
        for row in 0..<rowCount {
            var runs: [PixelRect] = []
            var start: Int?
            for column in 0...columnCount {
                if column < columnCount, isWanted(column, row) {
                    start = start ?? column
                } else if let first = start {
                    runs.append(
                        PixelRect(
                            x0: first * blockWidth, y0: row * blockHeight,
                            x1: min(column * blockWidth, width), y1: min((row + 1) * blockHeight, height)))
                    start = nil
                }
            }
            if !runs.isEmpty, parts[above].elementsEqual(runs, by: { ($0.x0, $0.x1) == ($1.x0, $1.x1) }) {
                for index in above { parts[index].y1 = runs[0].y1 }
            } else {
                above = parts.count..<parts.count + runs.count
                parts += runs
            }
        }
        return parts
    }
}

extension PixelRect {
    /// The pixels of a smaller picture whose middle lies in this part of a larger one; `nil` where there are none.
    func shrunk(from full: (width: Int, height: Int), to small: (width: Int, height: Int)) -> PixelRect? {
        func interval(_ start: Int, _ end: Int, _ full: Int, _ small: Int) -> Range<Int> {
            func first(_ edge: Int) -> Int {
                // The least pixel with (pixel + 1/2) * full / small >= edge.
                min(small, max(0, (2 * edge * small + full - 1) / (2 * full)))
            }
            return first(start)..<max(first(start), first(end))
        }
        let x = interval(x0, x1, full.width, small.width)
        let y = interval(y0, y1, full.height, small.height)
        guard !x.isEmpty, !y.isEmpty else { return nil }
        return PixelRect(x0: x.lowerBound, y0: y.lowerBound, x1: x.upperBound, y1: y.upperBound)
    }
}
