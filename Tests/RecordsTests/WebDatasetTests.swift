import Bytes
import Files
import Foundation
import Records
import TestSupport
import Testing

@Suite struct WebDatasetTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An archive of small files.
    private func archive(_ files: [(String, String)]) -> [UInt8] {
        files.flatMap { name, text in
            let content = Array(text.utf8)
            return Tar.encoded(name: name, content.span.bytes)
        } + Tar.end
    }

    private func collection(_ files: [(String, String)], name: String = "a.tar") throws -> ImageCollection {
        _ = try folder.write(archive(files), to: name)
        return try .tar(at: Address(folder.file(name)))
    }

    private func refusal(_ files: [(String, String)]) -> String {
        (#expect(throws: RecordsError.self) { try collection(files) })?.description ?? ""
    }

    @Test func filesInARowWithOneNameAreASample() throws {
        let collection = try collection([
            ("d/a.jpg", "1"), ("d/a.cls", " 2\n"), ("d/b.json", #"{"label": 1, "x": []}"#), ("d/b.PNG", "2"),
            ("c.seg.webp", "3"), ("c.cls.txt", "0"), ("e.jpeg", "4"), ("e.json", #"{"label": [1, 0.5]}"#),
        ])
        #expect(collection.items.map(\.name) == ["d/a.jpg", "d/b.PNG", "c.seg.webp", "e.jpeg"])
        #expect(collection.items.map(\.header.labels) == [[2], [1], [0], [1, 0.5]])
        #expect(collection.classNames == ["0", "1", "2"])
        #expect(collection.remarks.count == 1)
        #expect(collection.remarks[0].contains("1 image has several labels; the first is the class"))
    }

    private static let compressedNames = ["a.tar.gz", "a.tgz", "a.tar.xz", "a.tar.zst", "a.tar.bz2"]

    /// A folder `in` with archives; it makes no difference what compressed ones hold.
    private func makeFolder(of names: [String]) throws -> Address {
        try FileManager.default.createDirectory(
            atPath: folder.file("in"), withIntermediateDirectories: true)
        for name in names {
            _ = try folder.write(archive([("1.jpg", "1"), ("1.cls", "0")]), to: "in/" + name)
        }
        return Address(folder.file("in"))
    }

    private func refusal(packing inputs: [Address], as layout: PackInput.Layout? = nil) -> String {
        (#expect(throws: RecordsError.self) { try PackInput(inputs, layout: layout).collections() })?
            .description ?? ""
    }

    @Test(arguments: compressedNames) func aCompressedArchiveIsRefused(name: String) throws {
        let input = try makeFolder(of: [name, "b.tar"])
        let archives = [input.appending("b.tar"), input.appending(name)]
        let words = "\(name): cannot list the images: it is compressed; unpack it first"
        for layout in [nil, PackInput.Layout.tar] {
            #expect(refusal(packing: [archives[1]], as: layout).contains(words))
            #expect(refusal(packing: archives, as: layout).contains(words))
        }
    }

    /// Beside others, its images would be missing without a word.
    @Test(arguments: compressedNames, [[], ["b.tar"]])
    func aFolderWithACompressedArchiveIsRefused(name: String, others: [String]) throws {
        let input = try makeFolder(of: [name] + others)
        for layout in [nil, PackInput.Layout.tar] {
            let text = refusal(packing: [input], as: layout)
            #expect(text.contains("there are compressed archives in it"), "\(text)")
            #expect(text.hasSuffix(": \(name)"), "\(text)")
        }
    }

    @Test func aCompressedArchiveThatLiesUnpackedBesideIsLeftOut() throws {
        let input = try makeFolder(of: ["a.tar.gz", "a.tgz", "a.tar", "words.txt.gz"])
        #expect(try PackInput([input]).collections()[0].items.count == 1)
    }

    @Test(
        arguments: [
            [0x1F, 0x8B, 8, 0], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x42, 0x5A, 0x68, 0x39],
            [0x28, 0xB5, 0x2F, 0xFD],
            [0x50, 0x4B, 3, 4],
        ] as [[UInt8]]) func aCompressedArchiveThatIsCalledTarIsRefused(beginning: [UInt8]) throws
    {
        for length in [40, 2000] {
            _ = try folder.write(beginning + [UInt8](repeating: 7, count: length), to: "a.tar")
            let error = #expect(throws: RecordsError.self) {
                try ImageCollection.tar(at: Address(folder.file("a.tar")))
            }
            #expect(error?.cause.contains("it is compressed, whatever it is called; unpack it first") == true)
        }
    }

    /// The same letters in fewer bytes are another name.
    @Test func namesAreBytes() throws {
        let collection = try collection([
            ("e\u{301}.jpg", "1"), ("e\u{301}.cls", "1"), ("\u{e9}.cls", "2"), ("\u{e9}.jpg", "2"),
        ])
        #expect(collection.count == 2)
        #expect(collection.items.map(\.header.label) == [1, 2])
    }

    /// Other programs may leave the same id everywhere.
    @Test func imagesWithOneIDStayApart() throws {
        let pictures = try PictureFolder()
        try pictures.write(Array("7\t0\tant/1.png\n7\t1\tbee/1.png\n8\t2\tcow/1.png\n".utf8), to: "a.lst")
        let list = try ImageCollection.list(at: Address(pictures.folder.file("a.lst")), root: nil)
        _ = try pack(list, to: .new(folder.file("a.tar")), plan: pictures.plan(), threads: 2)
        let collection = try ImageCollection.tar(at: Address(folder.file("a.tar")))
        #expect(collection.items.map(\.name) == ["000000000.png", "000000001.png", "000000002.png"])
        #expect(collection.items.map(\.header.label) == [0, 1, 2])
        _ = try pack(list, to: .new(folder.file("a.rec")), plan: pictures.plan(), threads: 2)
        let lines = try String(decoding: folder.bytes("a.idx"), as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != "\t" } } == ["0", "1", "2"])
        // The records keep theirs.
        let records = try ImageRecords(opening: folder.file("a.rec"))
        #expect(try (0..<3).map { try records.header(of: $0).id } == [7, 7, 8])
    }

    @Test func namesBecomeClasses() throws {
        let collection = try collection([
            ("a.jpg", ""), ("a.json", #"{"label": "dog"}"#), ("b.jpg", ""), ("b.json", #"{"label": "cat"}"#),
        ])
        #expect(collection.classNames == ["cat", "dog"])
        #expect(collection.items.map(\.header.label) == [1, 0])
    }

    @Test(arguments: [
        [("a.cls", "dog"), ("b.cls", "cat")], [("a.txt", " dog\n"), ("b.txt", "cat")],
        [("a.json", #"{"cls": "dog", "class": {}}"#), ("b.json", #"{"class": "cat"}"#)],
    ]) func classesStandInOtherPlacesToo(labels: [(String, String)]) throws {
        let collection = try collection(labels + [("a.jpg", ""), ("b.jpg", "")])
        #expect(collection.items.map(\.name) == ["a.jpg", "b.jpg"])
        #expect(collection.classNames == ["cat", "dog"])
        #expect(collection.items.map(\.header.label) == [1, 0])
    }

    @Test func filesOfASampleNeedNotStandTogether() throws {
        let collection = try collection([
            ("b.jpg", ""), ("a.jpg", ""), ("x/a.jpg", ""), ("a.cls", "0"), ("b.cls", "1"), ("x/a.cls", "2"),
        ])
        #expect(collection.items.map(\.name) == ["b.jpg", "a.jpg", "x/a.jpg"])
        #expect(collection.items.map(\.header.label) == [1, 0, 2])
    }

    /// A mask is not the image.
    @Test func ofSeveralImagesTheOneUnderTheKeyIsTaken() throws {
        let collection = try collection([
            ("a.cls", "0"), ("a.mask.png", ""), ("a.png", ""), ("b.left.png", ""), ("b.right.png", ""),
            ("b.cls", "1"), ("c.jpg", ""), ("c.cls", "1"),
        ])
        #expect(collection.items.map(\.name) == ["a.png", "c.jpg"])
        #expect(collection.remarks.count == 2)
        #expect(collection.remarks[0].hasSuffix("b (left.png, right.png)"))
        #expect(collection.remarks[1].hasSuffix("of which one is taken: a.png"))
        #expect(
            refusal([("b.left.png", ""), ("b.right.png", ""), ("b.cls", "1")])
                .contains("there are none; 1 sample has several images"))
    }

    @Test func aSecondSampleOfANameCounts() throws {
        let collection = try collection([
            ("0.png", ""), ("0.cls", "0"), ("0.png", ""), ("0.cls", "1"), ("__MACOSX/._0.png", ""),
        ])
        #expect(collection.items.map(\.header.label) == [0, 1])
        #expect(collection.remarks.count == 1)
        #expect(collection.remarks[0].contains("1 sample has the name of another one"))
    }

    @Test func captionsAreNoClasses() {
        let files = (0..<101).flatMap { [("\($0).jpg", ""), ("\($0).txt", "picture \($0)")] }
        #expect(refusal(files).contains("they are captions"))
        #expect(
            refusal([("a.jpg", ""), ("a.txt", "two\nlines")]).contains(
                "there are none; 1 sample has no .cls"))
    }

    @Test func severalArchivesAreOneDataset() throws {
        for name in ["a-00.tar", "a-01.tar", "b.tar"] {
            let stem = name.dropLast(4)
            _ = try collection([("\(stem).jpg", ""), ("\(stem).cls", "0")], name: name)
        }
        let names = ["a-00", "a-01", "b"]
        func packed(_ inputs: String...) throws -> [String] {
            try PackInput(inputs.map { Address(folder.file($0)) }).collections()[0].items
                .map { String($0.name.prefix { $0 != "." }) }
        }
        #expect(try packed("a-{00..01}.tar", "b.tar") == names)
        #expect(try packed("{a-00,a-01,b}.tar") == names)
        #expect(try packed("a-0{0,1}.tar") == Array(names.prefix(2)))
        let error = #expect(throws: RecordsError.self) { try packed("a-{00..02}.tar") }
        #expect(error?.path.hasSuffix("a-02.tar") == true)
        _ = try collection([("c.jpg", ""), ("c.cls", "5")], name: "{x,y}.tar")
        #expect(try packed("{x,y}.tar") == ["c"])
        _ = try folder.write([], to: "list.lst")
        #expect(throws: RecordsError.self) { try packed("b.tar", "list.lst") }
    }

    @Test func saysWhichSamplesItPassesOver() throws {
        let collection = try collection([
            ("a.jpg", ""), ("a.cls", "0"), ("b.cls", "0"), ("c.jpg", ""), ("d.jpg", ""), ("d.json", "{}"),
        ])
        #expect(collection.count == 1)
        #expect(collection.remarks.count == 2)
        #expect(collection.remarks[0].contains("1 sample has no image"))
        #expect(collection.remarks[1].hasSuffix("c, d"))
    }

    @Test func refusesLabelsThatAreNone() {
        #expect(refusal([("a.jpg", ""), ("a.cls", "-1")]).contains("-1.0 of a.jpg is not a class"))
        #expect(refusal([("a.jpg", ""), ("a.json", "[")]).contains("a.json is not a JSON object"))
        let mixed = [("a.jpg", ""), ("a.cls", "1"), ("b.jpg", ""), ("b.json", #"{"label":"x"}"#)]
        #expect(refusal(mixed).contains("numbers as labels, others have names"))
        #expect(refusal([("a.txt", "")]).contains("there are none"))
    }

    @Test func readsAFolderOfArchives() throws {
        _ = try collection([("b.jpg", ""), ("b.cls", "1")], name: "2.tar")
        _ = try collection([("a.jpg", ""), ("a.cls", "0")], name: "1.tar")
        let input = try PackInput(path: folder.path)
        #expect(input.layout == .tar)
        #expect(try input.collections()[0].items.map(\.name) == ["a.jpg", "b.jpg"])
    }

    @Test func whatIsCutShortIsRefusedWithItsByte() throws {
        let whole = archive([("a.jpg", "1"), ("a.cls", "2")])
        for length in [100, 511, 512, 1024 + 100, 1024 + 512] {
            _ = try folder.write(Array(whole.prefix(length)), to: "a.tar")
            let error = #expect(throws: RecordsError.self) {
                _ = try ImageCollection.tar(at: Address(folder.file("a.tar")))
            }
            #expect(error?.cause.contains("truncated") == true, "\(error?.cause ?? "")")
        }
        _ = try folder.write(Array(whole.prefix(2048)), to: "a.tar")
        let remarks = try ImageCollection.tar(at: Address(folder.file("a.tar"))).remarks
        #expect(remarks.count == 1 && remarks[0].contains("may be truncated"))
        var bytes = whole
        bytes[1024 + 5] ^= 1
        _ = try folder.write(bytes, to: "a.tar")
        let error = #expect(throws: RecordsError.self) {
            _ = try ImageCollection.tar(at: Address(folder.file("a.tar")))
        }
        #expect(error?.cause.contains("no tar header at byte 1024") == true, "\(error?.cause ?? "")")
    }

    @Test(arguments: UInt64(0)..<10) func noDamageCrashes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let whole = archive([("a.jpg", "1"), ("a.cls", "2"), ("b.jpg", "1"), ("b.json", #"{"label":1}"#)])
        for _ in 0..<40 {
            var bytes = whole
            let header = 1024 * Int.random(in: 0..<4, using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = header + [0, 124, 130, 135, 156, 257, 345].randomElement(using: &random)!
                bytes[place] = .random(in: 0...255, using: &random)
            }
            // The checksum made right again, so that the damage goes further in.
            let sum = (0..<512).reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(bytes[header + $1])) }
            let digits = String(sum, radix: 8)
            let field = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
            bytes.replaceSubrange(header + 148..<header + 156, with: field.utf8)
            _ = try folder.write(bytes, to: "a.tar")
            do throws(RecordsError) {
                #expect(try ImageCollection.tar(at: Address(folder.file("a.tar"))).count <= 2)
            } catch {
                #expect(error.code == .malformed)
            }
        }
    }

    // MARK: Other programs

    private func python(_ script: String) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: pythonPath)
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        #expect(process.terminationStatus == 0)
        return text
    }

    @Test(.enabled(if: hasPython, "needs python3"), arguments: ["GNU", "PAX", "USTAR"])
    func readsWhatPythonWrites(format: String) throws {
        // Names longer than the 100 bytes of the header, which ustar splits at a slash.
        _ = try python(
            """
            import tarfile, io
            with tarfile.open('a.tar', 'w', format=tarfile.\(format)_FORMAT) as tar:
                for name, text in [('d/' + 'x' * 90 + '/' + 'k' * 90, '5'), ('short', '1')]:
                    for ending in ['jpg', 'cls']:
                        info = tarfile.TarInfo(name + '.' + ending)
                        info.size = 1
                        tar.addfile(info, io.BytesIO(text.encode()))
            """)
        let collection = try ImageCollection.tar(at: Address(folder.file("a.tar")))
        let long = "d/" + String(repeating: "x", count: 90) + "/" + String(repeating: "k", count: 90) + ".jpg"
        #expect(collection.items.map(\.name) == [long, "short.jpg"])
        #expect(collection.items.map(\.header.label) == [5, 1])
    }

    @Test(.enabled(if: hasPython, "needs python3")) func pythonReadsWhatWeWrite() throws {
        let pictures = try PictureFolder()
        _ = try pack(
            pictures.collection(), to: .new(folder.file("a.tar")), plan: pictures.plan(), threads: 2)
        let text = try python(
            """
            import tarfile
            with tarfile.open('a.tar') as tar:
                for file in tar:
                    data = tar.extractfile(file).read()
                    print(file.name, data.decode() if file.name.endswith('.cls') else len(data))
            """)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 24)
        #expect(lines[8] == "000000004.jpg \(try pictures.bytes("bee/0.jpg").count)")
        #expect(lines[9] == "000000004.cls 1")
        #expect(lines[10].hasPrefix("000000005.png"))
    }

    @Test func whatWeWriteComesBackWithItsClasses() throws {
        let pictures = try PictureFolder()
        _ = try pack(pictures.collection(), to: .new(folder.file("a.tar")), plan: pictures.plan(), threads: 2)
        _ = try pack(pictures.collection(), to: .new(folder.file("a.rec")), plan: pictures.plan(), threads: 2)
        let collection = try ImageCollection.tar(at: Address(folder.file("a.tar")))
        #expect(collection.classNames == PictureFolder.classNames)
        _ = try pack(collection, to: .new(folder.file("b.rec")), plan: pictures.plan(), threads: 2)
        #expect(try folder.bytes("a.rec") == folder.bytes("b.rec"))
    }
}

private let pythonPath = "/usr/bin/python3"
private let hasPython = FileManager.default.isExecutableFile(atPath: pythonPath)
