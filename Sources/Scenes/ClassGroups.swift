import Files

/// Which classes of a pack are taken together, and under what name.
public struct ClassGroups: Hashable, Sendable {
    /// Of the groups, in the order given: the class names of what is made.
    public let names: [String]
    /// For each class of the pack its group; `nil` where none takes it, and its tiles are left out.
    public let groupOfClass: [Int?]
    /// The group that takes all classes which no other one names; `nil` where there is none.
    public let rest: Int?

    /// - Parameter rules: `"car=automobile"`, `"vehicle=car,truck"`, or `"other=*"` for all classes that no other
    ///   rule names. Without rules each class is a group of its own name.
    /// - Parameter classNames: of the pack.
    /// - Throws: `badGroups` for a rule without name or classes, an unknown class, a class or a name in two rules,
    ///   or a `*` that nothing is left for.
    public init(_ rules: [String], classNames: [String]) throws(ScenesError) {
        guard !rules.isEmpty else {
            (names, groupOfClass, rest) = (classNames, Array(classNames.indices), nil)
            return
        }
        var names: [String] = []
        var groupOfClass = [Int?](repeating: nil, count: classNames.count)
        var rest: Int?
        for (group, rule) in rules.enumerated() {
            let (name, classes) = try Self.parse(rule)
            guard !names.contains(name) else { throw Self.error(rule, "the group \(name) is given twice") }
            names.append(name)
            if classes == ["*"] {
                guard rest == nil else { throw Self.error(rule, "* is given twice") }
                rest = group
                continue
            }
            for className in classes {
                let label = try Self.label(className, classNames: classNames, rule: rule)
                if let other = groupOfClass[label] {
                    throw Self.error(rule, "the class \(className) is already in the group \(names[other])")
                }
                groupOfClass[label] = group
            }
        }
        if let rest {
            guard groupOfClass.contains(nil) else {
                throw Self.error(rules[rest], "no class is left for *")
            }
            groupOfClass = groupOfClass.map { $0 ?? rest }
        }
        (self.names, self.groupOfClass, self.rest) = (names, groupOfClass, rest)
    }

    private static func parse(_ rule: String) throws(ScenesError) -> (name: String, classes: [String]) {
        let sides = rule.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard sides.count == 2, !sides[0].isEmpty else {
            throw error(rule, "it must be NAME=CLASS,CLASS,… or NAME=*")
        }
        if let objection = objection(toName: sides[0]) { throw error(rule, objection) }
        let classes = sides[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !classes.contains("") else { throw error(rule, "a class name is empty") }
        return (sides[0], classes)
    }

    /// The name becomes a class of a model, which later options list and pages show.
    private static func objection(toName name: String) -> String? {
        if name.unicodeScalars.contains(",") {
            return "the name of a group must not contain a comma, because options separate names by commas"
        }
        if name.unicodeScalars.contains(where: \.isInvisible) {
            return "the name of a group must not contain invisible characters"
        }
        let isBlank = [name.unicodeScalars.first, name.unicodeScalars.last].contains {
            $0?.properties.isWhitespace != false
        }
        return isBlank ? "the name of a group must not begin or end with a space" : nil
    }

    private static func label(
        _ className: String, classNames: [String], rule: String
    ) throws(ScenesError) -> Int {
        guard let label = classNames.firstIndex(of: className) else {
            let known = classNames.joined(separator: ", ")
            throw error(rule, "there is no class \(className); the pack has \(known)")
        }
        return label
    }

    private static func error(_ rule: String, _ cause: String) -> ScenesError {
        ScenesError(code: .badGroups, operation: "group the classes", place: "--group \(rule)", cause: cause)
    }
}
