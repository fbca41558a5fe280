import EndingJobs
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

@Suite struct ImageCollectionTests {
    let pictures: PictureFolder

    init() throws { pictures = try PictureFolder() }

    private var path: String { pictures.folder.path }

    private func refusal(_ body: () throws -> Void) -> String {
        (#expect(throws: RecordsError.self) { try body() })?.description ?? ""
    }

    // MARK: Folders

    @Test func classesGoByTheBytesOfTheirNames() throws {
        for name in ["Zoo", "a b", "ant.2"] {
            try pictures.makeFolder(name)
            try pictures.write([1], to: name + "/x.JPEG")
        }
        try pictures.makeFolder("bee/more")
        try pictures.write([1], to: "bee/more/y.tif")
        let collection = try pictures.collection()
        #expect(collection.classNames == ["Zoo", "a b", "ant", "ant.2", "bee", "cow"])
        #expect(
            collection.items.map(\.name).prefix(4) == ["Zoo/x.JPEG", "a b/x.JPEG", "ant/0.jpg", "ant/1.png"])
        #expect(collection.items.filter { $0.header.label == 4 }.map(\.name).last == "bee/more/y.tif")
        #expect(collection.items.map { Int($0.header.id) } == Array(0..<16))
        #expect(collection.remarks.isEmpty)
    }

    /// `café` in Latin-1, as a class and as a picture of it.
    @Test func namesThatAreNoUTF8ArePacked() throws {
        let folderName = Array(path.utf8) + [0x2F, 0x63, 0x61, 0x66, 0xE9]
        try #require(mkdir(folderName.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
        let fileName = folderName + [0x2F, 0xE9] + Array(".png".utf8)
        let from = path + "/ant/1.png"
        try #require(link(from, fileName.map { CChar(bitPattern: $0) } + [0]) == 0)
        let collection = try pictures.collection()
        #expect(collection.classNames == ["ant", "bee", "caf\\xE9", "cow"])
        let item = try #require(collection.items.first { $0.header.labels == [2] })
        #expect(collection.store.location(of: item) == path + "/caf\\xE9/\\xE9.png")
        guard case .encoded(let bytes) = try collection.store.content(of: item) else {
            Issue.record("the picture comes from no file")
            return
        }
        #expect(try bytes == pictures.bytes("ant/1.png"))
    }

    @Test func aListMayNameWhatIsNoUTF8() throws {
        let name = Array((path + "/").utf8) + [0xE9] + Array(".png".utf8) + [0]
        try #require(link(path + "/ant/1.png", name.map { CChar(bitPattern: $0) }) == 0)
        try pictures.write(Array("0\t1\t".utf8) + [0xE9] + Array(".png\n".utf8), to: "a.lst")
        let list = try ImageCollection.list(at: Address(path + "/a.lst"), root: nil)
        #expect(list.store.location(of: list.items[0]) == path + "/\\xE9.png")
        _ = try list.store.content(of: list.items[0])
    }

    @Test func saysWhatItPassesOver() throws {
        try pictures.makeFolder("void")
        try pictures.write([1], to: "stray.png")
        try pictures.write([1], to: "bee/notes.txt")
        try pictures.write([1], to: "bee/.hidden.png")
        let collection = try pictures.collection()
        #expect(collection.count == 12)
        #expect(collection.classNames == ["ant", "bee", "cow", "void"])
        #expect(collection.remarks.count == 3)
        #expect(collection.remarks[0].contains("no images of the class void"))
        #expect(collection.remarks[1].contains("1 image lies in no class folder"))
        #expect(collection.remarks[2].contains("1 file is no image"))
    }

