import Files
import Pixels
import Records

/// A pack of tiles of one colour each, so that a tile can be told by its first byte: tile *i* has red = *i*.
func writePack(to path: String, tileCount: Int, side: Int, classNames: [String]) throws {
    let writer = try TilePackWriter(
        .replacing(path), tileWidth: side, tileHeight: side, classNames: classNames)
    for index in 0..<tileCount {
        let pixels = [UInt8](repeating: UInt8(index), count: side * side * 3)
        try writer.append(pixels.span, label: index % classNames.count)
    }
    try writer.commit()
}
