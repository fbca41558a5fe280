import Bytes
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

private let colours = [RGB(0, 0, 0), RGB(255, 0, 0), RGB(0, 200, 30), RGB(255, 255, 255)]

private func frame(_ seed: UInt64) -> Image {
    var random = SplitMix64(seed: seed)
    var image = Image(width: 33, height: 21)
    for y in 0..<21 { for x in 0..<33 { image[x, y] = colours[Int.random(in: 0..<4, using: &random)] } }
    return image
}

@Test func theFirstFrameHasExactlyTheColoursGiven() throws {
    try withTemporaryFolder { folder in
        let writer = try GIFWriter(
            .replacing(folder + "/film.gif"), width: 33, height: 21, palette: colours + colours)
        for seed in 1...3 { try writer.add(frame(UInt64(seed)), centiseconds: 10) }
        try writer.commit()
        #expect(try Image(reading: folder + "/film.gif") == frame(1))
        let bytes = try Data(contentsOf: URL(filePath: folder + "/film.gif"))
        // Loops for ever, and has a control block before each frame.
        #expect(bytes.range(of: Data("NETSCAPE2.0".utf8)) != nil)
        let controls = zip(bytes, zip(bytes.dropFirst(), bytes.dropFirst(2))).count {
            $0 == 0x21 && $1.0 == 0xF9 && $1.1 == 4
        }
        #expect(controls == 3)
    }
}

@Test func otherColoursBecomeTheNearestOfThePalette() throws {
    try withTemporaryFolder { folder in
        let writer = try GIFWriter(
            .replacing(folder + "/film.gif"), width: 2, height: 1, palette: colours)
        try writer.add(Image(width: 2, height: 1, pixelsHWC: [250, 240, 255, 200, 60, 40]), centiseconds: 10)
        try writer.commit()
        let shown = try Image(reading: folder + "/film.gif")
        #expect(shown.pixelsHWC == [255, 255, 255, 255, 0, 0])
    }
}

@Test func aFilmThatIsNotCommittedLeavesNothing() throws {
    try withTemporaryFolder { folder in
        var writer: GIFWriter? = try GIFWriter(
            .replacing(folder + "/film.gif"), width: 33, height: 21, palette: colours)
        try writer?.add(frame(1), centiseconds: 10)
        writer = nil
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #expect(throws: RasterError.self) {
            try GIFWriter(.replacing(folder + "/none/film.gif"), width: 1, height: 1, palette: colours)
        }
    }
}
