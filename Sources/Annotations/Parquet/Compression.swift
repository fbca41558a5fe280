internal import CGDAL
import Files

/// Zstandard, where GDAL has it, or nothing.
struct Compression {
    private let compressor: UnsafePointer<CPLCompressor>?

    init() {
        GDAL.start()
        compressor = CPLGetCompressor("zstd")
    }

    /// Parquet's number for it.
    var code: Int { compressor == nil ? 0 : 6 }

    func compressed(_ bytes: [UInt8]) -> [UInt8] {
        guard let compressor, let compress = compressor.pointee.pfnFunc else { return bytes }
        var (result, count) = (UnsafeMutableRawPointer?.none, 0)
        let isDone = bytes.withUnsafeBytes {
            compress($0.baseAddress, $0.count, &result, &count, nil, compressor.pointee.user_data)
        }
        guard isDone, let result else { preconditionFailure("zstd has no memory") }
        defer { VSIFree(result) }
        return Array(UnsafeRawBufferPointer(start: result, count: count))
    }
}
