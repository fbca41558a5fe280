import Foundation
import Testing

@Suite struct PageLinkTests {
    /// Links to other sites are not followed: tests do without a network.
    @Test(arguments: try Page.all()) func everyLinkLeadsToAFileAndAHeading(page: Page) throws {
        for link in page.links {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? page.path : page.resolve(String(parts[0]))
            let exists = FileManager.default.fileExists(
                atPath: Checkout.root.appending(path: path).path(percentEncoded: false))
            #expect(exists, "\(page.path) links to \(path)")
            guard exists, parts.count == 2 else { continue }
            let headings = try Page(path: path).headings
            #expect(headings.contains(String(parts[1])), "\(page.path) links to \(link)")
        }
    }

    @Test func headingsAreNamedAsOnTheirSite() {
        let page = Page(path: "docs/p.md", text: "# One, two\n## The `scan` & more: 3x\n```\n# none\n```\n")
        #expect(page.headings == ["one-two", "the-scan--more-3x"])
        #expect(page.resolve("../README.md") == "README.md" && page.resolve("a.md") == "docs/a.md")
    }
}

/// A page of the documentation.
struct Page: Hashable, Sendable, CustomTestStringConvertible {
    /// From the checkout's root on.
    var path: String
    var text: String
    var testDescription: String { path }

    init(path: String, text: String) { (self.path, self.text) = (path, text) }

    init(path: String) throws { self.init(path: path, text: try Checkout.text(of: path)) }

    static func all() throws -> [Page] {
        try ["", "docs/"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(
                atPath: Checkout.root.appending(path: folder).path(percentEncoded: false)
            ).filter { $0.hasSuffix(".md") }.sorted().map { try Page(path: folder + $0) }
        }
    }

    /// Targets of links and pictures in this repository.
    var links: [String] {
        prose.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }.filter { !$0.contains("://") }
    }

    /// Anchors of the headings: small letters, with dashes for spaces, without other punctuation.
    var headings: [String] {
        prose.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            let words = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
            return String(
                words.compactMap {
                    $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil
                })
        }
    }

    /// The text without blocks of code.
    private var prose: String {
        text.split(separator: "```", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined()
    }

    /// The path of a link's target from the checkout's root on.
    func resolve(_ link: String) -> String {
        var folders = path.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            if part == ".." { _ = folders.popLast() } else if part != "." { folders.append(String(part)) }
        }
        return folders.joined(separator: "/")
    }
}
