internal import CGDAL
import Foundation

/// Where a file or a folder is: on this machine's disks, in an object store, on a web server or in an archive.
///
/// It is written as a path of this machine, as GDAL's own path (`/vsizip/…`), or with one of the schemes `file`, `http`,
/// `https`, `s3`, `gs`, `az`, `abfs`, `abfss`, `webhdfs` and `hdfs`. `TILESCOPE_WEBHDFS=host:port` names the web server that is asked for
/// `hdfs` addresses. It may hold secrets: a password, a signature, a token.
/// `description` and what `encode` writes are for people and have none, so that an address which was decoded may
/// no longer open. Two addresses are equal where they are written alike, secrets included.
public struct Address: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// As it was given.
    private let text: String

    /// - Parameter text: anything; what it names need not exist.
    public init(_ text: String) { self.text = text }

    /// As it was given, with its secrets: to open it again, and for nothing that anybody reads.
    package var unhidden: String { text }

    /// For people, logs, plans and errors: as it was given, with `…` for each secret, and `\xE9` for a byte of a name that is
    /// no UTF-8.
    public var description: String { Secrets(in: text).shown.showingRawBytes }

    /// Empty, so that `dump` shows no more than `description` does.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The path of a file of this machine; `nil` for one that only GDAL can read.
    public var localPath: String? {
        guard let (scheme, rest) = Self.split(text) else {
            return text.utf8.starts(with: "/vsi".utf8) ? nil : text
        }
        guard scheme == "file" else { return nil }
        let host = rest.utf8.starts(with: "localhost/".utf8) ? "localhost" : ""
        let path = rest.dropFirst(host.count)
        // A mark that follows the slash belongs to a name.
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        return Self.withoutPercents(path)
    }

    /// The same from wherever it is looked at.
    package var absolute: Address {
        guard let localPath, !localPath.hasPrefix("/") else { return self }
        return Address(FileManager.default.currentDirectoryPath + "/" + localPath)
    }

    /// The file of this machine that is read: the archive, for a path into one; `nil` where there is none.
    package var localFile: String? {
        if let localPath { return localPath }
        // Such as `/vsitar//data/a.tar/1.png`, `/vsizip/{a.zip}/1.png` and `/vsisubfile/0_100,/data/a.tar`.
        var rest = text.unicodeScalars[...]
        while rest.starts(with: "/vsi".unicodeScalars) {
            rest = rest.dropFirst().drop { $0 != "/" }.dropFirst()
        }
        if text.utf8.starts(with: "/vsisubfile/".utf8) { rest = rest.drop { $0 != "," }.dropFirst() }
        let path = String.UnicodeScalarView(rest.filter { $0 != "{" && $0 != "}" })
        let ends = path.indices.filter { path[$0] == "/" } + [path.endIndex]
        return ends.lazy.map { String(path[..<$0]) }.first { FileGuard(path: $0) != nil }
    }

    /// What the last part is called, for names of outputs: without a query, and with no secret.
    ///
    /// Empty for the root of the disks.
    public var lastComponent: String {
        if let localPath { return Self.lastPart(localPath) }
        let shown = description
        guard let scheme = shown.firstMark("://") else {
            return Self.lastPart(shown)
        }
        let rest = shown.unicodeScalars[scheme.upperBound...]
        // In an object store these are letters of a name as others are.
        let place = isInObjectStore ? rest : rest.prefix { $0 != "?" && $0 != "#" }
        let name = Self.lastPart(String(place))
        let plain = Self.withoutPercents(name[...])
        return plain.contains("/") ? name : plain
    }

    /// The same folder of a store, without a slash at the end.
    package var withoutLastSlash: Address {
        var text = text
        while localPath == nil, text.utf8.last == UInt8(ascii: "/"), !text.hasSuffix("://") {
            text.removeLast()
        }
        return Address(text)
    }

    /// Something in this folder.
    ///
    /// - Parameter name: as a list of the folder has it, with `/` between its parts.
    public func appending(_ name: String) -> Address {
        let (folder, query) = placeAndQuery
        let isEscaped = Self.split(text)?.scheme == "file"
        let part = isEscaped ? name.replacing("%", with: "%25") : name
        return Address(folder + (folder.hasSuffix("/") ? "" : "/") + part + query)
    }

    /// The folder that it is in; `nil` for a name without a folder, a bucket or a host.
    package var folder: Address? {
        let (place, query) = placeAndQuery
        guard let slash = place.unicodeScalars.lastIndex(of: "/"),
            !place[..<slash].utf8.suffix(2).elementsEqual(":/".utf8)
        else { return nil }
        return Address(String(place[..<slash] + query))
    }

    /// Whether it names a folder: one of this machine, or an address that ends with a slash.
    package var isFolder: Bool { localPath.map(folderExists) ?? description.hasSuffix("/") }

    /// Why nothing can be opened there; `nil` where it may be tried.
    package var objection: String? {
        switch Self.split(text)?.scheme {
        case "file" where localPath == nil:
            "write a file:// address as file:///path; it names a file on this machine"
        case "hdfs" where !GDAL.reads("/vsihdfs/") && Self.webHDFS == nil:
            "this GDAL cannot read hdfs://; write webhdfs://host:port/path, with the port of the name node's web"
                + " server (9870 by default), or set TILESCOPE_WEBHDFS=host:port for all hdfs:// addresses"
        default: nil
        }
    }

    /// Why no file can be written there; `nil` where it may be tried.
    package var writingObjection: String? {
        if let objection { return objection }
        return localPath != nil || isInStore
            ? nil : "outputs can only be written to disks and object stores; write it here, then copy it"
    }

    /// Whether a file that cannot be read in parts is better fetched first.
    package var isFetchedWhole: Bool { isInStore || gdalPath.utf8.starts(with: "/vsicurl/".utf8) }

    /// Whether it is in an object store or a distributed file system.
    public var isInStore: Bool { isInObjectStore || has(["/vsiwebhdfs/", "/vsihdfs/"]) }

    /// Whether it is in a store that has files under names, and no folders.
    var isInObjectStore: Bool { has(["/vsis3/", "/vsigs/", "/vsiaz/", "/vsiadls/"]) }

    private func has(_ prefixes: [String]) -> Bool {
        guard localPath == nil else { return false }
        let path = gdalPath
        return prefixes.contains { path.utf8.starts(with: $0.utf8) }
    }

    /// GDAL's name of it, with its secrets. Lend it to the system by `withNameBytes`.
    ///
    /// The account that an `abfs` address names becomes known to GDAL.
    package var gdalPath: String {
        if let localPath { return localPath }
        guard let (scheme, rest) = Self.split(text) else { return text }
        switch scheme {
        case "http", "https": return "/vsicurl/" + text
        case "s3": return "/vsis3/" + rest
        case "gs": return "/vsigs/" + rest
        case "az": return "/vsiaz/" + rest
        case "abfs", "abfss": return Self.dataLakePath(rest)
        case "webhdfs":
            let host = Self.host(rest)
            return Self.webHDFSPath(host, rest.dropFirst(host.count))
        case "hdfs":
            guard !GDAL.reads("/vsihdfs/"), let server = Self.webHDFS else { return "/vsihdfs/" + text }
            return Self.webHDFSPath(server[...], rest.dropFirst(Self.host(rest).count))
        default: return text
        }
    }

    /// The same for what reads it: of stores and web servers whole ranges come, or an error.
    package var readingPath: String { isFetchedWhole ? WholeReads.prefix + gdalPath : gdalPath }

    /// What GDAL calls a file that it found beside one that was opened by `readingPath`.
    package init(readingPath: String) {
        self.init(
            readingPath.utf8.starts(with: WholeReads.prefix.utf8)
                ? String(readingPath.dropFirst(WholeReads.prefix.count)) : readingPath)
    }

    /// Words of a library about this address, without the secrets.
    package func hidingSecrets(in words: String) -> String {
        let secrets = Secrets(in: text)
        let words = words.replacingScalars(of: WholeReads.prefix, with: "")
        guard secrets.isAny else { return words }
        return secrets.removed(from: words.replacingScalars(of: gdalPath, with: secrets.shown))
    }

    /// Web addresses have a query from the first `?` on.
    private var placeAndQuery: (place: Substring, query: Substring) {
        guard ["http", "https", "webhdfs"].contains(Self.split(text)?.scheme) else { return (text[...], "") }
        let query = text.unicodeScalars.firstIndex(of: "?") ?? text.endIndex
        return (text[..<query], text[query...])
    }

    /// The scheme in small letters, and what follows `://`; `nil` for a path.
    private static func split(_ text: String) -> (scheme: String, rest: Substring)? {
        guard let mark = text.firstMark("://") else { return nil }
        let scheme = text[..<mark.lowerBound]
        let isScheme = scheme.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
        return isScheme && !scheme.isEmpty ? (scheme.lowercased(), text[mark.upperBound...]) : nil
    }

    /// `container@account.dfs.core.windows.net/path`, or without the account, which then comes from
    /// `AZURE_STORAGE_ACCOUNT`.
    private static func dataLakePath(_ rest: Substring) -> String {
        let host = Self.host(rest)
        let container = host.prefix { $0 != "@" }
        let path = "/vsiadls/\(container)"
        if container.count < host.count {
            let account = host.dropFirst(container.count + 1).prefix { $0 != "." }
            VSISetPathSpecificOption(path, "AZURE_STORAGE_ACCOUNT", String(account))
        }
        return path + rest.dropFirst(host.count)
    }

    /// - Parameter server: `host:port` of the name node's web server.
    private static func webHDFSPath(_ server: Substring, _ path: Substring) -> String {
        "/vsiwebhdfs/http://\(server)/webhdfs/v1\(path)"
    }

    /// The web server that stands for the name nodes of `hdfs` addresses; `nil` where none is set.
    private static var webHDFS: String? {
        ProcessInfo.processInfo.environment["TILESCOPE_WEBHDFS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func host(_ rest: Substring) -> Substring {
        Substring(rest.unicodeScalars.prefix { $0 != "/" })
    }

    private static func lastPart(_ path: String) -> String {
        path.unicodeScalars.split(separator: "/").last.map { String($0) } ?? ""
    }

    /// With the characters that `%20` and its like stand for; as it is where they stand for none, or end a C string.
    private static func withoutPercents(_ text: Substring) -> String {
        guard let plain = text.removingPercentEncoding, !plain.utf8.contains(0) else { return String(text) }
        return plain
    }
}

extension Address: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes `description`: plans and reports are passed on.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
