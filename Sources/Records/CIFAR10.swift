public import Files
import Pixels

/// The CIFAR-10 images in their official binary layout.
///
/// Six files of 10,000 records; a record is a label in `0...9`, then 32x32 pixels: all red, all green, all blue.
/// - Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
public struct CIFAR10: Sendable {
    public enum Part: Hashable, Sendable, CaseIterable {
        case train, test

        package var fileNames: [String] {
            switch self {
            case .train: (1...5).map { "data_batch_\($0).bin" }
            case .test: ["test_batch.bin"]
            }
        }
    }
    public static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]
    static let side = 32
    static let recordByteCount = 1 + side * side * 3
    private static let namesFile = "batches.meta.txt"

    /// Where the files lie.
    public let folder: String
    let recordsPerFile: Int

    /// - Parameter folder: holds the files, or the archive's own folder `cifar-10-batches-bin` with them.
    public init(folder: String) { self.init(folder: folder, recordsPerFile: 10_000) }

    /// With fewer records, for tests.
    package init(folder: String, recordsPerFile: Int) {
        (self.folder, self.recordsPerFile) = (folder, recordsPerFile)
    }

    /// Packs the images of a part in their official order; all records are checked before the pack appears.
    ///
    /// - Parameter job: told the number of images packed. Where it is cancelled, nothing is written.
    /// - Returns: how many there are.
    /// - Throws: `RecordsError`, `Cancelled`.
    public func pack(_ part: Part, to output: OutputFile, job: Job<Int> = Job()) throws -> Int {
        let files = try open(part)
        let writer = try TilePackWriter(
            output, tileWidth: Self.side, tileHeight: Self.side, classNames: Self.classNames)
        for (number, file) in files.enumerated() {
            for record in 0..<recordsPerFile {
                if record % 1000 == 0 {
                    try job.checkCancellation()
                    job.report(number * recordsPerFile + record)
                }
                let label = try label(ofRecord: record, in: file)
                try writer.append(image(ofRecord: record, in: file), label: label)
            }
        }
        try writer.commit()
        return files.count * recordsPerFile
    }

    /// Where the files may lie that the packs are made of.
    public var paths: [String] {
        [folder, "\(folder)/cifar-10-batches-bin"].flatMap { folder in
            Part.allCases.flatMap { $0.fileNames.map { "\(folder)/\($0)" } }
        }
    }

    /// Whether all six files are there with their full length.
    public var isComplete: Bool {
        Part.allCases.allSatisfy { $0.fileNames.allSatisfy { (try? open($0)) != nil } }
    }

    /// The files of a part, with their full length.
    func open(_ part: Part) throws(RecordsError) -> [FileReader] {
        try checkNames()
        return try part.fileNames.map { name throws(RecordsError) in try open(name) }
    }

    private func open(_ name: String) throws(RecordsError) -> FileReader {
        let file: FileReader
        do {
            file = try FileReader(path: "\(folder)/\(name)")
        } catch let direct {
            do {
                file = try FileReader(path: "\(folder)/cifar-10-batches-bin/\(name)")
            } catch {
                throw RecordsError(
                    code: .cannotRead, operation: direct.operation, path: direct.path,
                    cause:
                        "\(direct.cause); CIFAR-10 in binary form is expected there; fetch it with --download"
                )
            }
        }
        let expected = recordsPerFile * Self.recordByteCount
        guard file.byteCount == expected else {
            throw RecordsError(
                code: .malformed, operation: "read CIFAR-10", path: file.path,
                cause: "it has \(file.byteCount) bytes, not \(expected): truncated, or not the binary version"
            )
        }
        return file
    }

    func label(ofRecord record: Int, in file: FileReader) throws(RecordsError) -> Int {
        let label = Int(try read(1, at: record * Self.recordByteCount, of: file)[0])
        guard Self.classNames.indices.contains(label) else {
            throw RecordsError(
                code: .malformed, operation: "read record \(record)", path: file.path,
                cause: "its label is \(label), not in 0...\(Self.classNames.count - 1)")
        }
        return label
    }

    /// One image, from planes to pixels.
    func image(ofRecord record: Int, in file: FileReader) throws(RecordsError) -> Image {
        let area = Self.side * Self.side
        let planes = try read(3 * area, at: record * Self.recordByteCount + 1, of: file)
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * area) { pixels, count in
            for pixel in 0..<area {
                for channel in 0..<3 { pixels[3 * pixel + channel] = planes[channel * area + pixel] }
            }
            count = 3 * area
        }
        return Image(width: Self.side, height: Self.side, pixelsHWC: pixels)
    }

    private func read(_ count: Int, at offset: Int, of file: FileReader) throws(RecordsError) -> [UInt8] {
        do { return try file.read(count, at: offset) } catch { throw RecordsError(reading: error) }
    }

    /// The archive's list of names is not needed, but where it is there it must say what we know.
    ///
    /// It has 61 bytes.
    private func checkNames() throws(RecordsError) {
        let paths = ["\(folder)/\(Self.namesFile)", "\(folder)/cifar-10-batches-bin/\(Self.namesFile)"]
        guard let file = paths.lazy.compactMap({ try? FileReader(path: $0) }).first else { return }
        guard file.byteCount <= 1 << 12 else {
            throw RecordsError(
                code: .malformed, operation: "read CIFAR-10", path: file.path,
                cause: "it has \(file.byteCount) bytes, so it is not a list of ten names")
        }
        let names = String(decoding: try read(file.byteCount, at: 0, of: file), as: UTF8.self).split(
            whereSeparator: \.isWhitespace
        ).map { String($0) }
        guard names == Self.classNames else {
            throw RecordsError(
                code: .malformed, operation: "read CIFAR-10", path: file.path,
                cause: "it names the classes \(names), not \(Self.classNames)")
        }
    }
}
