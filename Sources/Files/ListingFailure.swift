internal import CGDAL

/// Hears why a part of a list did not come.
///
/// GDAL's lists of object stores end as if they were whole where a part of them does not come. What the server answered
/// instead stands only in the messages for debugging.
///
/// - Source: GDAL 3.6 to 3.11, `cpl_vsil_s3.cpp`: `GetFileList` and `IssueListDir`, and those like them.
final class ListingFailure {
    private var words: String?

    /// What failed while `body` listed something on this thread; `nil` for nothing.
    static func heard(during body: () -> Void) -> String? {
        let failure = ListingFailure()
        let before = CPLGetThreadLocalConfigOption("CPL_DEBUG", nil).map { String(cString: $0) }
        CPLSetThreadLocalConfigOption("CPL_DEBUG", "S3,GS,AZURE,ADLS")
        CPLPushErrorHandlerEx(
            { kind, _, message in
                guard let message, let listener = CPLGetErrorHandlerUserData() else { return }
                Unmanaged<ListingFailure>.fromOpaque(listener).takeUnretainedValue()
                    .hear(kind, String(cString: message))
            }, Unmanaged.passUnretained(failure).toOpaque())
        body()
        CPLPopErrorHandler()
        CPLSetThreadLocalConfigOption("CPL_DEBUG", before)
        return withExtendedLifetime(failure) { failure.words }
    }

    /// - Parameter message: for debugging such as `"S3: <Error>…"`; what is no answer of a server is passed over.
    private func hear(_ kind: CPLErr, _ message: String) {
        if kind == CE_Failure { words = message }
        guard kind == CE_Debug, let colon = message.firstRange(of: ": ") else { return }
        let text = message[colon.upperBound...]
        if text == "(null)" {
            words = "no answer came"
        } else if text.hasPrefix("<") || text.hasPrefix("{") {
            words = "the server answered \(text.prefix(300))"
        }
    }
}
