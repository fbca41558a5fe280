import Bytes
import Foundation
import Records
import TestSupport
import Testing

@Suite struct RecordIOTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file of records by the plain rules, written out here once more.
    private func plainFile(_ payloads: [[UInt8]]) -> [UInt8] {
        payloads.flatMap { payload in
            // Parts end where the magic number stands at a multiple of 4.
            var parts: [[UInt8]] = [[]]
            var offset = 0
            while offset < payload.count {
                let word = Array(payload[offset..<min(offset + 4, payload.count)])
                if word == [0x0A, 0x23, 0xD7, 0xCE] {
                    parts.append([])
                } else {
                    parts[parts.count - 1] += word
                }
                offset += 4
            }
            return parts.enumerated().flatMap { index, part -> [UInt8] in
                let kind = parts.count == 1 ? 0 : index == 0 ? 1 : index == parts.count - 1 ? 3 : 2
                let word = UInt32(kind) << 29 | UInt32(part.count)
                return [0x0A, 0x23, 0xD7, 0xCE] + (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
                    + part + [UInt8](repeating: 0, count: (4 - part.count % 4) % 4)
            }
        }
    }

    /// A header of 24 bytes and noise in which the magic number is frequent, at multiples of 4 and beside them.
    private func payload(label: Int, using random: inout SplitMix64) -> [UInt8] {
        let header = ImageRecordHeader(labels: [Float(label)], id: random.next() % 5 == 0 ? 0xCED7_230A : 7)
        var bytes = header.encoded()
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes += [0x0A, 0x23, 0xD7, 0xCE]
            case 1: bytes += [0x0A, 0x23, 0xD7]
            case 2:
                bytes += (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            default: bytes += [0, 0, 0, 0]
            }
        }
        return bytes
    }

    @Test(arguments: UInt64(0)..<40) func recordsWithTheMagicNumberInThemComeBackWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let payloads = (0..<20).map { payload(label: $0 % 3, using: &random) }
        let file = payloads.flatMap { RecordIO.encoded($0.span.bytes) }
        #expect(file == plainFile(payloads))
        let records = try ImageRecords(opening: folder.write(file, to: "a.rec"))
        #expect(records.count == 20)
        for (record, payload) in payloads.enumerated() {
            let found = try records.withRecord(record) { header, image throws(RecordsError) in
                header.encoded() + image.withUnsafeBytes { Array($0) }
            }
            #expect(found == payload)
            #expect(records.label(of: record) == record % 3)
        }
    }

    @Test func severalLabelsStandBehindTheHeader() throws {
        let header = ImageRecordHeader(labels: [2, 0.5, -3], id: 9)
        #expect(header.flag == 3)
        #expect(header.byteCount == 36)
        let record = header.encoded() + [1, 2, 3]
        let path = try folder.write(RecordIO.encoded(record.span.bytes), to: "a.rec")
        let records = try ImageRecords(opening: path)
        #expect(records.label(of: 0) == 2)
        #expect(try records.labels(of: 0) == [2, 0.5, -3])
        #expect(records.classNames == ["0", "1", "2"])
        let image = try records.withImage(of: 0) { image throws(RecordsError) in
            image.withUnsafeBytes { Array($0) }
        }
        #expect(image == [1, 2, 3])
    }

    /// - Parameter label: what no class is.
    @Test(arguments: [-1, 0.5, .nan, .infinity, 65_536, 1e9] as [Float])
    func refusesALabelThatIsNoClassAndNamesTheRecord(label: Float) throws {
        let records = [Float(0), label].map { ImageRecordHeader(labels: [$0], id: 0).encoded() }
        let path = try folder.write(records.flatMap { RecordIO.encoded($0.span.bytes) }, to: "a.rec")
        let error = #expect(throws: RecordsError.self) { _ = try ImageRecords(opening: path) }
        #expect(error?.cause.contains("record 1, at byte 32") == true, "\(error?.cause ?? "")")
    }

    @Test func refusesARecordTooShortForAnImage() throws {
        let record: [UInt8] = [1, 2, 3]
        let path = try folder.write(RecordIO.encoded(record.span.bytes), to: "a.rec")
        let error = #expect(throws: RecordsError.self) { _ = try ImageRecords(opening: path) }
        #expect(error?.cause.contains("3 bytes, too few for an image record") == true)
    }

    @Test func anEmptyFileHasNoRecords() throws {
        #expect(try ImageRecords(opening: folder.write([], to: "a.rec")).count == 0)
    }
}

