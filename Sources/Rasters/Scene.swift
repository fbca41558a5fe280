import Bytes
public import Files
import Foundation
import Logging
public import Pixels

/// A scene: where it is, what it holds, and what tells it from any other.
///
/// It holds no open file, so that it may be sent to other threads; `open` gives its pixels. Whoever reads it in parts calls
/// `check` after each of them: a file that was replaced, or became shorter, is an error then and not another picture's pixels.
public struct Scene: Hashable, Sendable {
    public let address: Address
    /// How it is seen; as it is stored where there is none.
    public private(set) var view: SceneView?
    /// In pixels that are seen.
    public private(set) var width: Int
    /// In pixels that are seen.
    public private(set) var height: Int
    public let bandCount: Int
    /// Sides of the blocks in which the file keeps its pixels, as they are seen; of several scales at the first.
    public private(set) var storedBlock: StoredBlock
    /// Whether a part can be read without the decoding of all that lies before it. Of other scenes (JPEG, PNG, a file of one
    /// block) each reader decodes the file from its beginning.
    public private(set) var isReadInPlace: Bool
    /// Where its pixels lie on Earth; `nil` where it does not say.
    public let georeference: Georeference?
    public let identity: SceneIdentity
    /// The files that belong to it, as a `Raster` has them.
    package let files: [Address]
    /// The scene's files on this machine, as they were when it was opened first.
    private let guards: [String: FileGuard]
    /// What stores called its files then.
    private let etags: [Address: String]
    /// Its decoded pixels, where all who read it are better off with them.
    private let copy = DecodedCopy()
    /// What of its file is sound, where somebody has looked.
    private let sound = SoundPartOnce()

    /// Sides of the blocks in which a file keeps its pixels.
    public struct StoredBlock: Hashable, Sendable {
        public var width: Int
        public var height: Int
    }

    /// Opens the scene and reads some places of each of its files, which makes its identity.
    ///
    /// - Parameter view: how it is seen; `SceneView.resolve` finds what suits a scene.
    /// - Parameter crs: the coordinate system by hand, as WKT; `nil` for the scene's own.
    /// - Throws: `RasterError`, as `Raster(opening:)`; `unsupported` where a system is named and nothing leads to its coordinates, and
    ///   where the scene's coordinates cannot belong to its system.
    public init(opening address: Address, view: SceneView? = nil, crs: String? = nil) throws(RasterError) {
        ScratchFile.removeDeadOnce()
        let raster = try Raster(opening: address, view: view?.levels[0], crs: crs, copy: copy)
        if crs != nil, raster.georeference == nil {
            throw RasterError(
                .unsupported, "use the coordinate system of --crs", address.description,
                cause:
                    "it has neither a transform nor ground control points, so pixels have no coordinates")
        }
        try Self.check(raster.georeference, of: raster, isNamedByHand: crs != nil)
        self.address = address
        self.view = view
        (width, height) = view?.stack.map { ($0.width, $0.height) } ?? (raster.width, raster.height)
        bandCount = raster.bandCount
        storedBlock = raster.storedBlock
        // Whole rows of the scene are whole rows of all its scales.
        if storedBlock.width >= raster.width { storedBlock.width = max(storedBlock.width, width) }
        isReadInPlace = raster.isReadInPlace
        georeference = raster.georeference
        // Before the contents are read: what changes in between is noticed later.
        files = raster.files
        guards = FileGuard.all(of: files)
        etags = files.reduce(into: [:]) { $0[$1] = StoredFile.etag(of: $1) }
        identity = try SceneIdentity(of: files, scene: address)
        Log.rasters.debug(
            "scene opened",
            metadata: [
                "scene": "\(address)", "width": "\(width)", "height": "\(height)", "bands": "\(bandCount)",
                "storedBlock": "\(storedBlock.width)x\(storedBlock.height)",
                "isReadInPlace": "\(isReadInPlace)",
                "files": "\(files.count)",
            ])
    }

