import Bytes
import Foundation

/// The seeded inputs of one reader, which are tried one after the other in this process.
struct Trial {
    /// How many inputs were tried, and what became of them. In a file, so that it outlasts a crash.
    struct Tally: Codable {
        /// The seed of the input that is tried, or was tried last.
        var seed: UInt64
        var acceptedCount = 0
        var refusedCount = 0
    }

    /// What is not a refusal in the reader's own words.
    struct Finding: Error, CustomStringConvertible {
        let description: String
    }

    let reader: FuzzedReader
    let place: TrialPlace
    private let corpus: [FuzzedReader.Input]

    /// Makes the corpus.
    init(_ reader: FuzzedReader, at place: TrialPlace) throws {
        (self.reader, self.place) = (reader, place)
        try FuzzedReader.Input().write(to: place.inputPath)
        corpus = try reader.corpus(place.inputPath)
        precondition(!corpus.isEmpty, "no sound input of \(reader.name) could be made")
    }

    /// Tries inputs of seeds from `first` on, until one is a finding or the time is over.
    func run(from first: UInt64, count: Int?, until end: ContinuousClock.Instant?) throws {
        for input in corpus {
            // Sound ones must be read, or what is made of them is refused at the door.
            try input.write(to: place.inputPath)
            try reader.read(place.inputPath)
        }
        Limits.set()
        var tally = Tally(seed: first)
        var seed = first
        while count.map({ seed - first < UInt64($0) }) ?? true, end.map({ .now < $0 }) ?? true {
            tally.seed = seed
            try place.write(tally)
            try input(of: seed).write(to: place.inputPath)
            if try isAccepted() { tally.acceptedCount += 1 } else { tally.refusedCount += 1 }
            seed += 1
        }
        try place.write(tally)
    }

    /// Tries what lies in the folder.
    func isAccepted() throws -> Bool {
        Limits.begin()
        defer { Limits.end() }
        do {
            try reader.read(place.inputPath)
            return true
        } catch {
            let type = String(reflecting: type(of: error))
            guard !["Foundation", "FoundationEssentials", "Swift"].contains(type.prefix { $0 != "." }) else {
                throw Finding(description: "an error without words of ours: \(type): \(error)")
            }
            guard !"\(error)".isEmpty else { throw Finding(description: "an error without words: \(type)") }
            return false
        }
    }

    private func input(of seed: UInt64) throws -> FuzzedReader.Input {
        var damage = Damage(random: SplitMix64(seed: seed))
        let whole = corpus.randomElement(using: &damage.random) ?? [:]
        let names = whole.keys.filter(reader.damages).sorted()
        var input = whole
        for _ in 0..<Int.random(in: 1...2, using: &damage.random) {
            guard let name = names.randomElement(using: &damage.random), let sound = whole[name] else {
                continue
            }
            let other = corpus.randomElement(using: &damage.random)?[name] ?? sound
            var bytes = sound
            damage.apply(to: &bytes, other: other)
            if Bool.random(using: &damage.random) { try reader.repair?(&bytes, sound) }
            input[name] = bytes
        }
        return input
    }
}
