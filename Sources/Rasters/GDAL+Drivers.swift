internal import CGDAL
package import Files

extension GDAL {
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
    package static func withOptions<Result>(
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
