import Foundation
import HTTPTypes

/// One entry of the API: a method, a path with names in braces, and what answers.
struct Route: Sendable {
    typealias Handler = @Sendable (Incoming) async throws -> Answer

    var method: HTTPRequest.Method
    /// Such as `/v1/models/{model}/predict`; `{name...}` at the end takes the rest of the path.
    var path: String
    /// Whether it answers without a token.
    var isOpen: Bool
    var handler: Handler

    let parts: [Substring]

    init(_ method: HTTPRequest.Method, _ path: String, isOpen: Bool = false, _ handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.isOpen = isOpen
        self.handler = handler
        parts = path.split(separator: "/", omittingEmptySubsequences: true)
    }

    /// - Returns: what stands for the names; `nil` where the path is another one.
    func match(_ names: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (index, part) in parts.enumerated() {
            guard index < names.count else { return nil }
            guard part.hasPrefix("{") else {
                guard part == names[index] else { return nil }
                continue
            }
            if part.hasSuffix("...}") {
                parameters[String(part.dropFirst().dropLast(4))] = names[index...].joined(separator: "/")
                return parameters
            }
            parameters[String(part.dropFirst().dropLast())] = names[index]
        }
        return parts.count == names.count ? parameters : nil
    }
}

/// A request's target, decoded.
struct RequestTarget {
    /// Parts of the path between slashes.
    var names: [String]
    var query: [String: String]

    /// - Throws: 400 for what is no target, leads upwards or has an impossible name.
    init(_ target: String) throws(Problem) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.count <= 8192 else {
            throw Problem(
                .badRequest, "the request's path must begin with a slash and have 8,192 bytes at most")
        }
        names = []
        for part in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let name = Self.decoded(part), name != "..", name != "." else {
                throw Problem(.badRequest, "the request's path leads upwards or is not UTF-8")
            }
            names.append(name)
        }
        if names.last == "" { names.removeLast() }
        guard !names.contains("") else {
            throw Problem(.badRequest, "the request's path has two slashes in a row")
        }
        query = [:]
        guard parts.count > 1 else { return }
        for pair in parts[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0]),
                let value = Self.decoded(sides.count > 1 ? Substring(sides[1].replacing("+", with: " ")) : "")
            else { throw Problem(.badRequest, "the request's query is not UTF-8") }
            guard query.updateValue(value, forKey: name) == nil else {
                throw Problem(.badRequest, "the request's query has '\(name)' twice")
            }
        }
    }

    /// - Returns: `nil` for a wrong escape, for what is no UTF-8, and for control characters.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16),
                digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
