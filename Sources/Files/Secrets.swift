import Foundation

/// What nobody else should read in an address: users and passwords, and parameters that hold signatures, keys or tokens.
///
/// Where it is not clear what is secret, more is hidden.
struct Secrets {
    /// The address with `…` for each secret.
    private(set) var shown = ""
    /// Each secret with what stands around it, and what is shown instead.
    private var hidden: [(text: String, shown: String)] = []
    /// The secrets alone, where they are long enough not to occur by chance.
    private var values: Set<String> = []

    /// Parts of a parameter's name, in small letters.
    private static let secretWords = [
        "signature", "credential", "token", "secret", "passw", "pwd", "key", "auth", "cookie", "delegation",
        "accessid", "header.",
    ]
    /// Names in Azure's shared access signatures.
    private static let secretNames: Set<String> = ["sig", "se", "sp", "sv", "st", "skoid", "sktid"]

    /// - Parameter text: an address; a path of this machine has no secrets.
    init(in text: String) {
        guard text.contains("://") || text.hasPrefix("/vsi") else {
            shown = text
            return
        }
        hideParameters(in: hidingUsers(in: text))
    }

    var isAny: Bool { !hidden.isEmpty }

    /// Takes the secrets out of words in which the address may be written in another way.
    func removed(from words: String) -> String {
        var words = words
        let longestFirst = hidden.sorted { $0.text.utf8.count > $1.text.utf8.count }
        for (text, shown) in longestFirst { words = words.replacing(text, with: shown) }
        for value in values.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            words = words.replacing(value, with: "…")
        }
        return words
    }

    private mutating func hidingUsers(in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let mark = rest.firstRange(of: "://") {
            result += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            if Self.isUnclear(rest) {
                hide(rest, showing: "…")
                return result + "…"
            }
            guard let end = Self.endOfUser(rest, after: result.lowercased()) else { continue }
            let user = rest[..<end]
            hide(user + "@", showing: "…@")
            addValue(user.firstIndex(of: ":").map { user[user.index(after: $0)...] } ?? user)
            result += "…@"
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// Whether a password seems to hold one of `/?#`, which should be written otherwise: what follows the host is no port.
    private static func isUnclear(_ text: Substring) -> Bool {
        let host = text.prefix { !"/?#".contains($0) }
        guard !host.hasPrefix("["), !host.contains("@"), let colon = host.lastIndex(of: ":") else {
            return false
        }
        let port = host[host.index(after: colon)...]
        return (port.isEmpty || !port.allSatisfy(\.isNumber)) && text.contains("@")
    }

    /// Where the `@` is after `user`, `user:password` or a token; `nil` without.
    ///
    /// - Parameter before: what stands before, up to `://`.
    private static func endOfUser(_ text: Substring, after before: String) -> Substring.Index? {
        let host = text.prefix { !"/?#".contains($0) }
        guard let end = host.lastIndex(of: "@") else { return nil }
        // `abfs://container@account` has no secret.
        let isContainer = before.hasSuffix("abfs://") || before.hasSuffix("abfss://")
        return isContainer && !host[..<end].contains(":") ? nil : end
    }

    private mutating func hideParameters(in text: String) {
        let place = text.prefix { !"?&#".contains($0) }
        shown += place
        var rest = text[place.endIndex...]
        while let mark = rest.popFirst() {
            let parameter = rest.prefix { !"?&#".contains($0) }
            rest = rest[parameter.endIndex...]
            shown.append(mark)
            shown += hidingValue(of: parameter)
        }
    }

    /// - Parameter parameter: `"name=value"`.
    private mutating func hidingValue(of parameter: Substring) -> String {
        guard let sign = parameter.firstIndex(of: "=") else { return String(parameter) }
        let (name, value) = (parameter[...sign], parameter[parameter.index(after: sign)...])
        let plainName = Self.plain(name.dropLast()).lowercased()
        if Self.secretNames.contains(plainName) || Self.secretWords.contains(where: plainName.contains) {
            hide(parameter, showing: name + "…")
            addValue(value)
            return name + "…"
        }
        // GDAL's `/vsicurl?url=…` has an address as a parameter.
        let inner = Secrets(in: Self.plain(value))
        guard inner.isAny else { return String(parameter) }
        hide(parameter, showing: name + inner.shown)
        hidden += inner.hidden
        values.formUnion(inner.values)
        return name + inner.shown
    }

    private mutating func hide(_ text: some StringProtocol, showing shown: some StringProtocol) {
        hidden.append((String(text), String(shown)))
    }

    private mutating func addValue(_ value: Substring) {
        let spellings = [String(value), Self.plain(value)]
        values.formUnion(spellings.filter { $0.utf8.count >= 4 })
    }

    private static func plain(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }
}
