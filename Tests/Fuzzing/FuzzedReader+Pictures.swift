import CGDAL
import Files
import Foundation
import Pixels
import Rasters

extension FuzzedReader {
    static let pictures = [
        ("png", "PNG", []), ("jpeg", "JPEG", []), ("jpeg-progressive", "JPEG", ["PROGRESSIVE=YES"]),
        ("tiff", "GTiff", []), ("tiff-lzw", "GTiff", ["COMPRESS=LZW", "TILED=YES"]),
        ("tiff-deflate", "GTiff", ["COMPRESS=DEFLATE", "PREDICTOR=2"]),
        ("tiff-jpeg", "GTiff", ["COMPRESS=JPEG"]),
        ("bmp", "BMP", []), ("gif", "GIF", []), ("webp", "WEBP", ["LOSSLESS=YES"]),
    ].map { name, driver, options in
        FuzzedReader(
            name: name, corpus: { try encoded(in: $0, driver: driver, options: options) },
            repair: driver == "PNG" ? sealPNG : nil,
            read: { folder in
                let path = folder + "/picture"
                let bytes = try Array(Data(contentsOf: URL(filePath: path)))
                _ = try Image(decoding: bytes.span.bytes)
                let raster = try Raster(opening: path)
                _ = try raster.overview(maxSide: 32)
                let scene = try Scene(opening: .init(path))
                let window = scene.bounds.intersection(PixelRect(x: 4, y: 4, width: 8, height: 8))
                _ = try scene.open().read(window ?? scene.bounds)
            })
    }

    /// A colour picture and a grey one, as far as the driver writes both.
    private static func encoded(in folder: String, driver: String, options: [String]) throws -> [Input] {
        GDALAllRegister()
        return try [3, 1].compactMap { bandCount in
            var samples = drawnPicture(1, side: 24).pixelsHWC
            let drawn = GDALCreate(
                GDALGetDriverByName("MEM"), "", 24, 24, Int32(bandCount), GDT_Byte, nil)
            defer { GDALClose(drawn) }
            for band in 1...bandCount {
                let band = GDALGetRasterBand(drawn, Int32(band))
                guard GDALRasterIO(band, GF_Write, 0, 0, 24, 24, &samples, 24, 24, GDT_Byte, 0, 0) == CE_None
                else { return nil }
            }
            var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
            defer { CSLDestroy(list) }
            for option in options { list = CSLAddString(list, option) }
            let writer = GDALGetDriverByName(driver)
            guard let copy = GDALCreateCopy(writer, folder + "/picture", drawn, 0, list, nil, nil) else {
                return nil
            }
            GDALClose(copy)
            return try Input(["picture"], in: folder)
        }
    }

    /// Makes the checksum of every chunk right.
    private static func sealPNG(_ bytes: inout [UInt8], sound: [UInt8]) {
        var start = 8
        while start + 12 <= bytes.count {
            let count = (0..<4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
            guard count <= bytes.count - start - 12 else { return }
            let end = start + 8 + count
            var checksum = UInt32.max
            for byte in bytes[start + 4..<end] {
                checksum ^= UInt32(byte)
                for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1) * 0xEDB8_8320 }
            }
            for index in 0..<4 {
                bytes[end + index] = UInt8(truncatingIfNeeded: ~checksum >> (24 - 8 * UInt32(index)))
            }
            start = end + 4
        }
    }
}
