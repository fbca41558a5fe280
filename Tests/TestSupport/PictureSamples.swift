import Foundation

/// Small pictures in forms that decoders are prone to read otherwise, for tests that give them to commands.
///
/// All but the HEIC are 32 pixels wide and high; its left half is red at the top.
public enum PictureSamples {
    /// By file name.
    public static let all: [String: [UInt8]] = [
        "deep.jpg": deepJPEG, "inks.jpg": inksJPEG, "photo.heic": heic, "still.webp": webP,
        "animated.webp": animatedWebP, "canvas.gif": canvasGIF, "fields.bmp": fieldsBMP,
    ]

    /// 12 bits: `gdal_translate -ot UInt16 -scale 0 255 0 4095 -of JPEG -co QUALITY=80` (GDAL 3.6.2).
    public static let deepJPEG = bytes(
        """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwg\
            IyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo\
            KCgoKCgoKCgoKCgoKCj/wQARDAAgACADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAACAoGC//EABsQAAAHAQAAAAAA\
            AAAAAAAAAAAHCSU0Q1Ez/8QAFwEBAAMAAAAAAAAAAAAAAAAACwgKDP/EAB0RAAAFBQAAAAAAAAAAAAAAAAAJJFJxCDQ1QUL/\
            2gAMAwEAAhEDEQA/AOMiSadkdnysP4k07ODPlYonJNOyOz5WH8SadkdnysJrnf1vZFS7ciGxPRjFgrb1AnXJNOzgz5WH8Sad\
            kdnysUTkmnZHZ8rD+JNOyOz5WB3Dv63sipduQqqT0YxYK29QNWSadnBnysP4k07ODPlYonJNOyOz5WH6SadkdnysXGTv63si\
            pduRm0iejGLBW3qBOwSadnBnysP4k07I7PlYonJNOyOz5WH6SadkdnysDuHf1vZFS7chVYnoxiwVt6gf/9k=
        """)

    /// Cyan, magenta, yellow and black, without Adobe's mark: GDAL's JPEG writer.
    public static let inksJPEG = bytes(
        """
            /9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/\
            wAAUCAAgACAEABEAAREAAhEAAxEA/8QAHAAAAgIDAQEAAAAAAAAAAAAAAAYHCAIDBAkF/8QAIxAAAQMEAQUBAQAAAAAAAAAA\
            AAUSMgECAwQGBxEhIoFCQf/aAA4EAAABAAIAAwAAPwCZOoMsv0mLkK053sVzQ42lqSvvL5XkZ8hU3O9ht1Y0AiddlcRnyHbc\
            7yZ7EagKW1KpGfIcjnCstxuA9B+oMsv0swrrTnexoQ42gV95fK8SVdTc72G3VjQCJ12VwkK+253kz2I1AUtqVRJV8jnCstxu\
            A9B+oMsv0lfeWnd/Y0IcbQK+8vleL28pu7+w26saAROuyuF7e23d/JnsRqApbUqi9vZHdxWW43Aeg/UGWX6fXyrTv0aEONoF\
            feXyvOTKpu/Q26saAROuyuOPLtu/pnsRqApbUqnHlyOFZbjcB//ZeJz7/39gAQAiIH+BjwEAAA==
        """)

    /// 64 x 48 pixels: libheif 1.15 with x265, quality 60.
    public static let heic = bytes(
        """
            AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAa1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA\
            AAAAAA5waXRtAAAAAAACAAAAEGlkYXQAAAAAAEAAMAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHRAAEAAAAAAAAAowACAAEA\
            AAAAAAAAAQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAA\
            AADYaXBycAAAALZpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAe\
            ugJAIQABACpCAQEDcAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAAAwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAA\
            AAAAAEAAAABAAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QA\
            AAAaaXJlZgAAAAAAAAAOZGltZwACAAEAAQAAAKttZGF0AAAAnygBrwngIzUt/8mf/79PIeIMkdO7v1KFbq7Uv4NX/xobX36O\
            9P/8qogNRcv8knmqgSbmbP/JVlpPnxPTxnRddd6BPe9e78NCKq1bUAAhsdIMWz4gWyfl4dsbvrXpcIlSiBQGKpdRN1rmnhN5\
            hnxXnWyU0eWQj6QzO+cyJjgfxjB3xqOXXF3jF6zokjlKw1Iq4Xqzb+iQm9W45GAdd5IgvA==
        """)

    /// Without loss: GDAL's WebP writer.
    public static let webP = bytes(
        """
            UklGRj4AAABXRUJQVlA4TDIAAAAvH8AHAAmAIAb8L1uI6H/qAiAI/+MWIvqfCiJtm8L7dz18MghCgoT/i23GBLDVA/V/AQ==
        """)

    /// The still as the first frame of an animation, at 8,4 on a canvas of 48 x 40 pixels.
    public static var animatedWebP: [UInt8] {
        let picture = Array(webP[12...])
        var frame = number(4, 3) + number(2, 3)
        frame += number(31, 3) + number(31, 3)
        frame += number(100, 3) + [0] + picture
        var chunks = chunk("VP8X", [2, 0, 0, 0] + number(47, 3) + number(39, 3))
        chunks += chunk("ANIM", [0, 0, 0, 0, 0, 0])
        chunks += chunk("ANMF", frame)
        chunks += chunk("ANMF", frame)
        return Array("RIFF".utf8) + number(4 + chunks.count, 4) + Array("WEBP".utf8) + chunks
    }

    /// Four colours in a picture of 16 x 8 pixels, at 6,10 on a screen of 32 x 32. Its codes are nine bits wide: the table is cleared before
    /// it grows.
    public static var canvasGIF: [UInt8] {
        let colours: [UInt8] = [250, 250, 250, 200, 30, 40, 20, 180, 60, 10, 40, 220]
        let palette = colours + [UInt8](repeating: 0, count: 768 - colours.count)
        var bits: [Int] = []
        func add(_ code: Int) { bits += (0..<9).map { code >> $0 & 1 } }
        for index in 0..<16 * 8 {
            if index.isMultiple(of: 100) { add(256) }
            add(1 + (index % 16) / 6)
        }
        add(257)
        bits += [Int](repeating: 0, count: (8 - bits.count % 8) % 8)
        let data = stride(from: 0, to: bits.count, by: 8).map { start in
            UInt8((0..<8).reduce(0) { $0 | bits[start + $1] << $1 })
        }
        var file = Array("GIF89a".utf8) + number(32, 2) + number(32, 2)
        file += [0xF7, 0, 0] + palette + [0x2C]
        file += number(6, 2) + number(10, 2) + number(16, 2) + number(8, 2)
        file += [0, 8, UInt8(data.count)] + data
        return file + [0, 0x3B]
    }

    /// 32 bits a pixel, red in the lowest byte.
    public static var fieldsBMP: [UInt8] {
        let pixels = (0..<32 * 32).flatMap { place -> [UInt8] in
            let (row, column) = place.quotientAndRemainder(dividingBy: 32)
            return [UInt8(column * 8), UInt8(row * 8), 77, 0]
        }
        var header = number(40, 4) + number(32, 4) + number(32, 4)
        header += number(1, 2) + number(32, 2) + number(3, 4)
        header += [UInt8](repeating: 0, count: 20)
        header += number(0xFF, 4) + number(0xFF00, 4) + number(0xFF0000, 4)
        var file = Array("BM".utf8) + number(14 + header.count + pixels.count, 4)
        file += number(0, 4) + number(14 + header.count, 4)
        return file + header + pixels
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        Array(name.utf8) + number(content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    /// The least significant byte first.
    private static func number(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
    }
}
