import Files

/// What a file says about one scene.
public struct SceneAnnotations: Sendable {
    /// In the order of the file.
    public var annotations: [Annotation]
    /// What was read in another way than it stood there, for people: `"12 rotated boxes are read as the upright boxes around
    /// them"`.
    public var notes: [String]
    /// Objects without a class, which are left out: somebody has still to say what they are. `notes` says so, too.
    public var classlessCount: Int

    public init(annotations: [Annotation], notes: [String] = [], classlessCount: Int = 0) {
        self.annotations = annotations
        self.classlessCount = classlessCount
        self.notes = notes
        if let note = Self.note(ofClassless: classlessCount) { self.notes.append(note) }
    }

    /// - Returns: `nil` where there are none.
    package static func note(ofClassless count: Int) -> String? {
        count > 0 ? "\(counted(count, "object")) without a class: left out" : nil
    }
}