    private static func check(
        _ georeference: Georeference?, of raster: borrowing Raster, isNamedByHand: Bool
    ) throws(RasterError) {
        let size = raster.storedSize
        guard let objection = georeference?.objection(width: size.width, height: size.height) else { return }
        throw RasterError(
            .unsupported, isNamedByHand ? "use the coordinate system of --crs" : "use its coordinate system",
            raster.path,
            cause: objection
                + (isNamedByHand
                    ? "; name that system by --crs"
                    : "; name that system by --crs, or remove what the file says: gdal_edit.py -unsetgt"))
    }

    public var bounds: PixelRect { PixelRect(x0: 0, y0: 0, x1: width, y1: height) }

    /// Whether its pixels were decoded into a file, from which they are read since then.
    package var isDecoded: Bool { copy.isMade }

    /// The part of its file before damage that decoders do not tell of; looked for once. A file is read for it.
    func soundPart(_ cancellation: Cancellation) throws(RasterError) -> SoundPart? {
        try sound { () throws(RasterError) in try SoundPart.of(address, cancellation) }
    }

    /// The scene at each scale of its view, and where it stands in what is seen; only itself where there is one.
    ///
    /// - Returns: also where pixels stand, with the scene's mirror images.
    func levels() throws(RasterError) -> [(scene: Scene, place: PixelRect, mirrored: PixelRect)] {
        guard let view, let stack = view.stack else { return [(self, bounds, bounds)] }
        var levels: [(scene: Scene, place: PixelRect, mirrored: PixelRect)] = []
        for (view, level) in zip(view.levels, stack.levels) {
            let raster = try Raster(opening: address, view: view, copy: copy)
            var scene = self
            (scene.view, scene.width, scene.height) = (view, raster.width, raster.height)
            scene.storedBlock = raster.storedBlock
            scene.isReadInPlace = raster.isReadInPlace
            levels.append((scene, level.place, level.mirrored))
        }
        return levels
    }

    /// The same scene at one scale. Its files are not looked at again, and a decoded copy serves all scales.
    ///
    /// - Throws: as `Raster(opening:)`.
    package func seen(at scale: SceneScale) throws(RasterError) -> Scene {
        var view = view?.atFullSize ?? SceneView()
        view.scale = scale.isFullSize ? nil : scale
        let seen = view == SceneView() ? nil : view
        let raster = try Raster(opening: address, view: seen, copy: copy)
        var scene = self
        (scene.view, scene.width, scene.height) = (seen, raster.width, raster.height)
        scene.storedBlock = raster.storedBlock
        scene.isReadInPlace = raster.isReadInPlace
        return scene
    }

    /// Opens it again, to read pixels on this thread; not where its view has several scales.
    ///
    /// - Throws: `RasterError`, also where the scene was replaced since it was opened first.
    public func open() throws(RasterError) -> Raster {
        precondition(view?.stack == nil)
        try check()
        let raster = try Raster(opening: address, view: view, copy: copy)
        try checkStores()
        guard raster.width == width, raster.height == height else { throw replaced }
        return raster
    }

    /// The same upright and at full size, whatever scale it is seen at: for pictures of it.
    public func openAtFullSize() throws(RasterError) -> Raster {
        guard view?.fullSize != nil else { return try open() }
        try check()
        let raster = try Raster(opening: address, view: view?.atFullSize, copy: copy)
        try checkStores()
        return raster
    }

    /// Looks whether the scene's files on this machine are still those that were opened first: by inode, size and modification
    /// time. Takes microseconds for each file. Files of stores need no such look: what reads them notices it.
    ///
    /// - Throws: `RasterError` with the code `sceneChanged` where they are not.
    public func check() throws(RasterError) {
        for (path, state) in guards where FileGuard(path: path) != state { throw replaced }
    }

    /// The same of its files in stores, with a request for each: why something could not be read.
    public func checkStores() throws(RasterError) {
        for (file, etag) in etags {
            // Where it gives none, the store could not be asked.
            if let now = StoredFile.etag(of: file), now != etag { throw replaced }
        }
    }

