import Files
import Foundation

/// Which classes are kinds of which: a tree above the classes, in which a node may have several parents.
///
/// Only what stands above the classes is kept. Several roots get a common one without a name.
public struct ClassHierarchy: Hashable, Sendable {
    /// Identifiers; a parent stands before its children.
    let identifiers: [String]
    let parents: [[Int]]
    let children: [[Int]]
    /// Edges on the longest way from the root, which has 0.
    let depths: [Int]
    /// The node of each class, by label.
    let nodes: [Int]
    let names: NameList

    /// Reads lines of a parent, spaces, and a child. Empty lines are passed over.
    ///
    /// - Parameter names: of the nodes. A class is a node by its identifier, by its first word, or by one of its names,
    ///   of several nodes with that name the one that has no kinds.
    /// - Throws: `FileError`, or `EvaluationError`: a line that is malformed, with its number; a circle, with the nodes in
    ///   it; classes that are not there or stand for several nodes.
    public init(reading path: String, names: NameList = NameList(), classNames: [String]) throws {
        var edges: [(parent: String, child: String)] = []
        for (number, line) in try textLines(of: path) {
            let parts = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard parts.count == 2 else {
                throw EvaluationError(
                    code: .malformedLine, operation: "read the hierarchy on line \(number)", path: path,
                    cause: "expected a parent and a child, found \(parts.count) words")
            }
            edges.append((parts[0], parts[1]))
        }
        try self.init(edges, path: path, names: names, classNames: classNames)
    }

    private init(
        _ edges: [(parent: String, child: String)], path: String, names: NameList, classNames: [String]
    ) throws(EvaluationError) {
        var parentsOf: [String: [String]] = [:]
        for edge in edges {
            parentsOf[edge.parent, default: []] += []
            if parentsOf[edge.child]?.contains(edge.parent) != true {
                parentsOf[edge.child, default: []].append(edge.parent)
            }
        }
        let order = try Self.sorted(parentsOf, path: path)
        let inner = Set(parentsOf.values.joined())
        let places = try ClassPlaces(order, leaves: Set(order).subtracting(inner), names: names)
            .identifiers(of: classNames, path: path)
        // Only what stands above the classes, from the bottom up.
        var needed = Set(places)
        for identifier in order.reversed() where needed.contains(identifier) {
            needed.formUnion(parentsOf[identifier] ?? [])
        }
        var kept = order.filter(needed.contains)
        let roots = kept.filter { (parentsOf[$0] ?? []).isEmpty }
        if roots.count > 1 {
            for root in roots { parentsOf[root] = [""] }
            kept.insert("", at: 0)
        }
        let indices = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        let parents = kept.map { (parentsOf[$0] ?? []).compactMap { indices[$0] } }
        var children = [[Int]](repeating: [], count: kept.count)
        var depths = [Int](repeating: 0, count: kept.count)
        for (node, parents) in parents.enumerated() {
            for parent in parents { children[parent].append(node) }
            depths[node] = (parents.map { depths[$0] }.max() ?? -1) + 1
        }
        (identifiers, self.parents, self.children) = (kept, parents, children)
        (self.depths, self.names) = (depths, names)
        nodes = places.compactMap { indices[$0] }
    }

    /// Parents before children, otherwise by identifier.
    private static func sorted(
        _ parentsOf: [String: [String]], path: String
    ) throws(EvaluationError) -> [String] {
        /// `false` while the nodes above it are looked at.
        var isDone: [String: Bool] = [:]
        var order: [String] = []
        for start in parentsOf.keys.sorted() where isDone[start] == nil {
            // A way upwards, each node with the parents that are still to be seen: no recursion, as a way may be long.
            var way = [(start, parentsOf[start] ?? [])]
            isDone[start] = false
            while let (node, left) = way.last {
                guard let parent = left.last else {
                    isDone[node] = true
                    order.append(node)
                    way.removeLast()
                    continue
                }
                way[way.count - 1].1.removeLast()
                switch isDone[parent] {
                case true: break
                case nil:
                    isDone[parent] = false
                    way.append((parent, parentsOf[parent] ?? []))
                case false:
                    let circle = way.map(\.0).drop { $0 != parent } + [parent]
                    throw EvaluationError(
                        code: .cycle, operation: "read the hierarchy", path: path,
                        cause: "it has a cycle: "
                            + shortList(circle.reversed()).replacing(", ", with: " > "))
                }
            }
        }
        return order
    }

    /// The name of a node for people.
    func name(of node: Int) -> String { names.shortName(of: identifiers[node]) }

    /// Each node above a class, itself included, with the fewest edges up to it; by node.
    func ancestors(of label: Int) -> [(node: Int, distance: Int)] {
        var distances = [nodes[label]: 0]
        var level = [nodes[label]]
        while !level.isEmpty {
            var next: [Int] = []
            for node in level {
                for parent in parents[node] where distances[parent] == nil {
                    distances[parent] = distances[node, default: 0] + 1
                    next.append(parent)
                }
            }
            level = next
        }
        return distances.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Finds the classes among the nodes of a hierarchy.
private struct ClassPlaces {
    private let known: Set<String>
    private let leaves: Set<String>
    /// Identifiers by any of their names.
    private var byName: [String: [String]] = [:]
    private var byFirstName: [String: [String]] = [:]

    init(_ identifiers: [String], leaves: Set<String>, names: NameList) {
        (known, self.leaves) = (Set(identifiers), leaves)
        for identifier in identifiers {
            let all = names.allNames(of: identifier)
            for name in Set(all) { byName[name, default: []].append(identifier) }
            if let first = all.first { byFirstName[first, default: []].append(identifier) }
        }
    }

    /// The identifiers of all classes.
    func identifiers(of classNames: [String], path: String) throws(EvaluationError) -> [String] {
        let found = classNames.map(identifiers)
        let missing = zip(classNames, found).filter { $1.isEmpty }.map(\.0)
        guard missing.isEmpty else {
            throw EvaluationError(
                code: .missingClass, operation: "find the classes in the hierarchy", path: path,
                cause:
                    "it has no \(shortList(missing)); if it has identifiers instead of names, give their names with --names"
            )
        }
        if let (name, several) = zip(classNames, found).first(where: { $1.count > 1 }) {
            throw EvaluationError(
                code: .missingClass, operation: "find the classes in the hierarchy", path: path,
                cause: "\(name) is the name of several nodes: \(shortList(several))")
        }
        let all = found.compactMap(\.first)
        for (label, identifier) in all.enumerated() {
            guard let other = all[..<label].firstIndex(of: identifier) else { continue }
            throw EvaluationError(
                code: .missingClass, operation: "find the classes in the hierarchy", path: path,
                cause: "\(classNames[other]) and \(classNames[label]) are both the node \(identifier)")
        }
        return all
    }

    private func identifiers(of name: String) -> [String] {
        if known.contains(name) { return [name] }
        if let word = name.split(separator: " ").first.map(String.init), word != name, known.contains(word) {
            return [word]
        }
        for identifiers in [byFirstName[name], byName[name]] {
            guard let identifiers else { continue }
            // The convertible that has kinds is the sofa; the class is the car.
            let leaves = identifiers.filter(leaves.contains)
            return leaves.isEmpty ? identifiers : leaves
        }
        return []
    }
}
