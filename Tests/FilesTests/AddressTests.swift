import Bytes
import Files
import Foundation
import TestSupport
import Testing

@Suite struct AddressTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var gdalPath: String
        var localPath: String?
        var lastComponent: String
        /// As `text` where it is `nil`.
        var shown: String?

        var testDescription: String { text }

        init(_ text: String, _ gdalPath: String, local: String? = nil, last: String, shown: String? = nil) {
            (self.text, self.gdalPath) = (text, gdalPath)
            (localPath, lastComponent) = (local, last)
            self.shown = shown
        }

        static func local(_ text: String, _ path: String, last: String) -> Case {
            Case(text, path, local: path, last: last)
        }
    }

    static let cases: [Case] = [
        .local("/a/b c.png", "/a/b c.png", last: "b c.png"),
        .local("a.png", "a.png", last: "a.png"),
        .local("a/b/", "a/b/", last: "b"),
        .local("/", "/", last: ""),
        .local("a?token=b", "a?token=b", last: "a?token=b"),
        .local("C:\\a\\b.tif", "C:\\a\\b.tif", last: "C:\\a\\b.tif"),
        .local("a b://c", "a b://c", last: "c"),
        .local("file:///a/b", "/a/b", last: "b"),
        .local("FILE://localhost/a/b%20c%23", "/a/b c#", last: "b c#"),
        .local("file:///a/100%", "/a/100%", last: "100%"),
        .local("file:///a%00b", "/a%00b", last: "a%00b"),
        Case("file://elsewhere/a", "file://elsewhere/a", last: "a"),
        Case("/vsizip/a.zip/b.tif", "/vsizip/a.zip/b.tif", last: "b.tif"),
        Case("https://x.org/a?b", "/vsicurl/https://x.org/a?b", last: "a"),
        Case("http://x.org:8080/a%20b/c@d%20e", "/vsicurl/http://x.org:8080/a%20b/c@d%20e", last: "c@d e"),
        Case("https://x.org/a%2Fb", "/vsicurl/https://x.org/a%2Fb", last: "a%2Fb"),
        Case("http://[::1]/a@b", "/vsicurl/http://[::1]/a@b", last: "a@b"),
        Case("s3://bucket/a/b", "/vsis3/bucket/a/b", last: "b"),
        Case("s3://bucket/a/b#1?2.svs", "/vsis3/bucket/a/b#1?2.svs", last: "b#1?2.svs"),
        Case("gs://bucket", "/vsigs/bucket", last: "bucket"),
        Case("az://box/a", "/vsiaz/box/a", last: "a"),
        Case("abfs://box@account.dfs.core.windows.net/a/b", "/vsiadls/box/a/b", last: "b"),
        Case("abfss://box/a", "/vsiadls/box/a", last: "a"),
        Case("webhdfs://host:9870/a/b", "/vsiwebhdfs/http://host:9870/webhdfs/v1/a/b", last: "b"),
        Case("hdfs://host:9000/a", "/vsihdfs/hdfs://host:9000/a", last: "a"),
        Case("ftp://x/a", "ftp://x/a", last: "a"),
        Case(
            "https://me:secret@x.org/a", "/vsicurl/https://me:secret@x.org/a", last: "a",
            shown: "https://…@x.org/a"),
        Case(
            "https://token@x.org/a?key=k&x=1", "/vsicurl/https://token@x.org/a?key=k&x=1", last: "a",
            shown: "https://…@x.org/a?key=…&x=1"),
        // To Swift the slash and the accent are one character, to a server they are two.
        Case(
            "http://\u{301}me:pw@\u{301}x.org/a?\u{301}&sig=\u{301}s",
            "/vsicurl/http://\u{301}me:pw@\u{301}x.org/a?\u{301}&sig=\u{301}s", last: "a",
            shown: "http://…@\u{301}x.org/a?\u{301}&sig=…"),
        Case(
            "http://me:p/a?s#s@x.org/a", "/vsicurl/http://me:p/a?s#s@x.org/a", last: "…",
            shown: "http://…"),
        Case(
            "/vsizip//vsicurl/https://me:p@ss@x.org/a.zip/b",
            "/vsizip//vsicurl/https://me:p@ss@x.org/a.zip/b",
            last: "b", shown: "/vsizip//vsicurl/https://…@x.org/a.zip/b"),
        Case(
            "/vsicurl?header.X-Y=abc&url=https%3A%2F%2Fme%3Apw%40x.org%2Fa",
            "/vsicurl?header.X-Y=abc&url=https%3A%2F%2Fme%3Apw%40x.org%2Fa", last: "a",
            shown: "/vsicurl?header.X-Y=…&url=https://…@x.org/a"),
        Case(
            "https://b.s3.amazonaws.com/a?X-Amz-Date=1&X-Amz-Credential=c%2F&X-Amz-Signature=0&x-amz-security-token=t",
            "/vsicurl/https://b.s3.amazonaws.com/a"
                + "?X-Amz-Date=1&X-Amz-Credential=c%2F&X-Amz-Signature=0&x-amz-security-token=t",
            last: "a",
            shown: "https://b.s3.amazonaws.com/a"
                + "?X-Amz-Date=1&X-Amz-Credential=…&X-Amz-Signature=…&x-amz-security-token=…"),
        Case(
            "https://a.blob.core.windows.net/a.tif?sv=2022&sp=r&se=2030&sr=b&%73ig=x/y==",
            "/vsicurl/https://a.blob.core.windows.net/a.tif?sv=2022&sp=r&se=2030&sr=b&%73ig=x/y==",
            last: "a.tif",
            shown: "https://a.blob.core.windows.net/a.tif?sv=…&sp=…&se=…&sr=b&%73ig=…"),
        Case(
            "https://x.org/a#access_token=t", "/vsicurl/https://x.org/a#access_token=t", last: "a",
            shown: "https://x.org/a#access_token=…"),
        Case(
            "abfss://box:secret@account.dfs.core.windows.net/a", "/vsiadls/box:secret/a", last: "a",
            shown: "abfss://…@account.dfs.core.windows.net/a"),
        Case(
            "webhdfs://h:1/a?delegation=d", "/vsiwebhdfs/http://h:1/webhdfs/v1/a?delegation=d", last: "a",
            shown: "webhdfs://h:1/a?delegation=…"),
    ]

    @Test(arguments: cases) func isReadInManyWays(_ expected: Case) throws {
        let address = Address(expected.text)
        let shown = expected.shown ?? expected.text
        #expect(address.gdalPath == expected.gdalPath)
        #expect(address.localPath == expected.localPath)
        #expect(address.lastComponent == expected.lastComponent)
        #expect(address.description == shown)
        #expect(String(reflecting: address) == shown)
        #expect(
            address.hidingSecrets(in: "\(expected.gdalPath): no")
                == (expected.shown == nil ? expected.gdalPath : shown) + ": no")
        let decoded = try JSONDecoder().decode([Address].self, from: JSONEncoder().encode([address]))
        #expect(decoded == [Address(shown)])
    }

    @Test(arguments: [
        ("a", "b/c.tif", "a/b/c.tif"), ("/a/", "b", "/a/b"), ("s3://bucket", "a?b", "s3://bucket/a?b"),
        ("https://x.org/a?sig=s", "b", "https://x.org/a/b?sig=s"),
        ("file:///a%20b", "5%", "file:///a%20b/5%25"),
    ])
    func foldersHaveParts(folder: String, name: String, path: String) {
        #expect(Address(folder).appending(name) == Address(path))
    }

    @Test func aMistypedAddressShowsNoPasswordEither() {
        #expect(Address("https:/u:geheim@host/x.tif").description == "https:/…@host/x.tif")
        #expect(withoutSecrets("no https:/u:geheim@host/x") == "no https:/…@host/x")
    }

    /// A mark makes one character of itself and the slash before it.
    @Test func aNameMayBeginWithAMark() throws {
        #expect(Address("file:///\u{301}a").localPath == "/\u{301}a")
        #expect(Address("file://localhost/\u{301}a").localPath == "/\u{301}a")
        #expect(Address("webhdfs://h:1/\u{301}a").gdalPath == "/vsiwebhdfs/http://h:1/webhdfs/v1/\u{301}a")
        #expect(Address("s3://bucket/b/\u{301}a").folder == Address("s3://bucket/b"))
        try withTemporaryFolder { folder in
            let archive = folder + "/\u{301}a.zip"
            try #require(close(open(archive, O_CREAT | O_WRONLY, 0o600)) == 0)
            #expect(Address("/vsizip/\(archive)/1.png").localFile == archive)
            #expect(Address("/vsizip/{\(archive)}/\u{301}1.png").localFile == archive)
        }
    }

    @Test(arguments: UInt64(0)..<200) func neverShowsSecrets(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let letters = Array(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@%/?# é")
        func text(_ count: Int) -> String {
            "p" + String((0..<count).map { _ in letters.randomElement(using: &random) ?? "x" })
        }
        let scheme =
            ["http", "https", "s3", "gs", "az", "abfs", "webhdfs", "hdfs", "ftp"]
            .randomElement(using: &random) ?? "http"
        var password = text(Int.random(in: 8...30, using: &random))
        let isClear = !password.contains { "/?#".contains($0) }
        // With both, a part of the password reads as a path.
        if !isClear { password.removeAll { $0 == "@" } }
        let signature = text(20).filter { !"&?#".contains($0) }
        let name = ["sig", "X-Amz-Signature", "token", "Password"].randomElement(using: &random) ?? "sig"
        let query = "x=1&\(name)=\(signature)&y=2"
        let place = "\(scheme)://me:\(password)@x.org:80/a/b.tif?\(query)"
        for text in [place, "/vsicurl/" + place, "/vsizip//vsicurl/\(place)"] {
            let address = Address(text)
            let encoded = String(decoding: try JSONEncoder().encode(address), as: UTF8.self)
            var dumped = ""
            dump(address, to: &dumped)
            let words = "\(address.gdalPath), \(text)" + (isClear ? ": \(password) and \(signature)" : "")
            for shown in [
                address.description, encoded, dumped, "\([address])", address.lastComponent,
                address.hidingSecrets(in: words),
            ] {
                #expect(!shown.contains(password) && !shown.contains(signature), "\(shown)")
            }
            let end = isClear ? "…@x.org:80/a/b.tif?x=1&\(name)=…&y=2" : "://…"
            #expect(address.description.hasSuffix(end))
            #expect(address.gdalPath.contains(signature))
        }
    }

    @Test(arguments: [
        ("see https://me:Geheim99@x.org/a: cannot open", "see https://…@x.org/a: cannot open"),
        (
            "--data=http://x.org/a?sig=Geheim99\n /vsicurl?pw=Geheim99",
            "--data=http://x.org/a?sig=…\n /vsicurl?pw=…"
        ),
        ("a  b\tc:d@e", "a  b\tc:d@e"), ("", ""),
    ]) func hidesSecretsAmongWords(text: String, shown: String) {
        #expect(withoutSecrets(text) == shown)
    }
}
