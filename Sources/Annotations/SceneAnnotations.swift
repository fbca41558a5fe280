/// What a file says about one scene.
public struct SceneAnnotations: Sendable {
    /// In the order of the file.
    public var annotations: [Annotation]
    /// What was read in another way than it stood there, for people: `"12 rotated boxes are read as the upright boxes around
    /// them"`.
    public var notes: [String]

    public init(annotations: [Annotation], notes: [String] = []) {
        (self.annotations, self.notes) = (annotations, notes)
    }
}
