import Foundation

private typealias Scalars = Substring.UnicodeScalarView

/// A text with `…` for each secret of the addresses among its words.
package func withoutSecrets(_ text: String) -> String {
    var (result, rest) = ("", text[...].unicodeScalars)
    while !rest.isEmpty {
        let word = rest.prefix { !$0.properties.isWhitespace }
        result += Secrets(in: String(word)).shown
        rest = rest[word.endIndex...]
        let space = rest.prefix { $0.properties.isWhitespace }
        result.unicodeScalars += space
        rest = rest[space.endIndex...]
    }
    return result
}

/// What nobody else should read in an address: users and passwords, and parameters that hold signatures, keys or tokens.
///
/// Where it is not clear what is secret, more is hidden. Addresses are looked at character by Unicode character, as those who open
/// them do: to a Swift `Character` a mark after `/` or `@` belongs.
struct Secrets {
    /// The address with `…` for each secret.
    private(set) var shown = ""
    /// Each secret with what stands around it, and what is shown instead.
    private var hidden: [(text: String, shown: String)] = []
    /// The secrets alone, where they are long enough not to occur by chance.
    private var values: Set<String> = []

    /// Parts of a parameter's name, in small letters.
    private static let secretWords = [
        "signature", "credential", "token", "secret", "pass", "pwd", "key", "auth", "cookie", "delegation",
        "accessid", "header.",
    ]
    /// Whole names; most are from Azure's shared access signatures.
    private static let secretNames: Set<String> = [
        "sig", "se", "sp", "sv", "st", "skoid", "sktid", "pw", "sas",
    ]

    /// - Parameter text: an address; a path of this machine has no secrets.
    init(in text: String) {
        guard text.firstMark(":/") != nil || text.firstMark("/vsi") != nil else {
            shown = text
            return
        }
        hideParameters(in: hidingUsers(in: text)[...].unicodeScalars)
    }

    var isAny: Bool { !hidden.isEmpty }

    /// Takes the secrets out of words in which the address may be written in another way.
    func removed(from words: String) -> String {
        var words = words
        let longestFirst = hidden.sorted { $0.text.utf8.count > $1.text.utf8.count }
        for (text, shown) in longestFirst { words = words.replacingScalars(of: text, with: shown) }
        for value in values.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            words = words.replacingScalars(of: value, with: "…")
        }
        return words
    }

    private mutating func hidingUsers(in text: String) -> String {
        var result = ""
        var rest = text[...].unicodeScalars
        // With one slash it is a mistake, and GDAL connects to the server all the same.
        while let mark = Substring(rest).firstMark(":/") {
            let isWhole = rest[mark.upperBound...].first == "/"
            let host = isWhole ? rest.index(after: mark.upperBound) : mark.upperBound
            result.unicodeScalars += rest[..<host]
            rest = rest[host...]
            if Self.isUnclear(rest) {
                hide(String(rest), showing: "…")
                return result + "…"
            }
            guard let end = Self.endOfUser(rest, after: result.lowercased()) else { continue }
            let user = rest[..<end]
            hide(String(user) + "@", showing: "…@")
            addValue(user.firstIndex(of: ":").map { user[user.index(after: $0)...] } ?? user)
            result += "…@"
            rest = rest[rest.index(after: end)...]
        }
        result.unicodeScalars += rest
        return result
    }

    private static func isEndOfHost(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "/" || scalar == "?" || scalar == "#"
    }

    private static func endsParameter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "?" || scalar == "&" || scalar == "#"
    }

    /// Whether a password seems to hold one of `/?#`, which should be written otherwise: what follows the host is no port.
    private static func isUnclear(_ text: Scalars) -> Bool {
        let host = text.prefix { !isEndOfHost($0) }
        guard host.first != "[", !host.contains("@"), let colon = host.lastIndex(of: ":") else {
            return false
        }
        let port = host[host.index(after: colon)...]
        return (port.isEmpty || !port.allSatisfy { ("0"..."9").contains($0) }) && text.contains("@")
    }

    /// Where the `@` is after `user`, `user:password` or a token; `nil` without.
    ///
    /// - Parameter before: what stands before, up to `://`.
    private static func endOfUser(_ text: Scalars, after before: String) -> Scalars.Index? {
        let host = text.prefix { !isEndOfHost($0) }
        guard let end = host.lastIndex(of: "@") else { return nil }
        // `abfs://container@account` has no secret.
        let isContainer = before.hasSuffix("abfs://") || before.hasSuffix("abfss://")
        return isContainer && !host[..<end].contains(":") ? nil : end
    }

    private mutating func hideParameters(in text: Scalars) {
        let place = text.prefix { !Self.endsParameter($0) }
        shown.unicodeScalars += place
        var rest = text[place.endIndex...]
        while let mark = rest.popFirst() {
            let parameter = rest.prefix { !Self.endsParameter($0) }
            rest = rest[parameter.endIndex...]
            shown.unicodeScalars.append(mark)
            shown += hidingValue(of: parameter)
        }
    }

    /// - Parameter parameter: `"name=value"`.
    private mutating func hidingValue(of parameter: Scalars) -> String {
        guard let sign = parameter.firstIndex(of: "=") else { return String(parameter) }
        let (name, value) = (String(parameter[...sign]), parameter[parameter.index(after: sign)...])
        let plainName = Self.plain(parameter[..<sign]).lowercased()
        if Self.secretNames.contains(plainName) || Self.secretWords.contains(where: plainName.contains) {
            hide(String(parameter), showing: name + "…")
            addValue(value)
            return name + "…"
        }
        // GDAL's `/vsicurl?url=…` has an address as a parameter.
        let inner = Secrets(in: Self.plain(value))
        guard inner.isAny else { return String(parameter) }
        hide(String(parameter), showing: name + inner.shown)
        hidden += inner.hidden
        values.formUnion(inner.values)
        return name + inner.shown
    }

    private mutating func hide(_ text: String, showing shown: String) { hidden.append((text, shown)) }

    private mutating func addValue(_ value: Scalars) {
        let spellings = [String(value), Self.plain(value)]
        values.formUnion(spellings.filter { $0.utf8.count >= 4 })
    }

    private static func plain(_ text: Scalars) -> String {
        String(text).removingPercentEncoding ?? String(text)
    }
}

extension String {
    /// With another text for each place of `old`, whatever marks follow it.
    package func replacingScalars(of old: String, with new: String) -> String {
        String(
            String.UnicodeScalarView(unicodeScalars.replacing(old.unicodeScalars, with: new.unicodeScalars)))
    }
}