/// Files that are not as they should be.
@Suite struct ImageRecordsDamageTests {
    let folder: TemporaryFolder
    /// Three records of 24 + 5, 24 + 12 (in two parts) and 24 + 0 bytes.
    let sound: [UInt8]
    let starts = [0, 40, 88]

    init() throws {
        folder = try TemporaryFolder()
        let images: [[UInt8]] = [[1, 2, 3, 4, 5], [9, 9, 9, 9, 0x0A, 0x23, 0xD7, 0xCE, 8, 8, 8, 8], []]
        sound = images.enumerated().flatMap { label, image in
            let record = ImageRecordHeader(labels: [Float(label)], id: UInt64(label)).encoded() + image
            return RecordIO.encoded(record.span.bytes)
        }
    }

    private func refusal(_ bytes: [UInt8]) throws -> RecordsError? {
        let path = try folder.write(bytes, to: "a.rec")
        return #expect(throws: RecordsError.self) { _ = try ImageRecords(opening: path) }
    }

    /// Else records would be missing without a word.
    @Test func saysWhatAnIndexLeavesOut() throws {
        let path = try folder.write(sound, to: "a.rec")
        let indexes: [(String, Int?)] = [
            ("2\t88\n0\t0\n1\t40\n", nil), ("0\t0\n1\t40\n", 32), ("2\t88\n", 88),
        ]
        for (lines, leftOut) in indexes {
            _ = try folder.write(Array(lines.utf8), to: "a.idx")
            let remarks = try ImageRecords(opening: path).remarks
            #expect(remarks.count == (leftOut == nil ? 0 : 1))
            if let leftOut {
                #expect(remarks[0].contains("leaves out \(leftOut) of the file's \(sound.count) bytes"))
            }
            var told: [String] = []
            _ = try openSamples(path) { told.append($0) }
            #expect(told.count == remarks.count)
            #expect(try ImageCollection.records(at: path).remarks.count == remarks.count)
        }
    }

    @Test func theSoundFileIsRead() throws {
        let records = try ImageRecords(opening: folder.write(sound, to: "a.rec"))
        #expect(records.count == 3)
        #expect((0..<3).map { records.label(of: $0) } == [0, 1, 2])
    }

