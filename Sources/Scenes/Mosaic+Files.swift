public import Files
import Pixels
import Rasters
import Records

extension Mosaic {
    /// Writes the scene as a tiled TIFF, and its truth. They appear at the end, one after the other. An older
    /// truth is removed first, so that a scene never stands beside a truth that does not belong to it.
    ///
    /// The truth has one JSON object per line for each tile, from the lowest to the highest:
    /// `{"box":[x0,y0,x1,y1],"class":"car","sourceClass":"automobile","z":12,"visibleFraction":0.83}`, in scene pixels;
    /// `class` is the group, `visibleFraction` 0 for a tile that others hide.
    ///
    /// Memory: 690 MB for a scene of 25,600 x 38,144 with 1.9 million tiles, the pack's pages and GDAL's blocks included.
    ///
    /// - Parameter job: looked up and told for each band. Where it is cancelled, nothing is written.
    /// - Throws: `RecordsError`, `RasterError`, `FileError`, `Cancelled`.
    public func write(
        scene sceneFile: OutputFile, truth truthFile: OutputFile?, job: Job<MosaicProgress> = Job()
    ) throws {
        var scene = try TiledTIFFWriter(sceneFile, width: width, height: height)
        for y in stride(from: 0, to: height, by: TiledTIFFWriter.blockSide) {
            try job.checkCancellation()
            let end = min(y + TiledTIFFWriter.blockSide, height)
            for strip in try strips(y..<end) { try scene.write(strip.image, x: 0, y: strip.y) }
            job.report(.painting(rowCount: end, height: height))
        }
        if let truthFile {
            var truth = try FileWriter(truthFile)
            try writeTruth(to: &truth, job: job)
            try truth.end()
            try scene.end(cancellation: job.cancellation)
            try truth.removeReplaced()
            try scene.commit()
            try truth.commit()
        } else {
            try scene.end(cancellation: job.cancellation)
            try scene.commit()
        }
    }

    /// Paints a band in strips, on all cores.
    private func strips(_ rows: Range<Int>) throws(RecordsError) -> [(y: Int, image: Image)] {
        let starts = Array(stride(from: rows.lowerBound, to: rows.upperBound, by: 64))
        return try concurrentMap(starts.count) { index throws(RecordsError) in
            let end = min(starts[index] + 64, rows.upperBound)
            return (starts[index], try image(of: PixelRect(x0: 0, y0: starts[index], x1: width, y1: end)))
        }
    }

    private func writeTruth(to file: inout FileWriter, job: Job<MosaicProgress>) throws {
        let lines = TruthLines(self)
        for placements in [base, overlays.sorted { $0.z < $1.z }] {
            for start in stride(from: 0, to: placements.count, by: 1 << 16) {
                try job.checkCancellation()
                let end = min(start + 1 << 16, placements.count)
                let parts = concurrentMap((end - start + 1023) / 1024) { part in
                    let first = start + part * 1024
                    return placements[first..<min(first + 1024, end)].flatMap { lines.line(for: $0).utf8 }
                }
                for part in parts { try file.write(part) }
            }
        }
    }
}

/// Writes tiles as JSON.
private struct TruthLines: Sendable {
    private let mosaic: Mosaic
    /// For each class of the pack `"class":"car","sourceClass":"automobile"`.
    private let namesOfClass: [String]

    init(_ mosaic: Mosaic) {
        self.mosaic = mosaic
        namesOfClass = zip(mosaic.pack.classNames, mosaic.groups.groupOfClass).map { name, group in
            let groupName = group.map { mosaic.groups.names[$0] } ?? name
            return "\"class\":\(jsonString(groupName)),\"sourceClass\":\(jsonString(name))"
        }
    }

    func line(for placement: Mosaic.Placement) -> String {
        let box = mosaic.box(of: placement)
        let names = namesOfClass[mosaic.pack.label(of: Int(placement.tile))]
        return "{\"box\":[\(box.x0),\(box.y0),\(box.x1),\(box.y1)],\(names),\"z\":\(placement.z),"
            + "\"visibleFraction\":\(mosaic.visibleFraction(of: placement))}\n"
    }
}
