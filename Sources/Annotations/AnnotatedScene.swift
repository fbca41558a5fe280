import Files
public import Rasters

/// What formats need to know about the scene to which annotations belong.
public struct AnnotatedScene: Sendable {
    /// Its file name, without folders.
    public var name: String
    /// In pixels, upright.
    public var width: Int
    /// In pixels, upright.
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
