import CGDAL
import Files
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Scenes that are read smaller than they are.
struct ReducedReaderTests {
    private func raster(_ width: Int, _ height: Int, options: [String] = []) -> TestRaster {
        TestRaster(
            width: width, height: height, bandCount: 3,
            samples: (0..<width * height * 3).map { Double(($0 &* 2_654_435_761) >> 8 & 255) },
            options: options)
    }

    /// The mean of what lies in a rectangle, in whole pixels.
    private func mean(_ image: Image, _ part: PixelRect) -> [Double] {
        var sums = [0.0, 0, 0]
        for y in part.y0..<part.y1 {
            for x in part.x0..<part.x1 {
                let pixel = image[x, y]
                for (channel, light) in [pixel.red, pixel.green, pixel.blue].enumerated() {
                    sums[channel] += Double(light)
                }
            }
        }
        return sums.map { $0 / Double(part.area) }
    }

    private func check(_ seen: Image, of full: Image, x: Int, y: Int, step: Int) {
        var largest = 0.0
        for row in 0..<seen.height {
            for column in 0..<seen.width {
                let part = PixelRect(
                    x0: x + column * step, y0: y + row * step, x1: min(x + (column + 1) * step, full.width),
                    y1: min(y + (row + 1) * step, full.height))
                let pixel = seen[column, row]
                for (light, mean) in zip([pixel.red, pixel.green, pixel.blue], mean(full, part)) {
                    largest = max(largest, abs(Double(light) - mean))
                }
            }
        }
        #expect(largest <= 0.51, "\(largest)")
    }

    @Test(arguments: [[], ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48"], ["COMPRESS=DEFLATE"]])
    func averages(options: [String]) throws {
        let folder = try TemporaryFolder()
        try raster(333, 217, options: options).write(to: folder.file("a.tif"))
        let scene = try Scene(opening: Address(folder.file("a.tif")))
        let full = try scene.open().read(scene.bounds)
        for step in [1, 2, 3, 8, 64, 512] {
            let cell = ReducedReader.Cell(width: Double(step), height: Double(step))
            let reader = try ReducedReader(scene, cell: cell, cancellation: Cancellation())
            let (width, height) = ((333 + step - 1) / step, (217 + step - 1) / step)
            let seen = try reader.read(
                x: 0, y: 0, cell: cell, width: width, height: height, cancellation: Cancellation())
            check(seen, of: full, x: 0, y: 0, step: step)
            guard step < 64 else { continue }
            let part = try reader.read(
                x: Double(2 * step), y: Double(3 * step), cell: cell, width: 4, height: 5,
                cancellation: Cancellation())
            check(part, of: full, x: 2 * step, y: 3 * step, step: step)
        }
    }

    @Test func readsOverviews() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.tif")
        try raster(512, 256, options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]).write(to: path)
        try TestRaster.addOverviews(to: path, factors: [2, 4])
        let scene = try Scene(opening: Address(path))
        let full = try scene.open().read(scene.bounds)
        for step in [2, 4, 8] {
            let cell = ReducedReader.Cell(width: Double(step), height: Double(step))
            let reader = try ReducedReader(scene, cell: cell, cancellation: Cancellation())
            #expect(reader.decodedPixelCount(of: scene.bounds) == 512 * 256 / min(step, 4) / min(step, 4))
            let seen = try reader.read(
                x: 0, y: 0, cell: cell, width: 512 / step, height: 256 / step, cancellation: Cancellation())
            // Averages of averages, each rounded.
            #expect(abs(mean(seen, seen.bounds)[0] - mean(full, full.bounds)[0]) < 1)
            #expect(
                abs(
                    Double(seen[3, 2].green)
                        - mean(full, PixelRect(x: 3 * step, y: 2 * step, width: step, height: step))[1])
                    <= 1.6)
        }
    }

    @Test func showsWhatLiesBeyondInABackground() throws {
        let folder = try TemporaryFolder()
        try raster(20, 10).write(to: folder.file("a.tif"))
        let scene = try Scene(opening: Address(folder.file("a.tif")))
        let full = try scene.open().read(scene.bounds)
        let cell = ReducedReader.Cell(width: 0.5, height: 0.5)
        let reader = try ReducedReader(scene, cell: cell, cancellation: Cancellation())
        let seen = try reader.read(
            x: -2, y: -2, cell: cell, width: 60, height: 40, cancellation: Cancellation())
        #expect(seen[3, 3] == RGB(255, 255, 255) && seen[4, 3] == RGB(255, 255, 255))
        #expect(seen[4, 4] == full[0, 0] && seen[5, 5] == full[0, 0] && seen[6, 4] == full[1, 0])
        #expect(seen[43, 23] == full[19, 9] && seen[44, 23] == RGB(255, 255, 255))
    }

    @Test func writesASmallerCopy() throws {
        let folder = try TemporaryFolder()
        try raster(1234, 777, options: ["COMPRESS=DEFLATE"]).write(to: folder.file("a.tif"))
        let scene = try Scene(opening: Address(folder.file("a.tif")))
        let full = try scene.open().read(scene.bounds)
        var fraction = 0.0
        try scene.writeReduced(by: 8, to: .new(folder.file("b.tif")), cancellation: Cancellation()) {
            #expect($0 >= fraction)
            fraction = $0
        }
        #expect(fraction == 1)
        let made = try Scene(opening: Address(folder.file("b.tif")))
        #expect((made.width, made.height) == (155, 98))
        check(try made.open().read(made.bounds), of: full, x: 0, y: 0, step: 8)
        let cell = ReducedReader.Cell(width: 16, height: 16)
        let reader = try ReducedReader(
            made, ofWidth: 1234, height: 777, reducedBy: 8, cell: cell, cancellation: Cancellation())
        let seen = try reader.read(
            x: 0, y: 0, cell: cell, width: 78, height: 49, cancellation: Cancellation())
        let expected = mean(full, PixelRect(x: 160, y: 320, width: 16, height: 16))
        #expect(abs(Double(seen[10, 20].red) - expected[0]) <= 1.1)
        let cancelled = Cancellation()
        cancelled.request()
        #expect(throws: (any Error).self) {
            try scene.writeReduced(by: 8, to: .new(folder.file("c.tif")), cancellation: cancelled) { _ in }
        }
        #expect(try folder.names == ["a.tif", "b.tif"])
    }
}
