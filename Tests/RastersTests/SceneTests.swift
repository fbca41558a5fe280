import Bytes
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct SceneTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("scene.tif")
        try write(seed: 1)
    }

    /// A scene of noise, large enough that only some places of its file are looked at.
    private func write(seed: UInt64, width: Int = 700, height: Int = 600) throws {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var writer = try TiledTIFFWriter(.replacing(path), width: width, height: height)
        try writer.write(Image(width: width, height: height, pixelsHWC: bytes), x: 0, y: 0)
        try writer.commit()
    }

    private func scene() throws -> Scene { try Scene(opening: Address(path)) }

    @Test func saysWhatItHolds() throws {
        let scene = try scene()
        #expect((scene.width, scene.height, scene.bandCount) == (700, 600, 3))
        #expect((scene.storedBlock.width, scene.storedBlock.height) == (512, 512))
        #expect(scene.georeference == nil)
    }

    @Test func aCopyElsewhereWithAnotherNameHasTheSameIdentity() throws {
        let identity = try scene().identity
        let copy = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: path, toPath: copy.file("other.tif"))
        #expect(try Scene(opening: Address(copy.file("other.tif"))).identity == identity)
        #expect(identity.parts.count == 1)
    }

    @Test func otherPixelsOrAnotherLengthMakeAnotherIdentity() throws {
        let identity = try scene().identity
        try write(seed: 2)
        #expect(try scene().identity != identity)
    }

    @Test func whatBelongsToASceneBelongsToItsIdentity() throws {
        let identity = try scene().identity
        _ = try folder.write(Array("<PAMDataset></PAMDataset>".utf8), to: "scene.tif.aux.xml")
        let other = try scene().identity
        #expect(other != identity && other.parts.count == 2)
    }

    @Test func partsOfAMosaicOfFilesBelongToItsIdentity() throws {
        let mosaic = """
            <VRTDataset rasterXSize="700" rasterYSize="600"><VRTRasterBand dataType="Byte" band="1">
            <SimpleSource><SourceFilename relativeToVRT="1">scene.tif</SourceFilename><SourceBand>1</SourceBand>
            </SimpleSource></VRTRasterBand></VRTDataset>
            """
        let path = try folder.write(Array(mosaic.utf8), to: "mosaic.vrt")
        let identity = try Scene(opening: Address(path)).identity
        #expect(identity.parts.count == 2)
        try write(seed: 2)
        #expect(try Scene(opening: Address(path)).identity != identity)
    }

    @Test func aSceneThatStaysIsReadAgain() throws {
        let scene = try scene()
        try scene.check()
        #expect(try scene.open().read(PixelRect(x: 5, y: 6, width: 7, height: 8)).width == 7)
    }

    @Test(arguments: ["replaced", "changed", "shorter", "gone"])
    func aSceneThatIsNotTheSameAnyMoreIsAnError(how: String) throws {
        let scene = try scene()
        switch how {
        case "replaced": try write(seed: 1)
        case "changed":
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seek(toOffset: 200_000)
            try file.write(contentsOf: Data([1]))
            try file.close()
        case "shorter": #expect(truncate(path, 100_000) == 0)
        default: try FileManager.default.removeItem(atPath: path)
        }
        for body in [{ try scene.check() }, { _ = try scene.open() }] {
            let error = #expect(throws: RasterError.self, performing: body)
            #expect(error?.code == .sceneChanged && error?.description.contains(path) == true)
        }
    }

    @Test(arguments: [0, 1, 100_000, 196_608, 196_609, 200_000, 3_000_000_000])
    func looksAtBothEndsAndPlacesBetween(byteCount: Int) {
        let places = SceneIdentity.places(in: byteCount)
        #expect(places.first?.lowerBound == 0 && places.last?.upperBound == byteCount)
        #expect(places.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= byteCount })
        #expect(places.reduce(0) { $0 + $1.count } <= 196_608)
        #expect(byteCount <= 196_608 ? places.count == 1 : places.count == 18)
    }
}
