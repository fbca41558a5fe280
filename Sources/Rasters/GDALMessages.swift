internal import CGDAL
import Files

/// What GDAL says while it does one thing. It keeps only its last words itself, and the first ones tell why.
final class GDALMessages {
    private var all: [String] = []
    /// A file that is damaged throughout gives many.
    private static let limit = 64

    /// Runs `body` and keeps what GDAL says meanwhile, on this thread.
    func collect<Result>(_ body: () -> Result) -> Result {
        CPLErrorReset()
        CPLPushErrorHandlerEx(
            { level, _, words in
                guard level != CE_Debug, let words, let owner = CPLGetErrorHandlerUserData() else { return }
                Unmanaged<GDALMessages>.fromOpaque(owner).takeUnretainedValue().add(String(cString: words))
            }, Unmanaged.passUnretained(self).toOpaque())
        defer { CPLPopErrorHandler() }
        return body()
    }

    private func add(_ words: String) {
        if all.count < Self.limit { all.append(words) }
    }

    /// Whether samples came that the file does not have: libtiff only warns of damage in what JPEG and fax have compressed, and gives
    /// grey or white for it. An error may follow the warning, and the read succeeds all the same.
    var tellOfDamage: Bool {
        all.contains { words in ["JPEGLib:", "Fax3", "Fax4"].contains { words.contains($0) } }
    }

    /// The first words, where others followed that stand for themselves; without those that name the file.
    func first(about address: Address) -> String? {
        guard let first = all.first, all.count > 1, first != all.last, !first.contains(address.gdalPath),
            !first.contains(address.readingPath)
        else { return nil }
        return address.hidingSecrets(in: first)
    }
}
