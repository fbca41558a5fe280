import Bytes
import Files
import HTTPTypes
import Scanning

/// What somebody asks to be scanned: `POST /v1/scans`, held to the ranges of `tilescope scan`, whose options have the same names.
package struct ScanRequest: Sendable {
    private static let names = [
        "scene", "model", "stride", "mode", "denseBlock", "views", "floor", "rule", "forms", "truth",
        "truthForm", "objectSize", "bands", "range", "scales", "resolution", "crs", "region", "mapRegion",
        "minValid", "keepEmpty", "skipPlain", "plainBelow", "fill",
    ]
    private static let largestSide = 1 << 20
    /// Coordinates that are asked for.
    private static let coordinates = -1e12...1e12

    package let scene: String
    package let model: String
    package let truth: TruthText?
    /// As it was posted, but for the truth.
    package let json: String
    private let rule: ScanRule
    private var arguments: [String] = []

    /// - Throws: a `Problem` that names what is wrong, also an unknown key.
    package init(parsing bytes: [UInt8]) throws {
        var fields = try RequestFields(parsing: bytes)
        json = try Self.text(ofRequest: bytes)
        guard let scene = try fields.text("scene"), let model = try fields.text("model") else {
            throw Problem(.unprocessableContent, "the body must name a 'scene' and a 'model'")
        }
        self.scene = scene
        self.model = model
        var rule =
            try fields.take("rule").map { value throws(Problem) in
                try ScanRule(RequestFields(value, place: "rule"))
            } ?? ScanRule()
        if let forms = try fields.texts("forms", limit: 32) {
            guard !rule.hasForms else {
                throw Problem(.unprocessableContent, "'forms' and 'rule.forms' exclude each other: give one")
            }
            try rule.add(forms: forms)
        }
        self.rule = rule
        truth = try TruthText(&fields)
        arguments += truth?.arguments ?? []
        try addScoring(&fields)
        try addView(&fields)
        try addSelection(&fields)
        try fields.finish(known: Self.names)
    }

    /// The options of `tilescope scan`, without scene, model and output. A value never stands alone, so that none is taken for an
    /// option.
    ///
    /// - Parameter classes: the model's.
    package func options(classes: [String]) throws -> [String] {
        arguments + (try rule.arguments(forClasses: classes))
    }

    private mutating func addScoring(_ fields: inout RequestFields) throws(Problem) {
        if let stride = try fields.integer("stride", in: 1...Self.largestSide) {
            arguments.append("--stride=\(stride)")
        }
        let mode = try fields.word("mode", among: ["exact", "dense"])
        if let mode { arguments.append("--\(mode)") }
        if let block = try fields.integer("denseBlock", in: 1...Self.largestSide) {
            guard mode != "exact" else {
                throw Problem(
                    .unprocessableContent,
                    "'denseBlock' is for dense scans; leave it out, or take 'mode' dense")
            }
            arguments.append("--dense-block=\(block)")
        }
        if let views = try fields.integer("views", in: 1...8) {
            guard views == 1 || WindowViews(rawValue: views) != nil else {
                throw fields.objection("views", "1, 2 or 8")
            }
            guard views == 1 || mode != "dense" else {
                throw Problem(
                    .unprocessableContent,
                    "'views' cannot be combined with 'mode' dense: \(WindowViews.onlyExact)")
            }
            arguments.append("--views=\(views)")
        }
        let floor = try fields.number("floor", in: 0...1)
        if let floor { arguments.append("--floor=\(floor)") }
        if let threshold = rule.threshold, Float(threshold) < floor.map({ Float($0) }) ?? ScanTask.usualFloor
        {
            throw Problem(
                .unprocessableContent,
                "'rule.threshold' is below 'floor', which is \(floor ?? Double(ScanTask.usualFloor)): lower scores are not kept"
            )
        }
    }

    private mutating func addView(_ fields: inout RequestFields) throws(Problem) {
        if let bands = try fields.numbers("bands", counts: 1...3, in: 1...65536) {
            let numbers = bands.compactMap { Int(exactly: $0) }
            guard numbers.count == bands.count, numbers.count != 2 else {
                throw fields.objection("bands", "a list of one or three whole numbers")
            }
            arguments.append("--bands=" + Self.list(numbers))
        }
        // In the command's own words: `2%`, or two or six numbers.
        try addText("range", pattern: /[0-9eE+.,%-]{1,200}/, &fields, "such as '2%' or '0,3000'")
        let scales = try fields.numbers("scales", counts: 1...16, in: 1.0 / 1024...64)
        if let scales {
            guard Set(scales).count == 1 || !arguments.contains("--dense") else {
                throw Problem(.unprocessableContent, "'mode' dense cannot be combined with several 'scales'")
            }
            arguments.append("--scales=" + Self.list(scales))
        }
        let hasResolution = try addText(
            "resolution", pattern: /[0-9.eE+-]{1,40}[a-zµ]{0,2}/, &fields, "a length such as '0.25' or '25cm'"
        )
        guard scales == nil || !hasResolution else {
            throw Problem(.unprocessableContent, "'scales' and 'resolution' exclude each other: give one")
        }
        // Other names of systems might be addresses that are fetched.
        try addText(
            "crs", pattern: /(EPSG|ESRI|OGC|IGNF):[A-Za-z0-9_.]{1,40}/, &fields, "such as 'EPSG:32633'")
        try addText(
            "fill", pattern: /[0-9]{1,3},[0-9]{1,3},[0-9]{1,3}/, &fields, "a colour such as '128,128,128'")
    }

    private mutating func addSelection(_ fields: inout RequestFields) throws(Problem) {
        var regionCount = 0
        for (name, option) in [("region", "region"), ("mapRegion", "map-region")] {
            guard let corners = try fields.numbers(name, counts: 4...4, in: Self.coordinates) else {
                continue
            }
            guard corners[0] != corners[2], corners[1] != corners[3] else {
                throw fields.objection(name, "two corners of a rectangle: x0, y0, x1, y1")
            }
            regionCount += 1
            arguments.append("--\(option)=" + Self.list(corners))
        }
        guard regionCount < 2 else {
            throw Problem(.unprocessableContent, "'region' and 'mapRegion' exclude each other: give one")
        }
        let minValid = try fields.number("minValid", in: 0...1)
        let keepsEmpty = try fields.flag("keepEmpty") ?? false
        let skipsPlain = try fields.flag("skipPlain") ?? false
        let plainBelow = try fields.number("plainBelow", in: 0...255)
        guard !keepsEmpty || (minValid == nil && !skipsPlain && plainBelow == nil) else {
            throw Problem(
                .unprocessableContent,
                "'keepEmpty' scores all windows: leave out 'minValid', 'skipPlain' and 'plainBelow'")
        }
        if let minValid { arguments.append("--min-valid=\(minValid)") }
        if keepsEmpty { arguments.append("--keep-empty") }
        if skipsPlain { arguments.append("--skip-plain") }
        if let plainBelow { arguments.append("--plain-below=\(plainBelow)") }
    }

    /// - Returns: whether it is there.
    @discardableResult
    private mutating func addText(
        _ name: String, pattern: Regex<some Any>, _ fields: inout RequestFields, _ words: String
    ) throws(Problem) -> Bool {
        guard let text = try fields.text(name) else { return false }
        guard (try? pattern.wholeMatch(in: text)) != nil else { throw fields.objection(name, words) }
        arguments.append("--\(name)=\(text)")
        return true
    }

    private static func list(_ numbers: [some CustomStringConvertible]) -> String {
        numbers.map(\.description).joined(separator: ",")
    }

    /// The request again, without the truth, which may be megabytes.
    private static func text(ofRequest bytes: [UInt8]) throws -> String {
        guard case .object(var members) = try JSON(parsing: bytes) else { return "{}" }
        members["truth"] = nil
        return try JSONText(JSONValue(.object(members))).text
    }
}
