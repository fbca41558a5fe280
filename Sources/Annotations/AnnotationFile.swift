public import Files
public import Rasters

/// One file, or folder of files, of annotations in any known format. Use it from one thread at a time.
public final class AnnotationFile {
    public let format: AnnotationFormat
    private let reader: any AnnotationReader

    /// - Parameter format: found by name and contents where it is `nil`.
    /// - Throws: `FileError` where it cannot be read, `AnnotationError` where it is malformed or its format is not known.
    public init(
        opening address: Address, format: AnnotationFormat? = nil, cancellation: Cancellation
    ) throws {
        let format = try format ?? AnnotationFormat(of: address)
        self.format = format
        reader = try format.reader(opening: address, cancellation: cancellation)
    }

    /// The scenes that it names, with folders where it has them (COCO's images, Label Studio's tasks, a column of a table, files of a
    /// folder); `nil` where it names none, and belongs to whatever scene one has.
    public var sceneNames: [String]? { reader.sceneNames }

    /// All annotations of one scene, in the order of the file.
    ///
    /// A scene is found by its file name without folders; where no name is the same, by the name without its ending.
    ///
    /// - Throws: `AnnotationError` where the file names scenes and this one is not among them (the error lists some that are), or
    ///   something is malformed (the error says where); `Cancelled`.
    public func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        try reader.annotations(of: scene)
    }
}

/// What reads one format.
protocol AnnotationReader: AnyObject {
    /// As `AnnotationFile` has them.
    var sceneNames: [String]? { get }

    /// As `AnnotationFile` gives them.
    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations
}
