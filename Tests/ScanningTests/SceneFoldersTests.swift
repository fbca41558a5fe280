import Bytes
import Files
import Scanning
import TestSupport
import Testing

@Suite struct SceneFoldersTests {
    private func names(_ scenes: String..., owners: [String: String] = [:]) -> [String] {
        SceneFolders(scenes.map { Address($0) }, reserved: ["scenes.csv"]) { owners[$0] }.names
    }

    @Test func aSceneIsCalledAfterItsFile() {
        #expect(names("/in/a.tif", "/in/b.c.tif", "in/.d") == ["a", "b.c", "_d"])
    }

    @Test func theEndingTellsScenesApart() {
        #expect(names("/in/x.tif", "/in/x.png", "/in/y.png") == ["x.tif", "x.png", "y"])
    }

    @Test func foldersTellScenesApart() {
        #expect(names("/in/a/x.tif", "/in/b/x.tif", "/in/b/x.png") == ["a-x", "b-x", "x.png"])
        #expect(names("/1/s/x.tif", "/2/s/x.tif") == ["1-s-x", "2-s-x"])
    }

    @Test func addressesHaveNamesWithoutSecretsAndQueries() {
        let found = names(
            "https://user:secret@host/one/x.tif?token=secret", "s3://bucket/two/x.tif",
            "/vsizip/a.zip/three/x.tif")
        #expect(found == ["one-x", "two-x", "three-x"])
    }

    @Test func whatNothingTellsApartIsNumbered() {
        #expect(
            names("https://host/image?id=1", "https://host/image?id=2") == ["host-image-2", "host-image-3"])
    }

    @Test func capitalsDoNotTellApart() {
        #expect(Set(names("/in/A.tif", "/in/a.TIF").map { $0.lowercased() }).count == 2)
    }

    @Test func filesOfTheFolderKeepTheirNames() {
        #expect(
            names("/in/scenes.csv.tif", "/in/summary.json.png") == ["scenes.csv.tif", "summary.json.png"])
    }

    @Test func aFolderStaysWithItsScene() {
        let owners = ["x": "/in/a/x.tif"]
        #expect(names("/in/a/x.tif", "/in/b/x.tif", owners: owners) == ["x", "x.tif"])
        // As the results of a scene that was moved away are those of the one that has its name now.
        #expect(names("/other/x.tif", owners: ["x": "/in/none/x.tif"]) == ["x"])
    }

    @Test func aFolderOfASceneThatIsStillThereIsNotTaken() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([1], to: "x.tif")
        #expect(names("/other/x.tif", owners: ["x": folder.file("x.tif")]) == ["x.tif"])
    }

    /// Any names: as many folders as scenes, none of which can meet another one or lead out of the folder.
    @Test(arguments: UInt64(0)..<200) func namesNeverMeet(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "a", "A", "b", "x.tif", "x.png", "..", ".", "a-b", "a b", "c:d", "*", "\u{1B}[2J", "\u{202E}",
            "\"", "-",
            "~", ".hidden", "scenes.csv", "é", String(repeating: "long", count: 60),
        ]
        let scenes = Set(
            (0..<Int.random(in: 1...40, using: &random)).map { _ in
                let beginning =
                    ["", "/", "s3://bucket/", "https://host/"].randomElement(using: &random) ?? ""
                let parts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? "a"
                }
                return beginning + parts.joined(separator: "/")
            }
        ).sorted().shuffled(using: &random)
        let names = SceneFolders(scenes.map { Address($0) }, reserved: ["scenes.csv"]).names
        #expect(names.count == scenes.count)
        #expect(Set(names.map { $0.lowercased() }).count == scenes.count, "\(names)")
        for name in names {
            #expect(
                !name.isEmpty && !name.hasPrefix(".") && !name.hasPrefix("-") && name.utf8.count <= 130,
                "\(name)")
            #expect(!name.contains("/") && name.lowercased() != "scenes.csv", "\(name)")
            #expect(!name.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E }, "\(name)")
        }
    }
}
