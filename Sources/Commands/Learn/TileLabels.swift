import Files
import Foundation
import Labelling
import Labels
import Records

/// Labels of a project whose tiles get a class, in and out.
struct TileLabels {
    private let project: Project
    private let store: LabelStore
    private let pack: LabelledPack

    init(_ project: Project, pack path: String, in folder: ProjectFolder) throws {
        self.project = project
        pack = try LabelledPack(opening: path, cancellation: .ofSignals)
        store = try folder.openLabels()
    }

    /// Brings the classes of samples in. Rows without one are left out.
    ///
    /// - Parameter path: of a table that `SampleRow` reads.
    /// - Parameter who: has labelled.
    func add(_ path: String, who: String) throws {
        guard path.hasSuffix(".csv") || path.hasSuffix(".jsonl") else {
            throw CommandError(
                operation: "bring in its labels", path: path,
                cause:
                    "the project has tiles: give a table with \"sample\" and \"class\" (.csv, .jsonl), as mine writes it"
            )
        }
        let rows = try SampleRow.read(path, sampleCount: pack.pack.count)
        try pack.pack.check(rows, of: path)
        let known = try pack.labels(in: store)
        var events: [LabelEvent] = []
        var given: [LabelPlace: Label] = [:]
        var storedCount = 0
        var others: [String: Int] = [:]
        for row in rows {
            guard let name = row.className else { continue }
            guard project.classes.contains(name) || name == Project.unsureName else {
                others[name, default: 0] += 1
                continue
            }
            let place = pack.place(of: row.sample)
            let label: Label = name == Project.unsureName ? .unsure : .class(name)
            if let other = given.updateValue(label, forKey: place) {
                guard other == label else {
                    throw CommandError(
                        operation: "bring in its labels", path: path,
                        cause:
                            "sample \(row.sample) is \(other) in one row and \(label) in another, or a tile that looks the same is"
                    )
                }
                continue
            }
            guard known[row.sample] != label else {
                storedCount += 1
                continue
            }
            events.append(
                LabelEvent(
                    id: UUID().uuidString, who: who, source: LabelledPack.source,
                    action: .import(place, to: label, origin: Address(path).lastComponent)))
        }
        for (name, count) in others.sorted(by: { $0.key < $1.key }) {
            ProgressLine.warn(
                "\(counted(count, "row")) of \(name) are left out: the project has \(shortList(project.classes))"
            )
        }
        guard !events.isEmpty || storedCount > 0 else {
            throw CommandError(
                operation: "bring in its labels", path: path,
                cause: others.isEmpty
                    ? "none of its rows has a class: fill in \"class\", with \(shortList(project.classes))"
                    : "none of its rows has a class of the project: \(shortList(project.classes))")
        }
        try store.append(events)
        say("\(counted(events.count, "label")) brought in; \(storedCount) were there already")
    }

    /// Writes what is labelled as a table that `add` reads.
    func write(to output: OutputFile) throws {
        let rows = try pack.labels(in: store).enumerated().compactMap { sample, label in
            label.map {
                SampleRow(
                    sample: sample, className: $0.className ?? Project.unsureName,
                    digest: pack.digest(of: sample))
            }
        }
        try writeFile(SampleRow.text(of: rows), to: output)
        say("\(output.path): \(counted(rows.count, "sample"))")
    }

    /// How many there are, by class.
    func table() throws -> TextTable {
        let labels = try pack.labels(in: store).compactMap(\.self)
        let rows = project.classes.map { name in
            [name, "\(labels.count { $0 == .class(name) })"]
        }
        return TextTable(
            heads: ["class", "tiles"],
            rows: rows + [["not sure", "\(labels.count { $0 == .unsure })"]])
    }
}
