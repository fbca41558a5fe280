/// Finds the first picture of an animated WebP file, which GDAL does not read.
///
/// - Source: the WebP container specification (developers.google.com/speed/webp/docs/riff_container): RIFF chunks of a
///   name, a size and an even number of bytes; `ANMF` is a frame: 16 bytes about it, then chunks as in a still file.
enum AnimatedWebP {
    /// A still WebP file of the first frame, without its alpha; `nil` where the bytes are no animated WebP.
    static func firstFrame(of bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8),
            let frame = chunk(["ANMF"], in: bytes[12...]),
            let picture = chunk(["VP8 ", "VP8L"], in: frame.dropFirst(8 + 16))
        else { return nil }
        let size = UInt32(4 + picture.count)
        return Array("RIFF".utf8) + withUnsafeBytes(of: size.littleEndian) { Array($0) }
            + Array("WEBP".utf8) + Array(picture)
    }

    /// The first chunk of one of these names, with its name and size.
    private static func chunk(
        _ names: [String], in bytes: Slice<UnsafeRawBufferPointer>
    ) -> Slice<UnsafeRawBufferPointer>? {
        var rest = bytes
        while rest.count >= 8 {
            let size = rest.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            let length = 8 + size + size % 2
            guard length <= rest.count else { return nil }
            if names.contains(where: { rest.starts(with: $0.utf8) }) { return rest.prefix(length) }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}
