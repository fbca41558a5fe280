internal import CGDAL
public import Files
public import Pixels
import Synchronization

extension Image {
    /// Writes a PNG file, which appears complete or not at all.
    ///
    /// - Parameter cancellation: where it is requested, the encoding fails soon; ask it then.
    public func writePNG(
        to output: OutputFile, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) {
        try withEncoded(driver: "PNG", options: [], cancellation) { bytes throws(RasterError) in
            do throws(FileError) {
                var writer = try FileWriter(output)
                try writer.write(bytes)
                try writer.commit()
            } catch {
                throw RasterError(error)
            }
        }
    }

    /// The bytes of a PNG file.
    ///
    /// - Parameter cancellation: where it is requested, the encoding fails soon; ask it then.
    public func pngData(cancellation: Cancellation = Cancellation()) throws(RasterError) -> [UInt8] {
        try encoded(driver: "PNG", options: [], cancellation)
    }

    /// The bytes of a JPEG file.
    ///
    /// - Parameter quality: `1...100`.
    /// - Parameter cancellation: as for `pngData`.
    public func jpegData(
        quality: Int, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> [UInt8] {
        precondition((1...100).contains(quality))
        return try encoded(driver: "JPEG", options: ["QUALITY=\(quality)"], cancellation)
    }

    private func encoded(
        driver name: String, options: [String], _ cancellation: Cancellation
    ) throws(RasterError) -> [UInt8] {
        try withEncoded(driver: name, options: options, cancellation) { bytes in
            bytes.withUnsafeBytes { Array($0) }
        }
    }

    /// Lends the encoded bytes, which are in memory once.
    private func withEncoded<Result>(
        driver name: String, options: [String], _ cancellation: Cancellation,
        _ body: (RawSpan) throws(RasterError) -> Result
    ) throws(RasterError) -> Result {
        let operation = "encode \(width)x\(height) pixels as \(name)"
        let path = "/vsimem/tilescope-\(encodedCount.add(1, ordering: .relaxed).newValue)"
        let driver = try GDAL.driver(name, for: path)
        CPLErrorReset()
        let isDone = GDAL.withOptions(options) { options in
            withDataset { image in
                guard let image,
                    let file = GDALCreateCopy(
                        driver, path, image, 0, options,
                        { _, _, wish in Cancellation.isRequestedAt(wish) ? 0 : 1 },
                        UnsafeMutableRawPointer(mutating: cancellation.pointer))
                else { return false }
                GDALClose(file)
                return CPLGetLastErrorType() != CE_Failure
            }
        }
        guard isDone else {
            let error = RasterError(.cannotEncode, operation, "image in memory")
            VSIUnlink(path)
            throw error
        }
        var byteCount: vsi_l_offset = 0
        guard let bytes = VSIGetMemFileBuffer(path, &byteCount, 1) else {
            throw RasterError(.cannotEncode, operation, "image in memory")
        }
        defer { VSIFree(bytes) }
        return try body(UnsafeRawBufferPointer(start: bytes, count: Int(byteCount)).bytes)
    }

    /// Lends the pixels as a GDAL dataset, without a copy.
    private func withDataset<Result>(_ body: (GDALDatasetH?) -> Result) -> Result {
        pixelsHWC.withUnsafeBytes { bytes in
            let dataset = GDALCreate(
                GDALGetDriverByName("MEM"), "", Int32(width), Int32(height), 0, GDT_Byte, nil)
            defer { GDALClose(dataset) }
            for channel in 0..<3 {
                let address = bytes.baseAddress.map { UInt(bitPattern: $0) + UInt(channel) } ?? 0
                let options = ["DATAPOINTER=\(address)", "PIXELOFFSET=3", "LINEOFFSET=\(width * 3)"]
                let status = GDAL.withOptions(options) { GDALAddBand(dataset, GDT_Byte, $0) }
                guard status == CE_None else { return body(nil) }
            }
            return body(dataset)
        }
    }
}

/// Numbers the names in GDAL's memory, which all threads share.
private let encodedCount = Atomic(0)
