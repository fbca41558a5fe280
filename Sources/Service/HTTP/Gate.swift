import Bytes
import Foundation
import HTTPTypes

/// Who may ask.
///
/// With a token each request has to carry it. Without one the service listens on this machine's own addresses only, and
/// requests have to come from there by name, too: a page of another site, or one whose name was pointed here, is refused.
struct Gate: Sendable {
    /// A digest of the token, so that a comparison takes the same time whatever was given.
    private let digest: [UInt8]?
    /// Whether a host's name stands for this machine alone: without a token the service listens there, and is asked so.
    static func isLoopback(_ name: String) -> Bool {
        name == "localhost" || name == "::1" || name == "[::1]" || name.hasPrefix("127.") && isIPv4(name)
    }

    /// - Parameter token: `nil` where none is needed.
    init(token: String?) { digest = token.map { Self.digest(of: $0) } }

    var needsToken: Bool { digest != nil }

    private static func digest(of text: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(Array(text.utf8).span.bytes)
        return hash.finalize()
    }

    /// - Throws: 401 or 403.
    func check(_ request: HTTPRequest, isOpen: Bool) throws(Problem) {
        if let site = request.headerFields[.secFetchSite], site != "same-origin", site != "none",
            request.method != .get || site != "same-site"
        {
            // A page of another site may link here, and nothing else.
            let isLink =
                request.method == .get && request.headerFields[.secFetchMode] == "navigate" && isOpen
            guard isLink else { throw Problem(.forbidden, "pages of other sites may not use this service") }
        }
        if let origin = request.headerFields[.origin], origin != "null" || request.method != .get {
            guard let host = request.authority, ["http://" + host, "https://" + host].contains(origin) else {
                throw Problem(.forbidden, "pages of other sites may not use this service: \(origin)")
            }
        }
        guard let digest else {
            let name = request.authority.map(Self.withoutPort) ?? ""
            guard Self.isLoopback(name) else {
                throw Problem(
                    .forbidden,
                    "without a token this service is asked as localhost or 127.0.0.1, not as '\(name)'")
            }
            return
        }
        guard !isOpen else { return }
        let given = request.headerFields[.authorization] ?? ""
        let parts = given.split(separator: " ", maxSplits: 1)
        let token = parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : ""
        var difference: UInt8 = 0
        for (one, other) in zip(Self.digest(of: token), digest) { difference |= one ^ other }
        guard difference == 0 else {
            throw Problem(
                .unauthorized, "this service needs its token: Authorization: Bearer TOKEN",
                fields: [.wwwAuthenticate: "Bearer"])
        }
    }

    private static func withoutPort(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }

    private static func isIPv4(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site") ?? .origin
    static let secFetchMode = Self("Sec-Fetch-Mode") ?? .origin
    static let requestID = Self("X-Request-Id") ?? .origin
    static let referrerPolicy = Self("Referrer-Policy") ?? .origin
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy") ?? .origin
    static let lastEventID = Self("Last-Event-ID") ?? .origin
    /// On a picture of which something could not be read.
    static let damaged = Self("Tilescope-Damaged") ?? .origin
}
