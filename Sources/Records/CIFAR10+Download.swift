public import Files
import Foundation

extension CIFAR10 {
    /// The official archive.
    public static let archiveURL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    /// As the official page gives it.
    public static let archiveMD5 = "c32a1d4ab5d03f1284b67883e8d87530"

    /// Fetches the archive, checks it, and unpacks it into the folder; an archive that is not the one expected is
    /// removed again.
    ///
    /// By the programs `curl` (which knows proxies), `md5sum` and `tar`. Blocks for as long as it takes.
    ///
    /// - Parameter job: told the bytes that have come, and looked up, many times in a second.
    /// - Throws: `RecordsError`, `Cancelled`.
    public func download(
        from url: String = archiveURL, md5: String = archiveMD5, job: Job<Int> = Job()
    ) throws {
        let archive = try beginArchive()
        try fetch(url, md5: md5, to: archive.path, job: job)
        let found = try run(["md5sum", archive.path], operation: "check", job: job).prefix { $0 != " " }
        guard found == md5 else {
            throw RecordsError(
                code: .malformed, operation: "use the downloaded file", path: url,
                cause:
                    "its md5 is \(found), not \(md5): the transfer was damaged, or the file is not the right one"
            )
        }
        let arguments = [
            "-x", "-z", "--no-same-owner", "--strip-components=1", "-C", folder, "-f", archive.path,
        ]
        _ = try run(["tar"] + arguments, operation: "unpack", job: job)
    }

    /// A file that never gets its name: once unpacked it is removed.
    private func beginArchive() throws(RecordsError) -> PartialFile {
        do throws(FileError) {
            try makeFolder(folder)
            return try PartialFile(.replacing("\(folder)/cifar-10-binary.tar.gz"))
        } catch {
            throw RecordsError(writing: error)
        }
    }

    private func fetch(_ url: String, md5: String, to archive: String, job: Job<Int>) throws {
        let arguments = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", "20"]
        let stalled = ["--speed-limit", "1000", "--speed-time", "60"]
        _ = try run(
            ["curl"] + arguments + stalled + ["--output", archive, url], operation: "download", of: url,
            failure: .cannotDownload,
            advice: "; without a network, fetch \(url) elsewhere (md5 \(md5)), unpack it, "
                + "and name its folder without --download", job: job
        ) {
            var status = stat()
            if stat(archive, &status) == 0 { job.report(Int(status.st_size)) }
        }
    }

    /// Runs a program, which is ended where the job is cancelled.
    ///
    /// - Parameter whileRunning: called many times in a second.
    /// - Returns: its standard output.
    private func run(
        _ words: [String], operation: String, of subject: String? = nil,
        failure: RecordsError.Code = .cannotRead, advice: String = "", job: Job<Int>,
        whileRunning: () -> Void = {}
    ) throws -> String {
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        (process.standardOutput, process.standardError) = (output, errors)
        do {
            try process.run()
        } catch {
            throw RecordsError(
                code: failure, operation: operation, path: subject ?? folder,
                cause: "\(words[0]) does not start: \(error.localizedDescription)")
        }
        var wasTerminated = false
        while process.isRunning {
            whileRunning()
            if !wasTerminated && job.isCancelled {
                wasTerminated = true
                process.terminate()
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        // Also where the program ended by itself: Ctrl-C goes to it as well.
        try job.checkCancellation()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw RecordsError(
                code: failure, operation: operation, path: subject ?? folder,
                cause: words.trimmingCharacters(in: .whitespacesAndNewlines) + advice)
        }
        return text
    }
}
