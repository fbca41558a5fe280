import Annotations
import Bytes
import Files
import TestSupport
import Testing

/// What is written is read again, in every format that is both written and read.
struct RoundTripTests {
    private static let formats: [(format: AnnotationFormat, kept: Kept)] = [
        (.jsonLines, Kept()), (.csv, Kept()),
    ]

    @Test(arguments: UInt64(0)..<20) func readsWhatItWrites(seed: UInt64) throws {
        for (format, kept) in Self.formats {
            var random = SplitMix64(seed: seed)
            let written = (0..<Int(seed * 3)).map { _ in Annotation.random(kept, using: &random) }
            let folder = try TemporaryFolder()
            try Self.write(written, as: format, classes: kept.classNames, to: folder)
            let file = try AnnotationFile(
                opening: Self.address(in: folder, format), cancellation: Cancellation())
            #expect(file.format == format)
            // A table without rows names no scene.
            let read = written.isEmpty && format == .csv ? [] : try file.annotations(of: .sample).annotations
            #expect(read == written, "\(format.name)")
        }
    }

    @Test func writesTheSameBytesEachTime() throws {
        for (format, kept) in Self.formats {
            var random = SplitMix64(seed: 1)
            let written = (0..<50).map { _ in Annotation.random(kept, using: &random) }
            let files = try (0..<2).map { _ in
                let folder = try TemporaryFolder()
                try Self.write(written, as: format, classes: kept.classNames, to: folder)
                return try folder.names.map { try folder.bytes($0) }
            }
            #expect(files[0] == files[1], "\(format.name)")
        }
    }

    private static func write(
        _ annotations: [Annotation], as format: AnnotationFormat, classes: [String],
        to folder: TemporaryFolder
    ) throws {
        let writer = try format.writer(
            into: folder.path, named: "found", of: .sample, classes: classes, version: "1.2.3",
            cancellation: Cancellation())
        for annotation in annotations { try writer.write(annotation) }
        try writer.finish()
        #expect(try Set(writer.fileNames).isSubset(of: folder.names), "\(format.name)")
    }

    private static func address(in folder: TemporaryFolder, _ format: AnnotationFormat) throws -> Address {
        Address(folder.file(try #require(try folder.names.first)))
    }
}
