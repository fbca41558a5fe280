import Annotations
import Bytes
import Files
import Pixels
import TestSupport
import Testing

/// What is written is read again, in every format that is both written and read.
struct RoundTripTests {
    struct Case: Sendable {
        var format: AnnotationFormat
        var kept: Kept
        /// In pixels: where places are fractions of sides, or sizes instead of edges.
        var tolerance = 0.0
    }

    static let cases = [
        Case(format: .jsonLines, kept: Kept()),
        Case(format: .csv, kept: Kept()),
        Case(format: .coco, kept: Kept(points: false), tolerance: 2e-6),
        Case(
            format: .yolo,
            kept: Kept(points: false, visibleFractions: false, occlusion: false, verdicts: false),
            tolerance: 2e-6),
        Case(
            format: .voc,
            kept: Kept(points: false, fractionsOfPixels: false, visibleFractions: false, verdicts: false)),
        Case(
            format: .labelStudio, kept: Kept(visibleFractions: false, occlusion: false, verdicts: false),
            tolerance: 2e-6),
        Case(format: .qupath, kept: Kept()),
    ]

    @Test(arguments: UInt64(0)..<20) func readsWhatItWrites(seed: UInt64) throws {
        for each in Self.cases {
            var random = SplitMix64(seed: seed)
            let written = (0..<Int(seed * 3)).map { _ in Annotation.random(each.kept, using: &random) }
            let folder = try TemporaryFolder()
            let names = try Self.write(written, as: each, to: folder)
            let address = Address(folder.file(names[0]))
            // A table without rows names no scene, and nothing tells what a file without objects is for.
            guard !written.isEmpty else { continue }
            let file = try AnnotationFile(opening: address, cancellation: Cancellation())
            #expect(file.format == each.format)
            let read = try file.annotations(of: .sample)
            #expect(read.notes.isEmpty, "\(each.format.name): \(read.notes)")
            #expect(read.annotations.count == written.count, "\(each.format.name)")
            for (one, other) in zip(read.annotations, written) {
                #expect(one.isNear(other, each.tolerance), "\(each.format.name): \(one) is not \(other)")
            }
        }
    }

    @Test func scenesWithoutObjectsAreWrittenAndReadAgain() throws {
        for each in Self.cases where each.format != .csv {
            let folder = try TemporaryFolder()
            let names = try Self.write([], as: each, to: folder)
            let file = try AnnotationFile(
                opening: Address(folder.file(names[0])), format: each.format, cancellation: Cancellation())
            #expect(try file.annotations(of: .sample).annotations.isEmpty, "\(each.format.name)")
        }
    }

    @Test func writesTheSameBytesEachTime() throws {
        for each in Self.cases + [Case(format: .parquet, kept: Kept())] {
            var random = SplitMix64(seed: 1)
            let written = (0..<50).map { _ in Annotation.random(each.kept, using: &random) }
            let files = try (0..<2).map { _ in
                let folder = try TemporaryFolder()
                return try Self.write(written, as: each, to: folder).map { try folder.bytes($0) }
            }
            #expect(files[0] == files[1], "\(each.format.name)")
        }
    }

    /// Cut off and damaged files end in an error or in annotations, never in a trap.
    @Test(arguments: UInt64(0)..<8) func damagedFilesAreReadOrRefused(seed: UInt64) throws {
        for each in Self.cases {
            var random = SplitMix64(seed: seed)
            let written = (0..<6).map { _ in Annotation.random(each.kept, using: &random) }
            let folder = try TemporaryFolder()
            let names = try Self.write(written, as: each, to: folder)
            let sound = try folder.bytes(names[0])
            for _ in 0..<40 {
                var bytes = sound
                if Bool.random(using: &random) {
                    bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                } else {
                    for _ in 0..<Int.random(in: 1...4, using: &random) {
                        let index = Int.random(in: bytes.indices, using: &random)
                        bytes[index] =
                            [0x2D, 0x39, 0x65, 0x22, 0x3C, .random(in: 0...255, using: &random)]
                            .randomElement(using: &random) ?? 0
                    }
                }
                _ = try folder.write(bytes, to: names[0])
                do {
                    let file = try AnnotationFile(
                        opening: Address(folder.file(names[0])), format: each.format,
                        cancellation: Cancellation())
                    let read = try file.annotations(of: .sample).annotations
                    #expect(read.allSatisfy { $0.box(pointSide: 1).pixels.area > 0 })
                } catch is AnnotationError {
                    continue
                }
            }
        }
    }

    @Test func formatsWithoutPointsSaySo() throws {
        for format in [AnnotationFormat.coco, .yolo, .voc] {
            let folder = try TemporaryFolder()
            let writer = try format.writer(
                into: folder.path, named: "found", of: .sample, classes: ["car"], version: "1",
                cancellation: Cancellation())
            let error = #expect(throws: AnnotationError.self) {
                try writer.write(Annotation(className: "car", shape: .point(x: 1, y: 2)))
            }
            #expect(error?.code == .unsupported, "\(format.name)")
            #expect(try writer.fileNames.allSatisfy { try !folder.names.contains($0) }, "\(format.name)")
        }
    }

    /// - Returns: the names of the files.
    private static func write(
        _ annotations: [Annotation], as each: Case, to folder: TemporaryFolder
    ) throws -> [String] {
        let writer = try each.format.writer(
            into: folder.path, named: "found", of: .sample, classes: each.kept.classNames, version: "1.2.3",
            cancellation: Cancellation())
        for annotation in annotations { try writer.write(annotation) }
        try writer.finish()
        #expect(try folder.names == writer.fileNames.sorted(), "\(each.format.name)")
        return writer.fileNames
    }
}

extension Annotation {
    /// The same but for rounding.
    fileprivate func isNear(_ other: Annotation, _ tolerance: Double) -> Bool {
        guard tolerance > 0 else { return self == other }
        let (box, otherBox) = (box(pointSide: 2), other.box(pointSide: 2))
        let differences = [
            box.x0 - otherBox.x0, box.y0 - otherBox.y0, box.x1 - otherBox.x1, box.y1 - otherBox.y1,
        ]
        let scoreDifference = (score ?? -1) - (other.score ?? -1)
        return className == other.className && isPoint == other.isPoint && verdict == other.verdict
            && differences.allSatisfy { abs($0) <= tolerance } && abs(scoreDifference) < 1e-9
            && visibleFraction == other.visibleFraction
    }
}
