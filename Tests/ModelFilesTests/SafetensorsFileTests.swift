import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let sample = SafetensorsFile(
        tensors: [
            "b.weight": Tensor(shape: [2, 2], values: [1, -2, .infinity, 0.1]),
            "a": Tensor(shape: [], values: [.leastNonzeroMagnitude]),
            "c": Tensor(shape: [0, 3], values: []),
        ], metadata: ["who": "a \"test\"\n\\ \u{1} é 🚗", "x": ""])

    private func golden(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/\(name).safetensors"
    }

    /// A file of `json` and so many zero bytes.
    private func file(_ json: String, byteCount: Int) throws -> String {
        let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) }
        return try folder.write(length + json.utf8 + [UInt8](repeating: 0, count: byteCount), to: "made")
    }

    @Test func comesBackAsItWasWritten() throws {
        try Self.sample.write(to: .replacing(folder.file("a")))
        #expect(try SafetensorsFile(reading: folder.file("a")) == Self.sample)
    }

    @Test func equalContentMakesEqualFilesWithAlignedData() throws {
        try Self.sample.write(to: .replacing(folder.file("a")))
        var again = SafetensorsFile(tensors: [:], metadata: ["x": ""])
        for (name, tensor) in Self.sample.tensors.reversed() { again.tensors[name] = tensor }
        again.metadata["who"] = Self.sample.metadata["who"]
        try again.write(to: .replacing(folder.file("b")))
        let bytes = try folder.bytes("a")
        #expect(try folder.bytes("b") == bytes)
        #expect(bytes.count % 8 == 5 * 4 % 8)
    }

    @Test func readsAndWritesTheVeryBytesOfTheReferenceImplementation() throws {
        let file = try SafetensorsFile(reading: golden("tiny"))
        #expect(file.metadata == ["quote": "a \"quoted\" \\ word\n\tand \u{1} é 🚗"])
        #expect(
            file.tensors == [
                "fc.weight": Tensor(shape: [2, 3], values: [-0.5, -0.25, 0, 0.25, 0.5, 0.75]),
                "fc.bias": Tensor(shape: [2], values: [1e-30, -3.25]),
                "Ünicode": Tensor(shape: [0, 4], values: []),
                "scalar": Tensor(shape: [], values: [.infinity]),
            ])
        try file.write(to: .replacing(folder.file("a")))
        #expect(try folder.bytes("a") == Array(Data(contentsOf: URL(fileURLWithPath: golden("tiny")))))
    }

    @Test func readsOtherTypesAsFloats() throws {
        let tensors = try SafetensorsFile(reading: golden("types")).tensors
        #expect(tensors["half"]?.values == [1.0009765625, -65504, 5.9604645e-8])
        #expect(tensors["brain"]?.values == [1.0078125, -3.0040553e38])
        #expect(tensors["double"]?.values == [0.1, .infinity, -2.5])
        #expect(tensors["long"]?.values == [0, -7, 16_777_216])
    }

    @Test func findsTensorsBeyondTwoGigabytesAndLeavesOthersUnread() throws {
        let far = 2_400_000_000
        let json = """
            {"huge":{"dtype":"F32","shape":[600000000],"data_offsets":[0,\(far)]},\
            "tail":{"dtype":"F32","shape":[2],"data_offsets":[\(far),\(far + 8)]}}
            """
        let path = try file(json, byteCount: 0)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seek(toOffset: UInt64(8 + json.utf8.count + far))
        try handle.write(contentsOf: [Float(3), -4].withUnsafeBytes { Data($0) })
        let tensors = try SafetensorsFile(reading: path) { $0 == "tail" }.tensors
        #expect(tensors == ["tail": Tensor(shape: [2], values: [3, -4])])
    }

    @Test(arguments: [
        ("", 8, "not a JSON object"),
        ("[]", 0, "not a JSON object"),
        (" {}", 0, "not a JSON object"),
        ("{}", 1, "1 bytes follow the last tensor"),
        ("{} x", 0, "after its end"),
        (#"{"a":1}"#, 0, "not described by"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "not JSON"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "not described by"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#, 4, "not described by"),
        (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "type F31"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "shape of tensor a"),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "shape of tensor a"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "has 4 bytes"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "rising"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, "rising"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "beyond the 3 bytes"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes follow"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "after a gap"),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
            "has 0 bytes"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}"#, 4,
            "shape of tensor a"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "overlaps"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "\"a\" twice"
        ),
        (#"{"__metadata__":{"a":1}}"#, 0, "metadata \"a\" are not a string"),
        (#"{"__metadata__":[]}"#, 0, "metadata are not an object"),
    ])
    func refusesAMalformedHeader(json: String, byteCount: Int, reason: String) throws {
        let path = try file(json, byteCount: byteCount)
        let error = #expect(throws: ModelFileError.self) { _ = try SafetensorsFile(reading: path) }
        #expect(error?.code == .malformed)
        #expect(error?.path == path)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test(arguments: [
        ([], "only 0 bytes"), ([2, 0, 0], "only 3 bytes"),
        ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B], "should end at byte 11"),
        ([0, 0, 0, 0, 0, 0, 0, 0x80], "it is no safetensors file"),
        ([UInt8](repeating: 255, count: 8), "it is no safetensors file"),
    ])
    func refusesAWrongHeaderLength(bytes: [UInt8], reason: String) throws {
        let path = try folder.write(bytes, to: "a")
        let error = #expect(throws: ModelFileError.self) { _ = try SafetensorsFile(reading: path) }
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test func saysWhichFileIsMissingOrCannotBeWritten() throws {
        let missing = #expect(throws: ModelFileError.self) {
            _ = try SafetensorsFile(reading: folder.file("no"))
        }
        #expect(missing?.code == .cannotRead)
        let unwritable = #expect(throws: ModelFileError.self) {
            try Self.sample.write(to: .replacing(folder.path))
        }
        #expect(unwritable?.code == .cannotWrite)
        #expect(unwritable?.path == folder.path)
    }

    @Test(arguments: UInt64(0)..<8) func damageNeverCrashes(seed: UInt64) throws {
        try Self.sample.write(to: .replacing(folder.file("a")))
        let sound = try folder.bytes("a")
        var random = SplitMix64(seed: seed)
        var refusedCount = 0
        for _ in 0..<100 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(.random(in: 0...bytes.count, using: &random)) }
            let path = try folder.write(bytes, to: "damaged")
            do throws(ModelFileError) {
                _ = try SafetensorsFile(reading: path)
            } catch {
                #expect(error.code == .malformed)
                refusedCount += 1
            }
        }
        #expect(refusedCount > 50)
    }
}
