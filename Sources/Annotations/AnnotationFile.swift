public import Files
public import Rasters

/// One file, or folder of files, of annotations in any known format. Use it from one thread at a time.
public final class AnnotationFile {
    public let format: AnnotationFormat
    private let reader: any AnnotationReader
    private let path: String

    /// - Parameter format: found by name and contents where it is `nil`.
    /// - Throws: `FileError` where it cannot be read, `AnnotationError` where it is malformed or its format is not known.
    public init(
        opening address: Address, format: AnnotationFormat? = nil, cancellation: Cancellation
    ) throws {
        let format = try format ?? AnnotationFormat(of: address)
        self.format = format
        reader = try format.reader(opening: address, cancellation: cancellation)
        path = address.description
    }

    /// The scenes that it names, with folders where it has them (COCO's images, Label Studio's tasks, a column of a table, files of a
    /// folder); `nil` where it names none, and belongs to whatever scene one has.
    public var sceneNames: [String]? { reader.sceneNames }

    /// All annotations of one scene, in the order of the file.
    ///
    /// A scene is found by its file name without folders; where no name is the same, by the name without its ending.
    ///
    /// - Parameter others: file names of all scenes in question. What the file says about one of them by its exact name is not taken
    ///   for another scene of the same name with another ending.
    /// - Throws: `AnnotationError` where the file names scenes and this one is not among them (the error lists some that are), or
    ///   something is malformed (the error says where); `Cancelled`.
    public func annotations(
        of scene: AnnotatedScene, among others: Set<String> = []
    ) throws -> SceneAnnotations {
        if let named = names(of: scene.name, among: others), named.meant.isEmpty, !named.taken.isEmpty {
            throw AnnotationError(
                code: .unknownScene, operation: "find annotations of \(scene.name)", path: path,
                cause: "it has annotations of \(shortList(named.taken)), which is another scene")
        }
        return try reader.annotations(of: scene)
    }

    /// By which names the file means a scene.
    ///
    /// - Returns: `nil` where the file names no scenes. `meant` is the scene's own file name, where the file has that; else those with
    ///   the same name without its ending, without those that are file names of `others`: these are `taken`.
    package func names(
        of scene: String, among others: Set<String>
    ) -> (meant: [String], taken: [String])? {
        guard let known else { return nil }
        let name = scene.lastPathPart
        if known.names.contains(name) { return ([name], []) }
        let alike = known.byStem[name.stem] ?? []
        return (alike.filter { !others.contains($0) }, alike.filter { others.contains($0) })
    }

    /// Without folders.
    private struct KnownNames {
        var names: Set<String> = []
        /// By what is left without an ending, and without what Label Studio puts before names; files of a folder have no ending.
        var byStem: [String: [String]] = [:]

        init(_ all: [String]) {
            for name in all.map(\.lastPathPart) where names.insert(name).inserted {
                let stems: Set = [name, name.stem, name.stem.withoutUploadPrefix]
                for stem in stems { byStem[stem, default: []].append(name) }
            }
        }
    }

    private lazy var known = sceneNames.map { KnownNames($0) }
}

/// What reads one format.
protocol AnnotationReader: AnyObject {
    /// As `AnnotationFile` has them.
    var sceneNames: [String]? { get }

    /// As `AnnotationFile` gives them.
    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations
}
