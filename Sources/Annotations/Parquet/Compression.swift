internal import CGDAL
import Files

/// Zstandard, where GDAL has it, or nothing.
struct Compression {
    /// GDAL's function and what it wants to be given; `nil` where pages stay as they are.
    private let zstd: (compress: CPLCompressionFunc, data: UnsafeMutableRawPointer?)?

    init() {
        GDAL.start()
        let compressor = CPLGetCompressor("zstd")?.pointee
        zstd = compressor.flatMap { compressor in
            compressor.pfnFunc.map { (compress: $0, data: compressor.user_data) }
        }
    }

    /// How the format calls it: `CompressionCodec` in `parquet.thrift`.
    var codec: Int { zstd == nil ? 0 : 6 }

    /// - Returns: `nil` where there is no memory for it.
    func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard let zstd else { return bytes }
        var result: UnsafeMutableRawPointer?
        var count = 0
        let isDone = bytes.withUnsafeBytes {
            zstd.compress($0.baseAddress, $0.count, &result, &count, nil, zstd.data)
        }
        guard isDone, let result else { return nil }
        defer { VSIFree(result) }
        return Array(UnsafeRawBufferPointer(start: result, count: count))
    }
}
