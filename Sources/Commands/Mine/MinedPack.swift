import Engines
import Evaluation
import Files
import Foundation
import Labelling
import Mining
import ModelFiles
import Networks
import Pixels
import Records
import Scanning

/// The samples of a pack, for `mine`.
struct MinedPack: MinedData {
    private var found: PackCandidates
    private let pack: any SampleSource
    private let side: Int
    /// What the pack says of a sample is no help to somebody who looks at it for the first time.
    private let tellsLabels: Bool

    var candidates: Candidates { found.candidates }
    var noun: String { "samples" }
    let sceneCount = 0

    /// Whether what was named is a pack and no scene.
    ///
    /// - Throws: where there are several, or packs and scenes.
    static func isPack(_ data: [String]) throws -> Bool {
        let packs = data.filter { $0.hasSuffix(".tiles") || $0.hasSuffix(".rec") }
        guard packs.isEmpty || data.count == 1 else {
            throw CommandError(
                operation: "choose from several packs", path: packs[0], cause: "give one pack, or scenes")
        }
        return !packs.isEmpty
    }

    init(
        _ command: Mine, _ model: ScannedModel?, _ engine: (any Engine)?, strategy: PickStrategy,
        line: ProgressLine
    ) throws {
        pack = try openSamples(command.data[0], framing: model?.model.framing) { ProgressLine.warn("\($0)") }
        tellsLabels = strategy == .labelErrors
        side = model?.model.architecture.inputSize ?? pack.squareSide ?? 224
        // Before the long part: what is wrong in it is told at once.
        let labelled = try command.labelled.map { [pack] in try SampleRow.read($0, sampleCount: pack.count) }
        if let tiles = pack as? TilePack, let labelled, let path = command.labelled {
            try tiles.check(labelled, of: path)
        }
        guard let model, let engine else {
            let job = Job<Int>(on: line) { "\(grouped($0)) samples read" }
            found = try PackCandidates(
                pack, givesFeatures: strategy.needsFeatures, seed: command.seed,
                threads: ProcessInfo.processInfo.activeProcessorCount, job: job)
            if found.samples.count + found.unreadable.count < pack.count {
                ProgressLine.warn(
                    "of \(grouped(pack.count)) samples \(grouped(found.samples.count)) are looked at; with a model, all are"
                )
            }
            for sample in found.unreadable { ProgressLine.warn("\(sample.reason)") }
            mark(labelled, classes: [])
            return
        }
        let count = pack.count
        let job = Job<Int>(on: line) { "\(grouped($0)) of \(grouped(count)) samples scored" }
        found = try PackCandidates(
            pack, scoredBy: model.model, engine, givesFeatures: strategy.needsFeatures,
            hasLabels: strategy == .labelErrors, job: job)
        for sample in found.unreadable { ProgressLine.warn("\(sample.reason)") }
        mark(labelled, classes: model.model.classes)
    }

    /// Leaves out what is labelled already.
    ///
    /// - Parameter classes: the model's.
    private mutating func mark(_ rows: [SampleRow]?, classes: [String]) {
        guard let rows else { return }
        var labels: [Int: Int32] = [:]
        for row in rows {
            guard let name = row.className else { continue }
            // A class that the model does not have counts for none of its own.
            labels[row.sample] = Int32(classes.firstIndex(of: name) ?? classes.count)
        }
        found.mark { labels[$0] }
    }

    func place(of item: Int) throws -> MinedRow.Place {
        let sample = found.samples[item]
        let digest = try (pack as? TilePack)?.digest(ofTile: sample)
        return .sample(
            pack: pack.path, number: sample, digest: digest,
            label: tellsLabels ? pack.classNames[pack.label(of: sample)] : nil)
    }

    func pictures(of items: [Int], cancellation: Cancellation) throws -> [Image] {
        let shown = try PackScoring(pack, classNames: pack.classNames, inputSize: side)
        return try items.map { try shown.picture(of: found.samples[$0], cancellation: cancellation) }
    }
}
