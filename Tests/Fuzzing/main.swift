import ArgumentParser
import Foundation

/// Damages files of every kind that is read, by seeds, and reads them.
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tilescope-fuzz",
        abstract: "Read damaged files of every kind, to see that each is read or refused.",
        discussion: """
            Prints a line for each reader. A crash, more than 10 s of processor time, more than 1 GiB of memory or an error \
            of the system's instead of ours is a finding: its input is kept, and the exit code is 1. \
            The same seed damages the same files in the same way.
            """)

    @Option(help: "Only this reader; may be given several times.") var reader: [String] = []
    @Option(help: "Read what lies in this folder, as the one reader does.") var input: String?
    @Option(help: "Inputs for each reader.") var inputs: Int?
    @Option(help: "Minutes for all readers together.") var minutes: Double?
    @Option(help: "Of the first input.") var seed: UInt64 = 1
    /// In memory where that can be: what commands write is synchronised with the disk.
    @Option(help: "The folder for files.") var work =
        FileManager.default.isWritableFile(atPath: "/dev/shm")
        ? "/dev/shm/tilescope-fuzz" : "/tmp/tilescope-fuzz"
    @Option(help: .private) var trial: String?
    @Option(help: .private) var seconds: Double?

    private var readers: [FuzzedReader] {
        FuzzedReader.all.filter { reader.isEmpty || reader.contains($0.name) }
    }

    func validate() throws {
        let unknown = Set(reader).subtracting(FuzzedReader.all.map(\.name))
        guard unknown.isEmpty else {
            let names = FuzzedReader.all.map(\.name).joined(separator: ", ")
            throw ValidationError(
                "no reader is named \(unknown.sorted().joined(separator: ", ")); there are \(names)")
        }
        guard input == nil || reader.count == 1 else { throw ValidationError("--input takes one --reader") }
        guard trial != nil || input != nil || inputs != nil || minutes != nil else {
            throw ValidationError("give --minutes or --inputs")
        }
    }

    func run() throws {
        if let trial, let reader = FuzzedReader.all.first(where: { $0.name == trial }) {
            let end = seconds.map { ContinuousClock.now + .seconds($0) }
            try Trial(reader, at: TrialPlace(of: reader, in: work)).run(from: seed, count: inputs, until: end)
        } else if let input {
            try readers[0].read(input)
        } else {
            try tryAll()
        }
    }

    private func tryAll() throws {
        var findings: [String] = []
        for reader in readers {
            let outcome = try Campaign(reader: reader, folder: work).run(
                from: seed, count: inputs, seconds: minutes.map { $0 * 60 / Double(readers.count) })
            let count = outcome.acceptedCount + outcome.refusedCount + outcome.findings.count
            let rate = Int((Double(count) / max(outcome.seconds, 0.001)).rounded())
            print(
                "\(reader.name): \(count) inputs, \(outcome.refusedCount) refused, \(outcome.acceptedCount) accepted, "
                    + "\(outcome.findings.count) findings, \(rate) a second")
            fflush(nil)
            findings += outcome.findings
        }
        for finding in findings { print("finding: tilescope-fuzz --reader \(finding)") }
        if !findings.isEmpty { throw ExitCode.failure }
    }
}

Fuzz.main()
