internal import CGDAL

/// What the library as a whole needs.
package enum GDAL {
    /// Registers the drivers and sets the options, once per process; every entry calls it first.
    package static func start() { _ = isStarted }

    private static let isStarted: Bool = {
        // What goes wrong is thrown by us; GDAL shall not print it as well.
        CPLSetErrorHandler(CPLQuietErrorHandler)
        // A damaged JPEG is an error, not a half grey picture.
        CPLSetConfigOption("GDAL_ERROR_ON_LIBJPEG_WARNING", "TRUE")
        // Its cache of decoded blocks; the default is a share of the machine's memory. Who reads rows of squares finds those
        // of the row before in it, up to 40,000 pixels in width.
        GDALSetCacheMax64(64 << 20)
        // A server that is busy for a moment shall not cost an image.
        for (name, value) in [("GDAL_HTTP_MAX_RETRY", "3"), ("GDAL_HTTP_RETRY_DELAY", "1")]
        where CPLGetConfigOption(name, nil) == nil {
            CPLSetConfigOption(name, value)
        }
        GDALAllRegister()
        return true
    }()

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
