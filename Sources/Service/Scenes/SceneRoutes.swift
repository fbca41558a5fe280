import Files
import Foundation
import HTTPTypes
import NIOCore
import Pixels
import Rasters

/// Scenes: what there is, their details, tiles and crops, and uploads.
struct SceneRoutes: Sendable {
    /// A scan of a scene.
    struct ScanOfScene: Sendable {
        var id: String
        var hasEnded: Bool
    }

    private let shelf: SceneShelf
    private let threads: WorkThreads
    private let opened = OpenScenes()
    private let overviews: OverviewStore
    private let pictures: ScenePictures
    private let cache = TileCache(byteLimit: Self.cacheByteLimit)
    /// For making pictures.
    private let turns: Turns
    /// For opening scenes: one that takes long leaves threads to others.
    private let looks: Turns
    private let uploads: UploadShelf
    private let scans: @Sendable (_ scene: String) async throws -> [ScanOfScene]

    private static let cacheByteLimit = 32 << 20
    /// Tiles that may wait to be made.
    private static let waitingLimit = 2048

    /// - Parameter dataFolder: the service's own.
    /// - Parameter scans: the scans of a scene, newest first.
    /// - Throws: where a folder of the service cannot be made.
    init(
        shelf: SceneShelf, limits: ServiceLimits, threads: WorkThreads, state: ServiceState,
        dataFolder: String,
        scans: @escaping @Sendable (_ scene: String) async throws -> [ScanOfScene]
    ) throws {
        self.shelf = shelf
        self.threads = threads
        self.scans = scans
        overviews = try OverviewStore(
            folder: dataFolder + "/overviews", freeByteLimit: limits.freeByteCount, state: state)
        pictures = ScenePictures(overviews: overviews)
        let coreCount = ProcessInfo.processInfo.activeProcessorCount
        turns = Turns(count: coreCount, waitingLimit: Self.waitingLimit)
        looks = Turns(count: coreCount, waitingLimit: Self.waitingLimit)
        uploads = UploadShelf(shelf: shelf, limits: limits, threads: threads, state: state)
    }

    var routes: [Route] {
        [
            Route(.get, "/v1/scenes") { try await list($0) },
            Route(.put, "/v1/scenes/uploads/{name}") { try await receive($0) },
            Route(.get, "/v1/scenes/uploads/{name}") { try await uploadProgress($0) },
            Route(.get, "/v1/scenes/{scene}") { try await details($0) },
            Route(.delete, "/v1/scenes/{scene}") { try await delete($0) },
            Route(.get, "/v1/scenes/{scene}/crop") { try await crop($0) },
            Route(.get, "/v1/scenes/{scene}/tiles/{level}/{column}/{row}") { try await tile($0) },
        ]
    }

    // MARK: Lists and details

    private func list(_ request: Incoming) async throws -> Answer {
        try request.checkQuery(["search", "after", "limit"])
        let limit = try request.number("limit", in: 1...1000) ?? 100
        let (search, after) = (request.query["search"] ?? "", request.query["after"])
        let page = try await threads.run { [shelf] in
            try shelf.page(search: search, after: after, limit: limit)
        }
        return try .json(
            ScenePage(
                scenes: page.entries.map { SceneRow($0) }, next: page.hasMore ? page.entries.last?.id : nil,
                totalCount: page.totalCount, problems: page.problems))
    }

    private func details(_ request: Incoming) async throws -> Answer {
        try request.checkQuery([])
        let id = request["scene"]
        var row = try await open(id) { [overviews, pictures] scene in
            try SceneDetails(
                scene, overviews: overviews.status(of: scene), areNeeded: pictures.needsOverviews(scene))
        }
        row.scans = try await scans(id).map(\.id)
        return try .json(row)
    }

    /// Opens a scene on another thread.
    private func open<Result: Sendable>(
        _ id: String, _ body: @escaping @Sendable (OpenScene) throws -> Result
    ) async throws -> Result {
        try await looks.run { [self] in
            try await threads.run { [self] in try withScene(id, body) }
        }
    }

