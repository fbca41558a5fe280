internal import CGDAL

/// What the library as a whole needs.
enum GDAL {
    /// Registers the drivers and sets the options, once per process; every entry calls it first.
    static func start() { _ = isStarted }

    private static let isStarted: Bool = {
        // What goes wrong is thrown by us; GDAL shall not print it as well.
        CPLSetErrorHandler(CPLQuietErrorHandler)
        // A damaged JPEG is an error, not a half grey picture.
        CPLSetConfigOption("GDAL_ERROR_ON_LIBJPEG_WARNING", "TRUE")
        // Its cache of decoded blocks; the default is a share of the machine's memory.
        GDALSetCacheMax64(256 << 20)
        // A server that is busy for a moment shall not cost an image.
        for (name, value) in [("GDAL_HTTP_MAX_RETRY", "3"), ("GDAL_HTTP_RETRY_DELAY", "1")]
        where CPLGetConfigOption(name, nil) == nil {
            CPLSetConfigOption(name, value)
        }
        GDALAllRegister()
        return true
    }()

    /// A driver that GDAL brings in every build with images.
    static func driver(_ name: String, for path: String) throws(RasterError) -> GDALDriverH {
        start()
        guard let driver = GDALGetDriverByName(name) else {
            throw RasterError(
                .unsupported, "write", path, cause: "this GDAL has no \(name) driver; install another build")
        }
        return driver
    }

    /// Lends `options` (`"NAME=value"`) in GDAL's form.
    static func withOptions<Result>(
        _ options: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result
    ) -> Result {
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in options { list = CSLAddString(list, option) }
        defer { CSLDestroy(list) }
        return body(list)
    }

    /// The same for functions that do not change the list.
    static func withConstantOptions<Result>(
        _ options: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        withOptions(options) { options in
            body(options.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) })
        }
    }
}
