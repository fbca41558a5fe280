import Files
import Rasters

/// The scenes that a file of annotations names, and which of them a scene is.
struct SceneNames {
    /// As the file has them, in its order.
    let all: [String]
    private let byName: [String: [Int]]
    private let byStem: [String: [Int]]
    /// Without what Label Studio puts before the names of uploaded files; for exports in other formats.
    private let byPlainStem: [String: [Int]]
    private let areStems: Bool

    init(_ names: [String]) { self.init(names, areStems: false) }

    /// - Parameter stems: names without their endings, as a format has one file for each scene.
    init(stems: [String]) { self.init(stems, areStems: true) }

    private init(_ names: [String], areStems: Bool) {
        all = names
        self.areStems = areStems
        byName = Dictionary(grouping: names.indices) { names[$0].lastPathPart }
        func stem(_ index: Int) -> String {
            areStems ? names[index].lastPathPart : names[index].lastPathPart.stem
        }
        byStem = Dictionary(grouping: names.indices, by: stem)
        byPlainStem = Dictionary(grouping: names.indices) { stem($0).withoutUploadPrefix }
    }

    /// A scene that was found.
    struct Match: Hashable {
        /// In `all`.
        var index: Int
        /// For people, where its name has another ending.
        var note: String?
    }

    /// - Parameter path: of the file, for the error.
    /// - Throws: where it is not there, or several could be meant.
    func match(_ scene: AnnotatedScene, path: String) throws(AnnotationError) -> Match {
        let name = scene.name.lastPathPart
        let matches = byName[name] ?? byStem[name.stem] ?? byPlainStem[name.stem] ?? []
        guard let index = matches.first else {
            throw failure(
                scene, path,
                all.isEmpty ? "it names no scene" : "it has annotations of \(Self.some(of: all)) only")
        }
        guard matches.count == 1 else {
            throw failure(
                scene, path, "several may be meant: \(shortList(matches.map { all[$0] }))")
        }
        let other = all[index].lastPathPart
        let isSame = other == name || areStems && other == name.stem
        return Match(index: index, note: isSame ? nil : "annotations of \(other) are used for \(name)")
    }

    private func failure(_ scene: AnnotatedScene, _ path: String, _ cause: String) -> AnnotationError {
        AnnotationError(
            code: .unknownScene, operation: "find annotations of \(scene.name)", path: path, cause: cause)
    }

    private static func some(of names: [String]) -> String {
        shortList(names.map(\.lastPathPart), limit: 5)
    }
}

/// Annotations of several scenes, each under the name that a file gives it.
struct NamedAnnotations {
    private struct Group {
        var annotations: [Annotation] = []
        var classlessCount = 0
    }

    /// In the order of the file, each once.
    private(set) var names: [String] = []
    private var indexes: [String: Int] = [:]
    private var groups: [Group] = []
    /// Neighbours mostly belong to one scene.
    private var last: (name: String, index: Int)?

    /// - Parameter annotation: `nil` for an object without a class, which is only counted.
    mutating func append(_ annotation: Annotation?, to name: String) {
        let index = index(of: name)
        if let annotation {
            groups[index].annotations.append(annotation)
        } else {
            groups[index].classlessCount += 1
        }
    }

    /// Says of a scene that it was looked at, whatever is in it.
    mutating func name(_ scene: String) { _ = index(of: scene) }

    private mutating func index(of name: String) -> Int {
        if let last, last.name == name { return last.index }
        let index = indexes[name] ?? addScene(name)
        last = (name, index)
        return index
    }

    private mutating func addScene(_ name: String) -> Int {
        indexes[name] = names.count
        names.append(name)
        groups.append(Group())
        return names.count - 1
    }

    /// What is said of a scene.
    ///
    /// - Parameter scenes: `nil` where the file names none, and belongs to whatever scene one has.
    /// - Throws: where the scene is not named.
    func annotations(
        of scene: AnnotatedScene, among scenes: SceneNames?, path: String
    ) throws(AnnotationError) -> SceneAnnotations {
        let match = try scenes?.match(scene, path: path)
        let group = match.map { groups[$0.index] } ?? groups.first ?? Group()
        return SceneAnnotations(
            annotations: group.annotations, notes: [match?.note].compactMap(\.self),
            classlessCount: group.classlessCount)
    }
}

extension String {
    /// Behind the last `/` or `\`: files name pictures as Windows does, too.
    var lastPathPart: String {
        unicodeScalars.lastIndex { $0 == "/" || $0 == "\\" }
            .map { String(unicodeScalars[unicodeScalars.index(after: $0)...]) } ?? self
    }

    /// Before the last point, which is not the first character.
    var stem: String {
        guard let point = unicodeScalars.lastIndex(of: "."), point != unicodeScalars.startIndex else {
            return self
        }
        return String(unicodeScalars[..<point])
    }

    /// Without the eight hexadecimal digits that Label Studio puts before the name of an uploaded file: `0a1b2c3d-car.png`.
    var withoutUploadPrefix: String {
        let prefix = utf8.prefix(9)
        guard prefix.count == 9, prefix.last == UInt8(ascii: "-"), utf8.count > 9,
            prefix.dropLast().allSatisfy(Set("0123456789abcdef".utf8).contains)
        else { return self }
        return String(decoding: utf8.dropFirst(9), as: UTF8.self)
    }
}