    /// Opens a scene, and once more where its file was replaced meanwhile. It blocks.
    private func withScene<Result>(_ id: String, _ body: (OpenScene) throws -> Result) throws -> Result {
        let entry = try shelf.entry(id)
        do {
            return try body(opened.scene(entry))
        } catch let error as RasterError where error.code == .sceneChanged {
            opened.forget(id)
            do {
                return try body(opened.scene(entry))
            } catch let error as RasterError {
                throw entry.problem(error)
            }
        } catch let error as RasterError {
            throw entry.problem(error)
        }
    }

    // MARK: Pictures

    private func tile(_ request: Incoming) async throws -> Answer {
        try request.checkQuery([Self.version])
        func number(_ name: String) throws(Problem) -> Int {
            guard let number = Int(request[name]), (0...Int(Int32.max)).contains(number) else {
                throw Problem(
                    .notFound, "a tile's \(name) is a whole number from 0 on, not '\(request[name])'")
            }
            return number
        }
        let (level, column, row) = (try number("level"), try number("column"), try number("row"))
        return try await picture(request, type: "image/jpeg", name: "\(level)-\(column)-\(row)", isKept: true)
        { scene in
            guard scene.tile(level: level, column: column, row: row) != nil else {
                throw Problem(
                    .notFound,
                    "the scene has no such tile: it has \(scene.levelCount) levels, \(scene.scene.width)x\(scene.scene.height) pixels at level 0"
                )
            }
        } make: { [pictures] scene in
            try pictures.tile(of: scene, level: level, column: column, row: row)
        }
    }

    /// The longest part of a scene that a crop may show.
    private static let cropSide = 8192

    private func crop(_ request: Incoming) async throws -> Answer {
        try request.checkQuery(["x0", "y0", "x1", "y1", "side", Self.version])
        func number(_ name: String) throws(Problem) -> Int {
            guard let number = try request.number(name, in: -1 << 31...1 << 31) else {
                throw Problem(.badRequest, "the query must have x0, y0, x1 and y1; \(name) is missing")
            }
            return number
        }
        let (x0, y0, x1, y1) = (try number("x0"), try number("y0"), try number("x1"), try number("y1"))
        let side = try request.number("side", in: 32...1024) ?? 256
        guard (1...Self.cropSide).contains(x1 - x0), (1...Self.cropSide).contains(y1 - y0) else {
            throw Problem(
                .unprocessableContent, "x0 must be less than x1, and y0 than y1, by \(Self.cropSide) at most")
        }
        let part = PixelRect(x0: x0, y0: y0, x1: x1, y1: y1)
        return try await picture(
            request, type: "image/png", name: "crop-\(x0)-\(y0)-\(x1)-\(y1)-\(side)", isKept: false
        ) { _ in
        } make: { [pictures] scene in
            try pictures.crop(of: scene, part: part, side: side)
        }
    }

    /// What a look at an opened scene says of a picture of it.
    private enum Look: Sendable {
        case isUnchanged(Tag)
        case isKnown(Tag, [UInt8])
        case isUnknown
    }