    /// A link to another class is followed, one to a folder around it would never end.
    @Test func aLoopOfLinksIsNamed() throws {
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: path + "/ant-too", withDestinationPath: path + "/ant")
        let followed = try pictures.collection()
        #expect(followed.count == 16 && followed.classNames == ["ant", "ant-too", "bee", "cow"])
        try manager.createSymbolicLink(atPath: path + "/bee/again", withDestinationPath: "..")
        let refused = refusal { _ = try pictures.collection() }
        #expect(refused.contains("bee/again") && refused.contains("in which it lies"), "\(refused)")
    }

    @Test func refusesAFolderWithoutClasses() throws {
        let text = refusal { _ = try ImageCollection.classFolders(at: Address(path + "/ant")) }
        #expect(text.contains("4 images but no folder for each class"))
        try pictures.makeFolder("none/of")
        #expect(
            refusal { _ = try ImageCollection.classFolders(at: Address(path + "/none")) }.contains(
                "no images in it"))
        #expect(refusal { _ = try PackInput(path: path + "/gone") }.contains("No such file"))
    }

    /// Makes train and val of the three classes.
    private func makeParts(_ validation: String) throws {
        for part in ["train", validation] {
            for name in PictureFolder.classNames {
                try pictures.makeFolder("parts/\(part)/\(name)")
                try pictures.write([1], to: "parts/\(part)/\(name)/1.png")
            }
        }
    }

    @Test(arguments: ["val", "valid", "test"]) func findsImageNetsParts(validation: String) throws {
        try makeParts(validation)
        let input = try PackInput(path: path + "/parts")
        #expect(input.layout == .imagenet)
        let parts = try input.collections()
        #expect(parts.map(\.part) == ["train", validation])
        #expect(parts.allSatisfy { $0.classNames == PictureFolder.classNames && $0.count == 3 })
    }

    @Test func namesTheClassesThatDiffer() throws {
        try makeParts("val")
        try pictures.makeFolder("parts/val/dog")
        try FileManager.default.removeItem(atPath: path + "/parts/val/bee")
        let text = refusal { _ = try PackInput(path: path + "/parts").collections() }
        #expect(text.contains("only train has bee; only val has dog"))
    }

    // MARK: The order of classes

    @Test func classesStandInTheOrderOfAList() throws {
        let collection = try PackInput(path: path).collections()[0]
        let names = collection.classNames
        let list = (["none"] + names.reversed()).joined(separator: "\r\n") + "\n\n"
        let ordered = try collection.ordered(byClassList: list, of: "classes.txt")
        #expect(ordered.classNames == ["none"] + names.reversed())
        for (item, other) in zip(collection.items, ordered.items) {
            #expect(ordered.classNames[Int(other.header.labels[0])] == names[Int(item.header.labels[0])])
        }
        #expect(ordered.remarks.last?.contains("no images of the class none") == true)
        #expect(
            refusal { _ = try collection.ordered(byClassList: names[0], of: "c") }.contains(
                "it does not name \(names[1])"))
        #expect(
            refusal { _ = try collection.ordered(byClassList: list + names[0], of: "c") }
                .contains("\(names[0]) twice"))
    }

    // MARK: Lists

    private func list(_ text: String, root: String? = nil) throws -> ImageCollection {
        try pictures.write(Array(text.utf8), to: "a.lst")
        return try PackInput(path: path + "/a.lst", root: root).collections()[0]
    }

    @Test func readsALineOfAList() throws {
        let collection = try list("7\t2\tbee/1.png\r\n\n9\t1\t0.25\t-3\tcow/a b.png\n")
        #expect(collection.items.map(\.name) == ["bee/1.png", "cow/a b.png"])
        #expect(collection.items.map { Int($0.header.id) } == [7, 9])
        #expect(collection.items.map(\.header.labels) == [[2], [1, 0.25, -3]])
        #expect(collection.items.map(\.header.flag) == [0, 3])
        #expect(collection.classNames == ["0", "1", "2"])
    }

    @Test(
        arguments: [
            ("1 2 a.png\n", "line 1"), ("1\t2\ta.png\nx\t2\ta.png\n", "line 2"), ("1\ta.png\n", "line 1"),
            ("1\tz\ta.png\n", "line 1"), ("1\t2\t\n", "line 1"), ("", "there are none"),
            ("1\t-1\ta.png\n", "of a.png is not a class"), ("1\t0.5\ta.png\n", "of a.png is not a class"),
        ])
    func refusesAListThatIsNone(text: String, reason: String) {
        #expect(refusal { _ = try list(text) }.contains(reason))
    }

    @Test func pathsOfAListBeginAtTheRoot() throws {
        let output = try TemporaryFolder()
        for (name, text, root) in [
            ("a", "0\t0\tbee/1.png\n", nil), ("b", "0\t0\t1.png\n", path + "/bee"),
            ("c", "0\t0\t\(path)/bee/1.png\n", "/nowhere"),
        ] {
            let collection = try list(text, root: root)
            let result = try pack(
                collection, to: .new(output.file(name + ".rec")), plan: pictures.plan(), threads: 1)
            #expect(result.packedCount == 1)
        }
        #expect(try output.bytes("a.rec") == output.bytes("b.rec"))
        #expect(try output.bytes("a.rec") == output.bytes("c.rec"))
    }

    @Test func aRunDoesNotGoOnFromAnotherRoot() throws {
        let output = try TemporaryFolder()
        try pictures.write(Array("0\t0\t1.png\n1\t0\t2.png\n".utf8), to: "a.lst")
        func pack(root: String, stopsAfter limit: Int = .max) throws -> PackResult {
            let input = try PackInput(path: path + "/a.lst", root: path + root)
            return try Records.pack(
                input.collections()[0], to: .new(output.file("a.rec")),
                plan: PackPlan(input: input, transform: ImageTransform(), isShuffled: false, seed: 1),
                threads: 1, job: .ending { $0.finishedCount >= limit })
        }
        #expect(throws: Cancelled.self) { try pack(root: "/ant", stopsAfter: 1) }
        #expect(refusal { _ = try pack(root: "/bee") }.contains("other settings"))
        #expect(try pack(root: "/ant").resumedCount == 1)
        #expect(refusal { _ = try pack(root: "/bee") }.contains("--overwrite"))
        #expect(try PackInput(path: path + "/a.lst", root: "here").root?.description.hasPrefix("/") == true)
    }

    // MARK: Archives

    @Test func readsFoldersInAZipArchive() throws {
        let output = try TemporaryFolder()
        let collection = try pictures.collection()
        let archive = try output.write(
            zipArchive(collection.items.map { ("in/" + $0.name, try pictures.bytes($0.name)) }), to: "a.zip")
        #expect(refusal { _ = try PackInput(path: archive) }.contains("it is compressed"))
        // An archive that holds nothing but one folder is a class of that name.
        let whole = try PackInput(path: "/vsizip/" + archive)
        #expect(whole.layout == .folders)
        #expect(try whole.collections()[0].classNames == ["in"])
        let input = try PackInput(path: "/vsizip/\(archive)/in")
        #expect(input.layout == .folders)
        let zipped = try input.collections()[0]
        #expect(zipped.classNames == PictureFolder.classNames && zipped.remarks.isEmpty)
        _ = try pack(collection, to: .new(output.file("a.rec")), plan: pictures.plan(), threads: 2)
        _ = try pack(zipped, to: .new(output.file("b.rec")), plan: pictures.plan(), threads: 2)
        #expect(try output.bytes("a.rec") == output.bytes("b.rec"))
    }

    // MARK: Choosing

    @Test func theSameSeedGivesTheSameOrderAndParts() throws {
        let collection = try pictures.collection()
        let names = collection.items.map(\.name)
        let shuffled = collection.shuffled(seed: 3).items.map(\.name)
        #expect(shuffled != names && shuffled.sorted() == names.sorted())
        #expect(collection.shuffled(seed: 3).items.map(\.name) == shuffled)
        #expect(collection.shuffled(seed: 4).items.map(\.name) != shuffled)
        let parts = collection.split(validationFraction: 0.25, seed: 1)
        #expect(parts.map(\.part) == ["train", "val"])
        #expect(parts.map(\.count) == [9, 3])
        #expect(parts[1].items.map(\.header.label) == [0, 1, 2])
        #expect((parts[0].items + parts[1].items).map(\.name).sorted() == names.sorted())
        #expect(
            collection.split(validationFraction: 0.25, seed: 1)[1].items.map(\.name)
                == parts[1].items.map(\.name))
        #expect(collection.split(validationFraction: 1, seed: 1).map(\.count) == [3, 9])
        #expect(collection.split(validationFraction: 0, seed: 1).map(\.count) == [12, 0])
    }

    @Test func shardsFollowEachOther() throws {
        let shards = try pictures.collection().shards(of: 5)
        #expect(shards.map(\.part) == ["000000", "000001", "000002"])
        #expect(shards.map(\.count) == [5, 5, 2])
        #expect(shards.flatMap { $0.items.map { Int($0.header.id) } } == Array(0..<12))
    }

    @Test func synsetsNameTheClasses() throws {
        let collection = try pictures.collection()
        let named = try collection.named(
            bySynsets: "ant crane, bird\nbee\tbee, insect\r\ncow crane\n", of: "s.txt")
        #expect(named.classNames == ["crane (ant)", "bee", "crane (cow)"])
        let text = refusal { _ = try collection.named(bySynsets: "ant x\nbee\n", of: "s.txt") }
        #expect(text.contains("no line for bee, cow"))
    }

    // MARK: CIFAR-10

    @Test func cifarBecomesPNG() throws {
        let folder = try TemporaryFolder()
        for name in CIFAR10.Part.allCases.flatMap(\.fileNames) {
            var bytes = (0..<2 * 3073).map { UInt8(truncatingIfNeeded: $0 / 7) }
            (bytes[0], bytes[3073]) = (3, 4)
            _ = try folder.write(bytes, to: name)
        }
        #expect(try PackInput(path: folder.path).layout == .cifar10)
        let parts = try ImageCollection.cifar10(CIFAR10(folder: folder.path, recordsPerFile: 2))
        #expect(parts.map(\.part) == ["train", "test"])
        #expect(parts.map(\.count) == [10, 2])
        _ = try pack(parts[1], to: .new(folder.file("a.rec")), plan: pictures.plan(), threads: 2)
        let records = try ImageRecords(opening: folder.file("a.rec"))
        #expect(records.classNames == CIFAR10.classNames)
        #expect((0..<2).map { records.label(of: $0) } == [3, 4])
        _ = try pack(
            parts[1], to: .new(folder.file("a.tiles")),
            plan: pictures.plan(ImageTransform(encoding: .raw, isCropped: true, shorterSide: 32)), threads: 2)
        let tiles = try TilePack(opening: folder.file("a.tiles"))
        for record in 0..<2 {
            let image = try records.withImage(of: record) { bytes throws(RecordsError) in
                bytes.withUnsafeBytes { Array($0) }
            }
            #expect(try decoded(image) == tiles.tile(record))
        }
    }
}
