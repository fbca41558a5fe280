import Foundation

/// The trial of one reader in processes of its own, of which a new one begins where another one crashed.
struct Campaign {
    let reader: FuzzedReader
    /// Where the files of all trials go.
    let folder: String
    /// A reader that crashes so often needs no more.
    private static let findingLimit = 20

    struct Outcome {
        var acceptedCount = 0
        var refusedCount = 0
        var findings: [String] = []
        var seconds = 0.0
    }

    /// - Parameter count: of inputs; `nil` for as many as there is time for.
    func run(from first: UInt64, count: Int?, seconds: Double?) throws -> Outcome {
        let place = try TrialPlace(of: reader, in: folder)
        let start = ContinuousClock.now
        var outcome = Outcome()
        var seed = first
        while outcome.findings.count < Self.findingLimit {
            let spent = start.duration(to: .now) / .seconds(1)
            var words = ["--trial", reader.name, "--work", folder, "--seed", "\(seed)"]
            if let count { words += ["--inputs", "\(count - Int(seed - first))"] }
            if let seconds { words += ["--seconds", "\(seconds - spent)"] }
            if let seconds, spent >= seconds { break }
            place.removeTally()
            let end = try Self.run(words, log: place.logPath)
            let tally = try place.tally()
            outcome.acceptedCount += tally?.acceptedCount ?? 0
            outcome.refusedCount += tally?.refusedCount ?? 0
            guard let end else { break }
            guard let tally else {
                outcome.findings.append("\(reader.name): its sound files are not read: \(end)")
                break
            }
            outcome.findings.append(try keep(tally.seed, end, at: place))
            seed = tally.seed + 1
            if let count, Int(seed - first) >= count { break }
        }
        outcome.seconds = start.duration(to: .now) / .seconds(1)
        return outcome
    }

    /// Keeps the input of a finding.
    private func keep(_ seed: UInt64, _ end: String, at place: TrialPlace) throws -> String {
        let kept = "\(folder)/findings/\(reader.name)-\(seed)"
        try? FileManager.default.removeItem(atPath: kept)
        try FileManager.default.createDirectory(
            atPath: folder + "/findings", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: place.inputPath, toPath: kept)
        return "\(reader.name) --input \(kept): \(end)"
    }

    /// - Returns: what ended the process, and the first words of a crash; `nil` where it ended by itself.
    private static func run(_ words: [String], log: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) {
            $1
        }
        try Data().write(to: URL(filePath: log))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        process.waitUntilExit()
        guard process.terminationReason == .uncaughtSignal || process.terminationStatus != 0 else {
            return nil
        }
        let lines = try String(decoding: Data(contentsOf: URL(filePath: log)), as: UTF8.self).split(
            separator: "\n")
        let sentence = lines.first { $0.contains("Fatal error") } ?? lines.last { $0.contains("Error") }
        let words = sentence.map { ": " + $0.prefix(160) } ?? ""
        let isSignal = process.terminationReason == .uncaughtSignal
        return (isSignal ? "signal " : "exit ") + "\(process.terminationStatus)" + words
    }
}