    /// Answers with a picture of a scene.
    ///
    /// - Parameter name: what tells it from other pictures of the scene.
    /// - Parameter isKept: whether it is kept in memory.
    /// - Parameter check: throws where there is no such picture.
    private func picture(
        _ request: Incoming, type: String, name: String, isKept: Bool,
        check: @escaping @Sendable (OpenScene) throws -> Void,
        make: @escaping @Sendable (OpenScene) throws -> ScenePictures.Encoded
    ) async throws -> Answer {
        let id = request["scene"]
        let known = request.fields[.ifNoneMatch]
        let version = request.query[Self.version]
        let isVersion = version?.wholeMatch(of: /[0-9a-f]{16}/) != nil
        guard version == nil || isVersion else {
            throw Problem(
                .badRequest, "'version' is what the details of the scene say: 16 hexadecimal digits")
        }
        let look = try await open(id) { [cache] scene -> Look in
            try check(scene)
            let tag = Tag(of: scene, name, asked: version)
            if let known, Self.matches(known, tag.text) { return .isUnchanged(tag) }
            return cache[tag.text].map { .isKnown(tag, $0) } ?? .isUnknown
        }
        switch look {
        case .isUnchanged(let tag): return Answer(status: .notModified, fields: tag.fields)
        case .isKnown(let tag, let bytes): return Answer(bytes, type: type, fields: tag.fields)
        case .isUnknown: break
        }
        let (tag, picture) = try await turns.run { [self] in
            try await threads.run { [self] in
                try withScene(id) { scene in (Tag(of: scene, name, asked: version), try make(scene)) }
            }
        }
        guard !picture.isDamaged else {
            // What cannot be read now may be there again in a moment, as in a store.
            return Answer(picture.bytes, type: type, fields: [.damaged: "true", .cacheControl: "no-store"])
        }
        if isKept { cache.add(picture.bytes, as: tag.text) }
        return Answer(picture.bytes, type: type, fields: tag.fields)
    }

    /// The key of the query with the version of a scene, as its details have it.
    private static let version = "version"

    /// What tells a picture from others, and how long it may be kept.
    private struct Tag: Sendable {
        let text: String
        /// Whether the address can never mean another picture.
        private let isFixed: Bool

        /// - Parameter version: that the client asks for.
        init(of scene: OpenScene, _ name: String, asked version: String?) {
            text = "\"\(scene.tag)-\(name)\""
            isFixed = version == scene.tag
        }

        var fields: HTTPFields {
            [.eTag: text, .cacheControl: isFixed ? "private, max-age=86400, immutable" : "private, no-cache"]
        }
    }

    /// - Source: RFC 9110, 13.1.2.
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { part in
            let text = part.trimmingCharacters(in: .whitespaces)
            return text == "*" || text == tag || text == "W/" + tag
        }
    }

    // MARK: Uploads

    private func receive(_ request: Incoming) async throws -> Answer {
        try request.checkQuery([])
        let name = try UploadName(request["name"])
        switch try await uploads.receive(request, as: name) {
        case .complete(let entry):
            return try .json(SceneRow(entry), status: .created, fields: [.location: "/v1/scenes/\(entry.id)"])
        case .incomplete(let count):
            return try .json(["receivedByteCount": count], status: .accepted)
        case .wrongPlace(let count):
            let problem = WrongPlace(
                title: HTTPResponse.Status.conflict.reasonPhrase, status: HTTPResponse.Status.conflict.code,
                detail: "the next part of the upload begins at byte \(count)", request: request.id,
                receivedByteCount: count)
            return Answer(
                try JSONText(problem).text, type: "application/problem+json", status: .conflict)
        }
    }

    private func uploadProgress(_ request: Incoming) async throws -> Answer {
        try request.checkQuery([])
        let name = try UploadName(request["name"])
        let progress = try await threads.run { [uploads] in try uploads.progress(of: name) }
        return try .json(
            UploadRow(receivedByteCount: progress.receivedByteCount, totalByteCount: progress.totalByteCount))
    }

    private func delete(_ request: Incoming) async throws -> Answer {
        try request.checkQuery([])
        let id = request["scene"]
        let entry = try await threads.run { [shelf] in try shelf.entry(id) }
        guard entry.isUploaded else {
            throw Problem(
                .forbidden, "only uploaded scenes can be deleted; \(entry.name) lies in a folder of its owner"
            )
        }
        if let scan = try await scans(id).first(where: { !$0.hasEnded }) {
            throw Problem(.conflict, "the scene is being scanned; cancel the scan \(scan.id) first")
        }
        try await threads.run { [self] in
            if let path = entry.address.localPath, unlink(path) != 0, errno != ENOENT {
                throw Problem(
                    .internalServerError, "the scene cannot be deleted: \(String(cString: strerror(errno)))")
            }
            shelf.forgetList()
            opened.forget(id)
            overviews.remove(id)
        }
        return Answer(status: .noContent)
    }
}