    private var replaced: RasterError {
        RasterError(
            .sceneChanged, "go on reading", address.description,
            cause: "it was replaced or changed after it was opened; start the scan again with --overwrite")
    }
}

extension FileGuard {
    /// By path, of the files that are on this machine.
    fileprivate static func all(of files: [Address]) -> [String: FileGuard] {
        var guards: [String: FileGuard] = [:]
        for file in files {
            if let path = file.localPath, let state = FileGuard(path: path) { guards[path] = state }
        }
        return guards
    }
}

/// What tells a scene from others wherever it lies and whatever it is called: size and some contents of each of its files.
///
/// Contents are the first and last 64 KiB and 16 places of 4 KiB between, or what a store says that changes with an object (its
/// ETag). Two files of one size that differ only between these places are taken for the same. Of a scene that is no file, such as
/// a folder or the address of a map service, only the name counts.
public struct SceneIdentity: Hashable, Sendable, Codable {
    /// One of the files that GDAL lists for a scene.
    public struct Part: Hashable, Sendable, Codable {
        public var byteCount: Int
        /// SHA-256 of the places in hexadecimal digits, or the store's ETag.
        public var contents: String
    }
    /// What the scene is called where it is a part of a file, or not a file of its own; else `nil`.
    public var name: String?
    /// By size and contents: a scene may be moved and renamed.
    public var parts: [Part]

    private static let endByteCount = 64 << 10
    private static let (placeCount, placeByteCount) = (16, 4 << 10)

    /// - Parameter files: at least one.
    init(of files: [Address], scene: Address) throws(RasterError) {
        if files.first != scene { name = scene.lastComponent }
        var parts: [Part] = []
        do throws(FileError) {
            for file in files { parts.append(try Self.part(of: file)) }
            // Where sheets lie on this machine decides nothing.
            if let sheets = try SceneSheets.layout(
                in: scene, parts: Dictionary(zip(files, parts)) { one, _ in one })
            {
                parts[0] = sheets
            }
        } catch {
            throw RasterError(error)
        }
        self.parts = parts.sorted { ($0.byteCount, $0.contents) < ($1.byteCount, $1.contents) }
    }

    /// Whether a file is one of the scene's, by size and contents.
    package func holds(_ file: Address) throws(FileError) -> Bool { parts.contains(try Self.part(of: file)) }

    static func part(of address: Address) throws(FileError) -> Part {
        if let objection = notAFile(address) {
            return Part(byteCount: 0, contents: "\(objection) \(address.lastComponent)")
        }
        let file = try StoredFile(opening: address)
        if let etag = StoredFile.etag(of: address) {
            return Part(byteCount: file.byteCount, contents: etag)
        }
        var hash = SHA256()
        for range in places(in: file.byteCount) {
            let bytes = try file.read(range)
            hash.update(bytes.span.bytes)
        }
        return Part(byteCount: file.byteCount, contents: hash.hexDigest)
    }

    /// What stands for the contents of a folder, or of words that GDAL understands; `nil` for a file.
    private static func notAFile(_ address: Address) -> String? {
        guard let path = address.localPath else { return nil }
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return "no file" }
        return isFolder.boolValue ? "a folder" : nil
    }

    /// Which bytes of a file are looked at: of a short one, all.
    package static func places(in byteCount: Int) -> [Range<Int>] {
        guard byteCount > 2 * endByteCount + placeCount * placeByteCount else { return [0..<byteCount] }
        var random = SplitMix64(seed: UInt64(byteCount))
        let between = endByteCount..<byteCount - endByteCount - placeByteCount
        let starts = (0..<placeCount).map { _ in Int.random(in: between, using: &random) }
        return [0..<endByteCount] + starts.sorted().map { $0..<$0 + placeByteCount }
            + [byteCount - endByteCount..<byteCount]
    }
}