    /// - Parameter change: a byte and what it becomes.
    @Test(
        arguments: [
            (0, 0, "byte 0 there is no record"), (41, 7, "byte 40 there is no record"),
            (47, 0xE0, "unknown kind 7"), (47, 0x60, "inside a record"),
            (83, 0x20, "record begins before"),
            (4, 0xFF, "should have 255 bytes"), (8, 200, "should have 200 labels"),
        ] as [(Int, UInt8, String)])
    func saysAtWhichByteItIsDamaged(place: Int, value: UInt8, reason: String) throws {
        var bytes = sound
        bytes[place] = value
        let error = try refusal(bytes)
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test func refusesAFileThatIsCutShort() throws {
        for length in 1..<sound.count where !starts.contains(length) {
            #expect(try refusal(Array(sound.prefix(length)))?.code == .malformed, "\(length)")
        }
    }

    @Test(arguments: UInt64(0)..<20) func noDamageCrashes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            do {
                let records = try ImageRecords(opening: folder.write(bytes, to: "a.rec"))
                for record in 0..<records.count {
                    _ = try records.labels(of: record)
                    try records.withImage(of: record) { image throws(RecordsError) in
                        #expect(image.byteCount < 200)
                    }
                }
            } catch let error as RecordsError {
                #expect(error.code == .malformed)
            }
        }
    }

    @Test(
        arguments: [
            ("0\t0\n1\t44\n", "byte 44"), ("0\t0\n1\t4000\n", "byte 4000"),
            ("0\t0\n1\t76\n", "inside a record"),
        ])
    func refusesAnIndexThatPointsWhereNoRecordBegins(index: String, reason: String) throws {
        _ = try folder.write(Array(index.utf8), to: "a.idx")
        let error = try refusal(sound)
        #expect(error?.cause.contains("record 1, at") == true)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test(arguments: ["0 0\n", "0\t0\n1\tx\n", "0\t-4\n", "0\t99999999999999999999\n"])
    func refusesAnIndexThatIsNone(index: String) throws {
        _ = try folder.write(Array(index.utf8), to: "a.idx")
        let error = try refusal(sound)
        #expect(error?.path == folder.file("a.idx"))
        #expect(error?.cause.contains("line") == true)
    }

    @Test func theIndexGivesTheOrder() throws {
        _ = try folder.write(Array("5\t88\r\n1\t0\r\n".utf8), to: "a.idx")
        let records = try ImageRecords(opening: folder.write(sound, to: "a.rec"))
        #expect(records.count == 2)
        #expect((0..<2).map { records.label(of: $0) } == [2, 0])
    }

    @Test func aWrongChecksumIsAnErrorOfTheRecordAlone() throws {
        let checksums = [0..<40, 40..<88, 88..<120].flatMap { range in
            let checksum = CRC32C.checksum(sound.span.bytes.extracting(range))
            return (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
        }
        _ = try folder.write(checksums, to: "a.crc")
        var bytes = sound
        bytes[60] ^= 1
        let records = try ImageRecords(opening: folder.write(bytes, to: "a.rec"))
        for record in [0, 2] { try records.withImage(of: record) { _ throws(RecordsError) in } }
        let error = #expect(throws: RecordsError.self) {
            try records.withImage(of: 1) { _ throws(RecordsError) in }
        }
        #expect(error?.operation == "read record 1 of 3")
        #expect(error?.cause.contains("checksum") == true)
        #expect(error?.cause.contains("byte 40") == true)
    }

    @Test(
        arguments: [
            ("a.crc", "12345678", "not 4 for each of 3"),
            ("a.meta.json", "{", "not written by tilescope pack"),
            ("a.meta.json", #"{"classNames":["a","b","c"],"recordCount":3,"byteCount":119}"#, "119 bytes"),
            ("a.meta.json", #"{"classNames":["a","b","c"],"recordCount":2,"byteCount":120}"#, "2 records"),
            (
                "a.meta.json", #"{"classNames":["a","b"],"recordCount":3,"byteCount":120}"#,
                "beyond the 2 classes"
            ),
        ])
    func refusesWhatDoesNotBelongToTheFile(name: String, text: String, reason: String) throws {
        _ = try folder.write(Array(text.utf8), to: name)
        let error = try refusal(sound)
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test(arguments: ["a.idx", "a.crc", "a.meta.json"]) func aFileBesideThatIsTooLongIsNotRead(name: String)
        throws
    {
        _ = try folder.write([], to: name)
        truncate(folder.file(name), 1 << 40)
        let error = try refusal(sound)
        #expect(error?.code == .cannotRead)
        #expect(error?.path == folder.file(name))
    }

    @Test func namesOfClassesComeFromTheFileBeside() throws {
        let meta = #"{"classNames":["a","b","c","d"],"recordCount":3,"byteCount":120}"#
        _ = try folder.write(Array(meta.utf8), to: "a.meta.json")
        #expect(
            try ImageRecords(opening: folder.write(sound, to: "a.rec")).classNames == ["a", "b", "c", "d"])
    }
}
