internal import CGDAL
import Foundation
import Synchronization

/// What the library as a whole needs.
package enum GDAL {
    /// Registers the drivers and sets the options, once per process; every entry calls it first.
    package static func start() { _ = isStarted }

    /// What its cache of decoded blocks may hold; by default it would be a share of the machine's memory. Who reads rows of squares
    /// finds those of the row before in it, up to 40,000 pixels in width.
    package static let blockCacheByteCount = 64 << 20

    /// What the cache may hold while pixels pass through it that nobody asks for again.
    private static let passingCacheByteCount = 8 << 20

    /// How many threads have such pixels now.
    private static let passingCount = Mutex(0)

    /// Makes the cache small while `body` reads or writes a file once from front to back. Other threads share it meanwhile.
    package static func passing<Result>(_ body: () throws -> Result) rethrows -> Result {
        start()
        passingCount.withLock { count in
            count += 1
            GDALSetCacheMax64(GIntBig(passingCacheByteCount))
        }
        defer {
            passingCount.withLock { count in
                count -= 1
                if count == 0 { GDALSetCacheMax64(GIntBig(blockCacheByteCount)) }
            }
        }
        return try body()
    }

    private static let isStarted: Bool = {
        // What goes wrong is thrown by us; GDAL shall not print it as well.
        CPLSetErrorHandler(CPLQuietErrorHandler)
        // A damaged JPEG is an error, not a half grey picture.
        CPLSetConfigOption("GDAL_ERROR_ON_LIBJPEG_WARNING", "TRUE")
        GDALSetCacheMax64(GIntBig(blockCacheByteCount))
        for (name, value) in usualOptions where CPLGetConfigOption(name, nil) == nil {
            CPLSetConfigOption(name, value)
        }
        useUsualNames()
        GDALAllRegister()
        WholeReads.install()
        return true
    }()

    /// What is set unless the user has set it.
    private static let usualOptions = [
        // A server that is busy for a moment shall not cost an image.
        ("GDAL_HTTP_MAX_RETRY", "3"), ("GDAL_HTTP_RETRY_DELAY", "1"),
        // One that says nothing any more shall not hold a job for ever.
        ("GDAL_HTTP_CONNECTTIMEOUT", "20"), ("GDAL_HTTP_LOW_SPEED_TIME", "60"),
        ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
        // Up to so many bytes, neighbouring tiles of a TIFF in a store come in one request; by default a block of a scan is larger.
        ("GDAL_MAX_RAW_BLOCK_CACHE_SIZE", "200000000"),
    ]

    /// Has one more header in all requests of `body`, on this thread.
    static func with<Result>(header: String?, _ body: () -> Result) -> Result {
        guard let header else { return body() }
        let name = "GDAL_HTTP_HEADERS"
        let before = CPLGetThreadLocalConfigOption(name, nil).map { String(cString: $0) }
        let others = CPLGetConfigOption(name, nil).map { String(cString: $0) + "," } ?? ""
        // GDAL takes quotes for its own: the whole is quoted, and those in it are escaped.
        CPLSetThreadLocalConfigOption(name, "\(others)\"\(header.replacing("\"", with: "\\\""))\"")
        defer { CPLSetThreadLocalConfigOption(name, before) }
        return body()
    }

    /// How often what failed is asked for again.
    static var retryCount: Int {
        start()
        return CPLGetConfigOption("GDAL_HTTP_MAX_RETRY", nil).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// Seconds before it is asked for again for the first time.
    static var retryDelay: Double {
        start()
        return CPLGetConfigOption("GDAL_HTTP_RETRY_DELAY", nil).flatMap { Double(String(cString: $0)) } ?? 1
    }

    /// Settings that Amazon's own programs have under other names than GDAL 3.6.
    private static func useUsualNames() {
        let settings = ProcessInfo.processInfo.environment
        func set(_ name: String, _ value: String?) {
            guard let value, CPLGetConfigOption(name, nil) == nil else { return }
            CPLSetConfigOption(name, value)
        }
        set("CPL_AWS_CREDENTIALS_FILE", settings["AWS_SHARED_CREDENTIALS_FILE"])
        guard let endpoint = settings["AWS_ENDPOINT_URL_S3"] ?? settings["AWS_ENDPOINT_URL"],
            let mark = endpoint.firstRange(of: "://"), CPLGetConfigOption("AWS_S3_ENDPOINT", nil) == nil
        else { return }
        let place = endpoint[mark.upperBound...]
        set("AWS_S3_ENDPOINT", place.hasSuffix("/") ? String(place.dropLast()) : String(place))
        set("AWS_HTTPS", endpoint.hasPrefix("http://") ? "NO" : "YES")
        // Servers of one's own have one name for all buckets.
        set("AWS_VIRTUAL_HOSTING", "FALSE")
    }

    /// GDAL's last words without the file's name, which stands before them already. It keeps them per thread.
    package static func words(about path: String) -> String {
        var words = String(cString: CPLGetLastErrorMsg())
        for name in ["\(path): ", "\(path):", "\(path), ", "`\(path)' "] where words.hasPrefix(name) {
            words.removeFirst(name.count)
        }
        for quote in ["`", "'", "\""] {
            words = words.replacing("\(quote)\(path)\(quote == "`" ? "'" : quote)", with: "the file")
        }
        return words
    }

    /// The same about what an address names, without its secrets.
    package static func words(about address: Address) -> String {
        address.hidingSecrets(in: words(about: address.gdalPath))
    }

    /// Whether it can read paths that begin so: `"/vsis3/"`.
    static func reads(_ prefix: String) -> Bool {
        start()
        let prefixes = VSIGetFileSystemsPrefixes()
        defer { CSLDestroy(prefixes) }
        return CSLFindString(prefixes, prefix) >= 0
    }
}
