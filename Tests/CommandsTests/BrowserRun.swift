import Foundation
import TestSupport
import Testing

/// A page in Debian's browser, as it is after its scripts have run.
struct BrowserRun {
    /// `nil` where the browser is not installed.
    static let path = ["/usr/bin/chromium"].first(where: FileManager.default.isExecutableFile)

    var document: String
    /// What the page's scripts and its policy complain about.
    var complaints: String

    /// - Parameter folder: receives the page and what the browser needs.
    init(_ html: String, in folder: TemporaryFolder) throws {
        _ = try folder.write(Array(html.utf8), to: "page.html")
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.path))
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1100,1600",
            "--virtual-time-budget=5000",
            "--user-data-dir=" + folder.file("profile"), "--enable-logging=stderr", "--dump-dom",
            "file://" + folder.file("page.html"),
        ]
        // Files, as the page is larger than a pipe.
        for name in ["document", "log"] { _ = try folder.write([], to: name) }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.file("document")))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.file("log")))
        try process.run()
        process.waitForEnd()
        document = String(decoding: try folder.bytes("document"), as: UTF8.self)
        complaints = String(decoding: try folder.bytes("log"), as: UTF8.self)
            .split(separator: "\n").filter { $0.contains("CONSOLE") }.joined(separator: "\n")
    }
}
