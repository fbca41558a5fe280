import EndingJobs
import Files
import Foundation
import Records
import TestSupport
import Testing

@Suite struct CIFAR10DownloadTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ words: [String]) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        try #require(process.terminationStatus == 0)
        return text
    }

    /// - Returns: the archive's address and md5.
    private func makeArchive() throws -> (url: String, md5: String) {
        let inside = folder.file("cifar-10-batches-bin")
        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
        for name in CIFAR10Tests.fileNames {
            _ = try folder.write([UInt8](repeating: 3, count: 3073), to: "cifar-10-batches-bin/\(name)")
        }
        let archive = folder.file("a.tar.gz")
        _ = try run(["tar", "-czf", archive, "-C", folder.path, "cifar-10-batches-bin"])
        return ("file://\(archive)", String(try run(["md5sum", archive]).prefix(32)))
    }

    @Test func fetchesChecksAndUnpacks() throws {
        let (url, md5) = try makeArchive()
        let cifar = CIFAR10(folder: folder.file("new/data"), recordsPerFile: 1)
        try cifar.download(from: url, md5: md5)
        #expect(cifar.isComplete)
        #expect(try cifar.pack(.train, to: .replacing(folder.file("train.tiles"))) == 5)
        let names = try FileManager.default.contentsOfDirectory(atPath: cifar.folder)
        #expect(names.sorted() == CIFAR10Tests.fileNames.sorted())
    }

    @Test func refusesAnotherFileAndLeavesNothing() throws {
        let url = try makeArchive().url
        let cifar = CIFAR10(folder: folder.file("new"), recordsPerFile: 1)
        let error = #expect(throws: RecordsError.self) { try cifar.download(from: url) }
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains("not c32a1d4ab5d03f1284b67883e8d87530") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cifar.folder).isEmpty)
    }

    /// Nobody listens at port 1, so that this needs no network.
    @Test func saysWhatToDoWithoutANetwork() throws {
        let cifar = CIFAR10(folder: folder.path, recordsPerFile: 1)
        let error = #expect(throws: RecordsError.self) {
            try cifar.download(from: "http://127.0.0.1:1/cifar-10-binary.tar.gz")
        }
        #expect(error?.code == .cannotDownload)
        #expect(error?.cause.contains("curl: (7)") == true, "\(error?.cause ?? "")")
        #expect(error?.cause.contains("without a network, fetch") == true)
    }

    @Test func stopsWhenItIsAskedTo() throws {
        let url = try makeArchive().url
        let cifar = CIFAR10(folder: folder.file("new"), recordsPerFile: 1)
        #expect(throws: Cancelled()) { try cifar.download(from: url, job: .cancelled) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: cifar.folder).isEmpty)
    }
}
