import CGDAL
import Files
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Blocks of a TIFF that were never written: nothing, and not black.
@Suite struct UnwrittenBlocksTests {
    let folder: TemporaryFolder
    private static let (width, height) = (200, 150)
    /// Of blocks of 64 pixels, those in two columns and in two rows.
    private static let written = [
        PixelRect(x: 64, y: 0, width: 64, height: 128), PixelRect(x: 0, y: 64, width: 64, height: 64),
    ]
    private static let tiles = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "SPARSE_OK=TRUE"]

    init() throws { folder = try TemporaryFolder() }

    private static func isWritten(_ x: Int, _ y: Int) -> Bool {
        written.contains { $0.contains(PixelRect(x: x, y: y, width: 1, height: 1)) }
    }

    /// No sample is 0.
    private func write(
        _ name: String = "sparse.tif", type: GDALDataType = GDT_Byte, options: [String] = [],
        bandCount: Int = 3,
        written: [PixelRect]? = Self.written, transform: [Double] = [], crs: String = ""
    ) throws -> Address {
        try TestRaster(
            width: Self.width, height: Self.height, type: type, bandCount: bandCount,
            samples: (0..<Self.width * Self.height * bandCount).map { Double(100 + $0 % 150) },
            options: options + Self.tiles, transform: transform, crs: crs, written: written
        ).write(to: folder.file(name))
        return Address(folder.file(name))
    }

    private func resolve(_ address: Address, _ change: (inout SceneViewRequest) -> Void = { _ in }) throws
        -> SceneView.Resolved
    {
        var request = SceneViewRequest(fill: RGB(1, 2, 3), windowSize: 1)
        change(&request)
        return try SceneView.resolve(request, for: address)
    }

    /// Reads all of a scene in parts, and holds each pixel to whether its block was written.
    ///
    /// - Parameter isWritten: in pixels that are seen.
    private func check(_ address: Address, _ view: SceneView?, isWritten: (Int, Int) -> Bool) throws {
        let scene = try Scene(opening: address, view: view)
        var reader = try LevelsReader(scene)
        for y in stride(from: 0, to: scene.height, by: 37) {
            for x in stride(from: 0, to: scene.width, by: 51) {
                let part = PixelRect(
                    x0: x, y0: y, x1: min(x + 51, scene.width), y1: min(y + 37, scene.height))
                let read = try reader.read(part, cancellation: Cancellation()).pixels
                for place in 0..<part.area {
                    let (column, row) = (place % part.width, place / part.width)
                    let isThere = isWritten(x + column, y + row)
                    let isValid = read.validHW?[place] != 0
                    let colour = read.image[column, row]
                    guard isThere != isValid || (colour == RGB(1, 2, 3)) == isThere else { continue }
                    Issue.record("\(colour) at \(x + column),\(y + row), \(isValid)")
                    return
                }
            }
        }
    }

    struct Form: CustomTestStringConvertible {
        var testDescription: String
        var options: [String] = []
        var type = GDT_Byte
        var bandCount = 3
    }

    static let forms = [
        Form(testDescription: "not compressed", options: ["INTERLEAVE=PIXEL"]),
        Form(testDescription: "a band at a time", options: ["INTERLEAVE=BAND"]),
        Form(testDescription: "deflate", options: ["COMPRESS=DEFLATE"]),
        Form(
            testDescription: "16 bits", options: ["COMPRESS=DEFLATE", "BIGTIFF=YES"], type: GDT_UInt16,
            bandCount: 1),
    ]

    @Test(arguments: forms) func whatWasNeverWrittenIsInvalid(form: Form) throws {
        let address = try write(type: form.type, options: form.options, bandCount: form.bandCount)
        let found = try resolve(address) { $0.range = .samples([SampleRange(0, 255)]) }
        #expect(found.canHaveInvalidPixels && found.view?.fill == RGB(1, 2, 3))
        try check(address, found.view, isWritten: Self.isWritten)
    }

    @Test func aWholeFileHasNothingInvalid() throws {
        let found = try resolve(write(written: nil))
        #expect(!found.canHaveInvalidPixels && found.view == nil)
    }

    /// Zeros are samples like any others.
    @Test func blackThatWasWrittenIsThere() throws {
        let path = folder.file("black.tif")
        try TestRaster(
            width: Self.width, height: Self.height, bandCount: 3,
            samples: [Double](repeating: 0, count: Self.width * Self.height * 3),
            options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]
        ).write(to: path)
        #expect(try !resolve(Address(path)).canHaveInvalidPixels)
    }

    /// Of an overview, blocks are written that hold anything, and so show black where nothing is.
    @Test(arguments: [false, true]) func aSmallerSceneHasItToo(hasOverviews: Bool) throws {
        let address = try write()
        if hasOverviews { try TestRaster.addOverviews(to: address.description, factors: [2, 4]) }
        for factor in [0.5, 0.25] {
            let view = try resolve(address) { $0.scales = [.factor(factor)] }.view
            let scene = try Scene(opening: address, view: view)
            let read = try scene.open().readMasked(scene.bounds)
            for y in 0..<scene.height {
                for x in 0..<scene.width {
                    let (fullX, fullY) = (
                        Int((Double(x) + 0.5) / factor), Int((Double(y) + 0.5) / factor)
                    )
                    #expect(
                        (read.validHW?[y * scene.width + x] != 0) == Self.isWritten(fullX, fullY), "\(x),\(y)"
                    )
                }
            }
            // Away from edges nothing is mixed in.
            #expect(read.image[0, 0] == RGB(1, 2, 3))
            #expect(read.image[Int(96 * factor), Int(64 * factor)].red >= 100)
        }
    }

    @Test func anOverviewThatWasNeverWrittenIsNoBlackScene() throws {
        let address = try write(written: nil)
        try TestRaster.addOverviews(to: address.description, factors: [2], resampling: "NONE")
        let view = try resolve(address) { $0.scales = [.factor(0.5)] }.view
        let scene = try Scene(opening: address, view: view)
        let read = try scene.open().readMasked(scene.bounds)
        #expect(read.image.pixelsHWC.allSatisfy { $0 >= 100 } && read.validHW == nil)
    }

    @Test func severalScalesAndAnOrientationHaveIt() throws {
        let address = try write(options: ["COMPRESS=DEFLATE"])
        var view = try #require(
            try resolve(address) {
                $0.scales = [.factor(1), .factor(0.5)]
                ($0.windowSize, $0.stride) = (16, 8)
            }.view)
        let stack = try #require(view.stack)
        let half = stack.levels[1].place
        let upright = try Scene(opening: address, view: view)
        var reader = try LevelsReader(upright)
        let read = try reader.read(upright.bounds, cancellation: Cancellation()).pixels
        for (x, y) in [(10, 10), (70, 10), (10, 70), (150, 70), (70, 140)] {
            let isWritten = Self.isWritten(x, y)
            #expect((read.validHW?[y * upright.width + x] != 0) == isWritten, "\(x),\(y)")
            let place = (half.y0 + y / 2) * upright.width + x / 2
            #expect((read.validHW?[place] != 0) == isWritten, "\(x),\(y) of the half")
        }
        (view.stack, view.orientation) = (nil, 6)
        // Turned by a quarter: what was below is at the left.
        try check(address, view) { x, y in Self.isWritten(y, Self.height - 1 - x) }
    }

    @Test func whatWasNeverWrittenDoesNotCountForRanges() throws {
        let address = try write(type: GDT_UInt16, options: ["COMPRESS=DEFLATE"], bandCount: 1)
        let range = try #require(try resolve(address) { $0.range = .percent(0) }.view?.ranges?.first)
        #expect(range == SampleRange(100, 249))
    }

    /// What one sheet does not have is seen in the one below, and else it is nowhere.
    @Test func sheetsLeaveItToOthers() throws {
        let transform: [Double] = [500_000, 1, 0, 5_000_000, 0, -1]
        let one = try write("one.tif", transform: transform, crs: "EPSG:32633")
        let other = try write(
            "other.tif", written: [PixelRect(x: 0, y: 0, width: 128, height: 64)], transform: transform,
            crs: "EPSG:32633")
        let path = folder.file("scene.vrt")
        try SceneSheets([one, other]).write(to: .replacing(path))
        let found = try resolve(Address(path))
        #expect(found.canHaveInvalidPixels)
        try check(Address(path), found.view) { x, y in
            Self.isWritten(x, y) || (x < 128 && y < 64)
        }
    }
}
