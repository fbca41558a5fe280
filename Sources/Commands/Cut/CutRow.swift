import Files
import Rasters
import Records
import Scenes

/// What became of one scene of a cut: a row of the table beside the pack.
struct CutRow {
    enum Part: String { case train, validation }

    /// Its address, without secrets.
    var scene: String
    /// Its file name, by which scenes are ordered.
    var name: String
    var part: Part
    /// `nil` where nothing was cut of it.
    var counts: CutCounts?
    var outside: [String] = []
    var otherCount = 0
    var hiddenCount = 0
    var error: String?

    /// - Parameter members: in the order of `pack.scenes`.
    static func rows(_ part: Part, _ members: [CutReader.Read], _ inputs: [CutInput], _ pack: CutPack)
        -> [CutRow]
    {
        zip(zip(members, inputs), pack.scenes).map { member, counts in
            CutRow(
                scene: member.0.scene.address.description, name: member.0.name, part: part, counts: counts,
                outside: member.1.outside, otherCount: member.1.otherCount, hiddenCount: member.1.hiddenCount,
                error: counts.error.map(withoutSecrets))
        }
    }

    /// As CSV.
    static func table(_ rows: [CutRow], classes: [String]) -> String {
        let header =
            ["scene", "part", "objects"] + classes.map { "tiles:\($0)" }
            + [
                "falseAlarms", "unfit", "hidden", "outside", "otherClasses", "lost", "empty", "plain",
                "error",
            ]
        let lines = rows.map { row -> [String] in
            func text(_ count: KeyPath<CutCounts, Int>) -> String {
                row.counts.map { "\($0[keyPath: count])" } ?? ""
            }
            let tiles = classes.indices.map { label in row.counts.map { "\($0.tileCounts[label])" } ?? "" }
            let own =
                row.counts == nil
                ? ["", "", ""] : ["\(row.hiddenCount)", "\(row.outside.count)", "\(row.otherCount)"]
            return [row.scene, row.part.rawValue, text(\.objectCount)] + tiles
                + [text(\.falseAlarmCount), text(\.unfitCount)] + own
                + [text(\.lostCount), text(\.emptyCount), text(\.plainCount), row.error ?? ""]
        }
        return ([header] + lines).map { $0.map(csvField).joined(separator: ",") + "\n" }.joined()
    }

    /// One line for people.
    func text(_ classes: CutClasses) -> TerminalText {
        var parts: [TerminalText] = []
        if let counts {
            parts.append("\(counted(counts.objectCount, "object"))")
            for (name, count) in zip(classes.names, counts.tileCounts) where count > 0 {
                parts.append("\(counted(count, "tile")) of \(shortName(name))")
            }
            if counts.falseAlarmCount > 0 {
                parts.append("\(counts.falseAlarmCount) of them at false alarms")
            }
            if counts.unfitCount > 0 {
                parts.append(
                    "\(counted(counts.unfitCount, "object fits", "objects fit")) in no tile (too near the edge, too small or too large)"
                )
            }
            if hiddenCount > 0 {
                parts.append("\(counted(hiddenCount, "object is", "objects are")) too little visible")
            }
            if !outside.isEmpty {
                parts.append(
                    "\(counted(outside.count, "lies", "lie")) outside the scene: \(shortList(outside))")
            }
            if otherCount > 0 { parts.append("\(counted(otherCount, "is", "are")) of other classes") }
            if counts.lostCount > 0 {
                parts.append("\(counted(counts.lostCount, "tile cannot", "tiles cannot")) be read")
            }
            if counts.emptyCount > 0 {
                parts.append("\(counted(counts.emptyCount, "tile has", "tiles have")) too few valid pixels")
            }
            if counts.plainCount > 0 {
                parts.append("\(counted(counts.plainCount, "tile hardly varies", "tiles hardly vary"))")
            }
        }
        if let error { parts.append("\(error)") }
        let place: TerminalText = part == .train ? "\(scene)" : "\(scene) (validation)"
        guard let first = parts.first else { return place }
        return parts.dropFirst().reduce("\(place): \(first)") { "\($0), \($1)" }
    }
}

extension CutPack {
    /// What a pack holds, for people.
    func texts(_ path: String, _ classes: CutClasses, _ plan: CutPlan) -> [TerminalText] {
        let counts = classes.names.indices.map { label in scenes.reduce(0) { $0 + $1.tileCounts[label] } }
        let words = zip(classes.names, counts).map { "\($1) of \(shortName($0))" }.joined(separator: ", ")
        var texts: [TerminalText] = [
            "\(path): \(counted(tileCount, "tile")) of \(plan.windowSize)x\(plan.windowSize): \(words)"
        ]
        if repeatCount > 1 {
            texts.append(
                "windows with an object stand there \(repeatCount) times, so that they are not too few")
        }
        if let objects = origin.objects {
            for name in classes.names {
                guard let sizes = objects.sizes[name]?.map({ $0.significant(4) }) else { continue }
                let range: TerminalText =
                    sizes[0] == sizes[2]
                    ? "\(sizes[0]) pixels long in the scenes"
                    : "\(sizes[0]) to \(sizes[2]) pixels long in the scenes, half of them at most \(sizes[1])"
                texts.append("\(shortName(name)): \(range)")
            }
            let (least, most) = (
                objects.sizesInTiles[0].significant(4), objects.sizesInTiles[1].significant(4)
            )
            texts.append(
                least == most
                    ? "\(least) pixels long in the tiles" : "\(least) to \(most) pixels long in the tiles")
        }
        if let size = origin.pixelSize {
            texts.append("a pixel of a tile has a side of \(size.significant(4)) m, in the middle")
        }
        return texts
    }
}
