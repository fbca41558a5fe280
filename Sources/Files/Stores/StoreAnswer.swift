internal import CGDAL

/// What a store or a web server answered where something failed, as GDAL passes it on.
struct StoreAnswer: Hashable {
    /// Such as `NoSuchKey`; `nil` where it is not known.
    let code: String?
    /// All of the answer, or only its message: GDAL keeps one of the two.
    private let text: String

    /// - Parameter number: GDAL's, of the kind of the answer.
    init(_ text: String, number: Int32 = VSIE_None) {
        self.text = text
        code =
            Self.element("Code", of: text) ?? Self.member("exception", of: text)
            ?? Self.member("code", of: text) ?? Self.codes[number]
    }

    /// The last one on this thread, since `StoredFile.forgetErrors`.
    static var last: StoreAnswer? {
        guard let words = VSIGetLastErrorMsg(), words.pointee != 0 else { return nil }
        return StoreAnswer(String(cString: words), number: VSIGetLastErrorNo())
    }

    private static let codes: [Int32: String] = [
        VSIE_AWSAccessDenied: "AccessDenied", VSIE_AWSBucketNotFound: "NoSuchBucket",
        VSIE_AWSObjectNotFound: "NoSuchKey", VSIE_AWSSignatureDoesNotMatch: "SignatureDoesNotMatch",
    ]
    /// Codes of S3, Azure and Hadoop for a file that is not there. Google's are those of S3.
    private static let absences: Set<String> = [
        "NoSuchKey", "BlobNotFound", "PathNotFound", "FileNotFoundException",
    ]
    /// What may be otherwise a moment later.
    private static let passing: Set<String> = [
        "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "ServerBusy",
        "OperationTimedOut",
        "TooManyRequests", "Throttling", "ConditionalRequestConflict",
    ]
    /// What the most common ones mean for whoever reads them.
    private static let meanings = [
        "AccessDenied": "the credentials do not allow it",
        "InvalidAccessKeyId": "there is no such access key",
        "SignatureDoesNotMatch": "the secret key is wrong",
        "ExpiredToken": "the session token has expired; get a new one",
        "InvalidToken": "the session token is not valid",
        "RequestTimeTooSkewed": "this machine's clock is wrong, or the store's is",
        "NoSuchBucket": "there is no such bucket", "ContainerNotFound": "there is no such container",
        "FilesystemNotFound": "there is no such container",
        "AuthenticationFailed": "the account's key or token is wrong",
        "AuthorizationFailure": "the account's key or token does not allow it",
        "SlowDown": "the store gets too many requests; try again later",
    ]

    /// The same of a web server's answers, by the end of what GDAL says of them.
    private static let statusMeanings = [
        "code: 401": "the user or the password is missing or wrong (401)",
        "code: 403": "the server does not allow it (403)",
    ]

    /// Whether the store can be used and has no such file.
    var meansAbsence: Bool {
        if let code { return Self.absences.contains(code) }
        // Azure's and Google's messages, whose codes do not come.
        let isOfAFile = !["bucket", "container", "filesystem"].contains { text.lowercased().contains($0) }
        let isAnswer = text.hasPrefix("HTTP response code") && text.hasSuffix("404")
        return isAnswer || (isOfAFile && text.contains("does not exist"))
    }

    /// Whether a file is there that must not be replaced.
    var meansPresence: Bool {
        ["PreconditionFailed", "BlobAlreadyExists", "PathAlreadyExists"].contains(code ?? "")
    }

    /// Whether the same request may be taken a moment later.
    var mayPass: Bool {
        guard let code else { return !text.hasPrefix("HTTP response code on") }
        return Self.passing.contains(code)
    }

    /// For people.
    var words: String {
        if meansAbsence { return "it is not there" }
        for (end, meaning) in Self.statusMeanings where text.hasSuffix(end) { return meaning }
        let isWhole = text.hasPrefix("<") || text.hasPrefix("{")
        let message =
            isWhole ? Self.element("Message", of: text) ?? Self.member("message", of: text) ?? "" : text
        guard let code else { return isWhole ? "the server answered \(text.prefix(300))" : message }
        let meaning = Self.meanings[code].map { "\($0) (\(code))" } ?? "the store answered \(code)"
        return message.isEmpty ? meaning : "\(meaning): \(message)"
    }

    /// The text of the first XML element of a name.
    private static func element(_ name: String, of text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The text of the first JSON member of a name.
    private static func member(_ name: String, of text: String) -> String? {
        guard let start = text.firstRange(of: "\"\(name)\"") else { return nil }
        let rest = text[start.upperBound...].drop { $0 == ":" || $0 == " " }
        guard rest.first == "\"" else { return nil }
        return String(rest.dropFirst().prefix { $0 != "\"" })
    }
}
