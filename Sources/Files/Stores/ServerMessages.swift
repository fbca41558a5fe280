internal import CGDAL

/// Hears what servers answer to requests that fail.
///
/// GDAL's lists of object stores end as if they were whole where a part of them does not come, and an upload that is refused has no reason.
/// What the server answered stands only in the messages for debugging.
///
/// - Source: GDAL 3.6 to 3.11, `cpl_vsil_s3.cpp`: `GetFileList`, `IssueListDir` and `DoSinglePartPUT`, and those like them.
final class ServerMessages {
    private var last: StoreAnswer?

    /// The last refusal while `body` asked a server on this thread; `nil` for none.
    static func lastRefusal(during body: () -> Void) -> StoreAnswer? {
        let messages = ServerMessages()
        let before = CPLGetThreadLocalConfigOption("CPL_DEBUG", nil).map { String(cString: $0) }
        // Not all: others would print whole addresses with what is secret in them.
        CPLSetThreadLocalConfigOption("CPL_DEBUG", "S3,GS,AZURE,ADLS,WEBHDFS")
        CPLPushErrorHandlerEx(
            { kind, _, message in
                guard let message, let listener = CPLGetErrorHandlerUserData() else { return }
                Unmanaged<ServerMessages>.fromOpaque(listener).takeUnretainedValue()
                    .hear(kind, String(cString: message))
            }, Unmanaged.passUnretained(messages).toOpaque())
        body()
        CPLPopErrorHandler()
        CPLSetThreadLocalConfigOption("CPL_DEBUG", before)
        return withExtendedLifetime(messages) { messages.last }
    }

    /// - Parameter message: for debugging such as `"S3: <Error>…"`; what is no answer of a server is passed over.
    private func hear(_ kind: CPLErr, _ message: String) {
        // The answer itself says more.
        if kind == CE_Failure, last == nil { last = StoreAnswer(message) }
        guard kind == CE_Debug, let colon = message.firstRange(of: ": ") else { return }
        let text = message[colon.upperBound...]
        if text == "(null)" {
            last = StoreAnswer("the server did not answer")
        } else {
            let answer = StoreAnswer(String(text))
            // A page of a server between us and the store has no code. What was done has a result.
            let isPage = text.hasPrefix("<") && !text.contains("Result")
            if answer.code != nil || isPage { last = answer }
        }
    }
}
