import Files
import Mining
import Pixels

/// One choice, as `mine` writes it.
struct MinedRow: Encodable {
    enum Place {
        case window(scene: String, box: PixelRect)
        case sample(pack: String, number: Int, digest: String?, label: String?)
    }

    /// From 1 on.
    var number: Int
    var scene: String?
    /// x0, y0, x1, y1 in pixels of the whole upright scene.
    var box: [Int]?
    var pack: String?
    var sample: Int?
    /// What tells a tile from others (`TilePack.digest`).
    var digest: String?
    /// What the pack says, where that is in doubt.
    var label: String?
    /// The class that the model takes it for.
    var predicted: String?
    /// Why it was chosen, in the numbers of the strategy.
    var value: Float?
    /// Whether the label is so unlikely that it is probably wrong; absent but for that strategy.
    var isSuspicious: Bool?

    private enum CodingKeys: CodingKey {
        case number, scene, box, pack, sample, digest, label, predicted, `class`, value, isSuspicious
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(number, forKey: .number)
        try values.encodeIfPresent(scene, forKey: .scene)
        try values.encodeIfPresent(box, forKey: .box)
        try values.encodeIfPresent(pack, forKey: .pack)
        try values.encodeIfPresent(sample, forKey: .sample)
        try values.encodeIfPresent(digest, forKey: .digest)
        try values.encodeIfPresent(label, forKey: .label)
        try values.encodeIfPresent(predicted, forKey: .predicted)
        // A person's word, to be filled in: the model's guess is none.
        try values.encodeNil(forKey: .class)
        try values.encodeIfPresent(value, forKey: .value)
        try values.encodeIfPresent(isSuspicious, forKey: .isSuspicious)
    }

    init(
        _ number: Int, _ pick: Pick, _ data: any MinedData, classes: [String], strategy: PickStrategy
    ) throws {
        self.number = number
        switch try data.place(of: pick.item) {
        case .window(let scene, let box):
            self.scene = scene
            self.box = [box.x0, box.y0, box.x1, box.y1]
        case .sample(let pack, let sample, let digest, let label):
            (self.pack, self.sample, self.digest, self.label) = (pack, sample, digest, label)
        }
        predicted = pick.label.map { classes[$0] }
        value = pick.value
        isSuspicious = strategy == .labelErrors ? pick.isConfident : nil
    }

    /// For people, from top to bottom.
    ///
    /// - Parameter namesScene: whether the scene's file name has a line.
    /// - Parameter isWhole: whether the place is the whole scene.
    func lines(namesScene: Bool, isWhole: Bool) -> [String] {
        let place = isWhole ? nil : box.map { "at \($0[0]),\($0[1])" } ?? sample.map { "#\($0)" }
        let classes = [label, predicted].compactMap(\.self).joined(separator: " → ")
        let name = namesScene ? scene.map { Address($0).lastComponent } : nil
        return ["\(number)"] + [classes.isEmpty ? nil : classes, place, name].compactMap(\.self)
    }

    static func write(_ rows: [MinedRow], to target: OutputFile) throws {
        guard target.path.hasSuffix(".csv") else {
            return try writeFile(rows.map { try JSONText($0).text + "\n" }.joined(), to: target)
        }
        let header = "number,scene,x0,y0,x1,y1,pack,sample,label,predicted,class,value,suspicious,digest\n"
        let lines = rows.map { row in
            let box = row.box.map { $0.map(\.description) } ?? ["", "", "", ""]
            let texts = [row.pack, row.sample?.description, row.label, row.predicted, nil].map {
                csvField($0 ?? "")
            }
            // A number needs no protection from spreadsheets that take a minus for a formula.
            let numbers = [row.value?.description, row.isSuspicious.map { $0 ? "1" : "0" }].map { $0 ?? "" }
            return
                (["\(row.number)", csvField(row.scene ?? "")] + box + texts + numbers + [row.digest ?? ""])
                .joined(separator: ",") + "\n"
        }
        try writeFile(header + lines.joined(), to: target)
    }
}
