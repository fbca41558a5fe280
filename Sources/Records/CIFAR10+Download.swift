import Files
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
    /// - Parameter progress: is told the bytes that have come, a few times in a second.
    /// - Parameter shouldStop: is asked as often; the transfer then ends with an error.
    public func download(
        from url: String = archiveURL, md5: String = archiveMD5, progress: (Int) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws(RecordsError) {
        let archive = "\(folder)/cifar-10-binary.tar.gz.partial-\(getpid())"
        defer { unlink(archive) }
        do { try makeFolder(folder) } catch { throw RecordsError(writing: error) }
        try fetch(url, md5: md5, to: archive, progress: progress, shouldStop: shouldStop)
        let found = try run(["md5sum", archive], operation: "check").prefix { $0 != " " }
        guard found == md5 else {
            throw RecordsError(
                code: .malformed, operation: "use what was downloaded", path: url,
                cause: "its md5 is \(found), not \(md5): the transfer was damaged, or this is another file")
        }
        let arguments = ["-x", "-z", "--no-same-owner", "--strip-components=1", "-C", folder, "-f", archive]
        _ = try run(["tar"] + arguments, operation: "unpack")
    }

    private func fetch(
        _ url: String, md5: String, to archive: String, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(RecordsError) {
        let arguments = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", "20"]
        let stalled = ["--speed-limit", "1000", "--speed-time", "60"]
        _ = try run(
            ["curl"] + arguments + stalled + ["--output", archive, url], operation: "download", of: url,
            failure: .cannotDownload,
            advice: "; without a network, fetch \(url) elsewhere (md5 \(md5)), unpack it, "
                + "and name its folder without --download"
        ) {
            var status = stat()
            if stat(archive, &status) == 0 { progress(Int(status.st_size)) }
            return !shouldStop()
        }
    }

    /// Runs a program.
    ///
    /// - Parameter goesOn: is asked many times in a second; the program is ended when it says no.
    /// - Returns: its standard output.
    private func run(
        _ words: [String], operation: String, of subject: String? = nil,
        failure: RecordsError.Code = .cannotRead, advice: String = "", goesOn: () -> Bool = { true }
    ) throws(RecordsError) -> String {
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
        var wasStopped = false
        while process.isRunning {
            if !wasStopped && !goesOn() {
                wasStopped = true
                process.terminate()
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard process.terminationStatus == 0, !wasStopped else {
            let cause = wasStopped ? "it was stopped" : words.trimmingCharacters(in: .whitespacesAndNewlines)
            throw RecordsError(
                code: failure, operation: operation, path: subject ?? folder, cause: cause + advice)
        }
        return text
    }
}
