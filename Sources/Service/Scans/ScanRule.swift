import Annotations
import HTTPTypes
import ModelFiles
import Scanning

/// What is made of a scan's scores: the options that `tilescope scan` and `tilescope merge` share, as a request has them.
struct ScanRule {
    static let names = [
        "classes", "threshold", "method", "iou", "acrossClasses", "subStride", "boxShare", "heatMap", "crops",
        "fullSize", "cog", "forms",
    ]
    /// Classes that a list may name.
    private static let classLimit = 100_000

    private(set) var arguments: [String] = []
    /// Empty where none are named.
    private(set) var classes: [String] = []
    private(set) var threshold: Double?
    private(set) var hasForms = false

    init() {}

    /// - Throws: 422 for values that the command would refuse, and for unknown names.
    init(_ fields: RequestFields) throws(Problem) {
        var fields = fields
        classes = try fields.texts("classes", limit: Self.classLimit) ?? []
        threshold = try fields.number("threshold", in: 0...1)
        if let threshold { arguments.append("--threshold=\(threshold)") }
        let methods = MergeRule.Method.allCases.map(\.rawValue)
        if let method = try fields.word("method", among: methods) { arguments.append("--method=\(method)") }
        if let iou = try fields.number("iou", in: 0...1) { arguments.append("--iou=\(iou)") }
        for (name, option) in [
            ("acrossClasses", "across-classes"), ("subStride", "sub-stride"), ("heatMap", "heat-map"),
        ] {
            if let isOn = try fields.flag(name) { arguments.append(isOn ? "--\(option)" : "--no-\(option)") }
        }
        if let share = try fields.number("boxShare", in: 0.01...1) {
            arguments.append("--box-share=\(share)")
        }
        if let crops = try fields.integer("crops", in: 0...1_000_000) { arguments.append("--crops=\(crops)") }
        if try fields.flag("fullSize") == true { arguments.append("--full-size") }
        if try fields.flag("cog") == true { arguments.append("--cog") }
        if let forms = try fields.texts("forms", limit: 32) { try add(forms: forms) }
        try fields.finish(known: Self.names)
    }

    /// Formats that boxes are written in.
    static var knownForms: [String] { AnnotationFormat.names + AnnotationFormat.driverNames }

    /// - Throws: 422 for a format that boxes are not written in.
    mutating func add(forms: [String]) throws(Problem) {
        let known = Self.knownForms
        for form in forms {
            guard !form.contains(","), let format = AnnotationFormat(name: form), known.contains(format.name)
            else {
                throw Problem(
                    .unprocessableContent,
                    "'forms' has an unknown format, '\(form)'; known are: \(known.joined(separator: ", "))")
            }
        }
        hasForms = true
        // What is always written is no further format: so it stands for none.
        arguments.append("--format=" + (forms.isEmpty ? "jsonl" : forms.joined(separator: ",")))
    }

    /// The arguments with the classes.
    ///
    /// - Parameter known: the model's classes; `nil` where nobody can say.
    /// - Throws: 422 for a class that the model does not have.
    func arguments(forClasses known: [String]?) throws(Problem) -> [String] {
        guard !classes.isEmpty else { return arguments }
        let list = classes.joined(separator: ",")
        if let known {
            if let unknown = classes.first(where: { !known.contains($0) }) {
                throw Problem(.unprocessableContent, "the model has no class '\(unknown)'")
            }
            // As the command takes the list apart again.
            let pieces = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let labels = try? classLabels(ofList: pieces, among: known)
            guard labels?.map({ known[$0] }) == classes else {
                throw Problem(
                    .unprocessableContent,
                    "these class names have commas and cannot be told apart in a list; name others, or all")
            }
        }
        return arguments + ["--labels=" + list]
    }
}
