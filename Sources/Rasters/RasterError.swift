internal import CGDAL
package import Files
import Foundation

/// A raster could not be opened, read, encoded or written.
public struct RasterError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case cannotOpen, cannotRead, sceneChanged, unsupported, cannotEncode, cannotWrite, noSpace
        /// The caller's cancellation was requested.
        case interrupted
    }
    public var code: Code
    /// With the values that matter: `"read 512x512 at 1024,0"`.
    public var operation: String
    public var path: String
    /// GDAL's own words, or ours where it has none, with what to do.
    public var cause: String

    public var description: String { "\(path): cannot \(operation): \(cause)" }

    init(_ code: Code, _ operation: String, _ path: String, cause: String) {
        (self.code, self.operation, self.path, self.cause) = (code, operation, path, cause)
    }

    init(interrupted operation: String, path: String) {
        self.init(.interrupted, operation, path, cause: "interrupted")
    }

    /// With GDAL's words. It keeps them per thread, so build the error where the call came back.
    init(_ code: Code, _ operation: String, _ path: String) {
        let words = GDAL.words(about: path)
        self.init(code, operation, path, cause: words.isEmpty ? "unknown reason" : words)
    }

    /// The same for what an address names; without its secrets.
    init(_ code: Code, _ operation: String, _ address: Address) {
        let words = GDAL.words(about: address)
        self.init(
            code, operation, address.description,
            cause: words.isEmpty ? "unknown reason" : address.hidingSecrets(in: words))
    }

    /// For a file that GDAL was writing: its last words tell the symptom, so look whether the disk is full.
    ///
    /// - Parameter temporaryPath: in the same folder; its name is taken out of the words.
    init(writing path: String, temporaryPath: String, _ operation: String) {
        let words = GDAL.words(about: temporaryPath).replacing(temporaryPath, with: "the file")
        self.init(.cannotWrite, operation, path, cause: words.isEmpty ? "unknown reason" : words)
        var disk = statvfs()
        if statvfs(temporaryPath, &disk) == 0, UInt(disk.f_bavail) * UInt(disk.f_frsize) < 1 << 20 {
            code = .noSpace
            cause = "No space left on device (\(cause))"
        }
    }

    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case .cannotOpen: .cannotOpen
            case .cannotRead, .changed: .cannotRead
            case .cannotWrite, .locked, .exists, .isInput: .cannotWrite
            case .noSpace: .noSpace
            case .tooLarge: .unsupported
            case .interrupted: .interrupted
            }
        self.init(code, error.operation, error.path, cause: error.cause)
    }
}
