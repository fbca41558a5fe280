import Files

/// What is to be known of a scene to bring annotations and vector features to its pixels, and its boxes to others' coordinates.
public struct AnnotatedScene: Hashable, Sendable {
    /// Its file name, without folders.
    public var name: String
    /// In pixels, upright and at full size.
    public var width: Int
    /// In pixels, upright and at full size.
    public var height: Int
    public var georeference: Georeference?

    public init(name: String, width: Int, height: Int, georeference: Georeference?) {
        (self.name, self.width, self.height) = (name, width, height)
        self.georeference = georeference
    }

    /// The whole scene at full size, whatever scale it is seen at.
    public init(_ scene: Scene) {
        let size = scene.view?.fullSize ?? (scene.width, scene.height)
        self.init(
            name: scene.address.lastComponent, width: size.width, height: size.height,
            georeference: scene.georeference)
    }
}
