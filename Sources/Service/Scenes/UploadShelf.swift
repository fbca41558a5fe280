import Files
import Foundation
import HTTPTypes
import NIOCore
import Rasters
import Synchronization

/// Receives scenes in parts. What has come stays on the disk, also when the client goes away or the service is killed, and
/// the next part begins where it ends.
final class UploadShelf: Sendable {
    /// What became of a request.
    enum Outcome: Sendable {
        case complete(SceneShelf.Entry)
        /// So many bytes are there.
        case incomplete(Int)
        /// The body was not read, because it does not begin where so many bytes end.
        case wrongPlace(Int)
    }

    struct Progress: Sendable {
        var receivedByteCount: Int
        /// `nil` where the client did not say.
        var totalByteCount: Int?
    }

    /// What is known of an upload beside its bytes.
    private struct Facts: Codable {
        var totalByteCount: Int?
    }

    /// A file that one request has.
    private final class PartFile: Sendable {
        let file: Mutex<GrowingFile>
        init(_ path: String) throws(FileError) { file = Mutex(try GrowingFile(path: path)) }

        var byteCount: Int { file.withLock { $0.byteCount } }

        func synchronize() throws(FileError) {
            try file.withLock { file throws(FileError) in try file.synchronize() }
        }
    }

    private enum Beginning: Sendable {
        case wrongPlace(Int)
        case begun(PartFile)
    }

    /// Bytes that are written at a time.
    private static let pieceByteCount = 1 << 20
    /// Bytes after which the disk's room is looked at.
    private static let roomByteCount = 64 << 20
    /// An upload with which nobody has gone on for so long may be replaced by another one of its name.
    private static let staleSeconds = 86_400.0
    private static let factsByteLimit = 1 << 12

    private let shelf: SceneShelf
    private let limits: ServiceLimits
    private let threads: WorkThreads
    private let state: ServiceState
    /// Names that are being written.
    private let active = Mutex<Set<String>>([])

    init(shelf: SceneShelf, limits: ServiceLimits, threads: WorkThreads, state: ServiceState) {
        self.shelf = shelf
        self.limits = limits
        self.threads = threads
        self.state = state
    }

    private func path(_ name: String) -> String { shelf.uploads + "/" + name }

    // MARK: Progress

    /// It reads the disk.
    ///
    /// - Throws: 404 where nothing has come.
    func progress(of name: UploadName) throws(Problem) -> Progress {
        if let file = FileGuard(path: path(name.text)) {
            return Progress(receivedByteCount: file.byteCount, totalByteCount: file.byteCount)
        }
        guard let file = FileGuard(path: path(name.part)) else {
            throw Problem(.notFound, "no upload has the name '\(name.text)'")
        }
        return Progress(receivedByteCount: file.byteCount, totalByteCount: facts(of: name).totalByteCount)
    }

    private func facts(of name: UploadName) -> Facts {
        guard let bytes = try? readFile(path(name.facts), limit: Self.factsByteLimit),
            let facts = try? JSONDecoder().decode(Facts.self, from: Data(bytes))
        else { return Facts() }
        return facts
    }

    // MARK: Receiving

    /// Writes a body to the disk as it comes.
    ///
    /// - Throws: 400, 409, 413, 416, 422 and 503 as the API says; what came before stays.
    func receive(_ request: Incoming, as name: UploadName) async throws -> Outcome {
        let range = try request.fields[.contentRange].map { text throws(Problem) in try ContentRange(text) }
        if let range, let byteCount = request.body.byteCount, byteCount != range.bytes.count {
            throw Problem(
                .rangeNotSatisfiable,
                "Content-Range says \(range.bytes.count) bytes and Content-Length \(byteCount); they must be the same"
            )
        }
        guard active.withLock({ $0.insert(name.text).inserted }) else {
            throw Problem.busy(
                .conflict, "'\(name.text)' is being uploaded by another request; wait until that ends")
        }
        defer { active.withLock { _ = $0.remove(name.text) } }
        let totalByteCount = range?.totalByteCount ?? request.body.byteCount
        let begun = try await threads.run { [self] in try begin(name, range, totalByteCount) }
        let part: PartFile
        switch begun {
        case .wrongPlace(let count): return .wrongPlace(count)
        case .begun(let file): part = file
        }
        let end = range?.bytes.upperBound ?? totalByteCount
        try await write(request.body, to: part, until: end)
        let received = part.byteCount
        if let end, received < end {
            throw Problem(
                .badRequest,
                "the body ended after \(received) bytes of \(end); go on with the next part at \(received)")
        }
        if let totalByteCount, received < totalByteCount { return .incomplete(received) }
        return .complete(try await threads.run { [self] in try finish(part, name) })
    }

    private func write(_ body: IncomingBody, to part: PartFile, until end: Int?) async throws {
        let limit = end ?? limits.uploadByteCount
        var waiting = ByteBuffer()
        var received = part.byteCount
        var nextLook = received + Self.roomByteCount
        do {
            for try await piece in body.stream {
                received += piece.readableBytes
                guard received <= limit else {
                    throw end == nil
                        ? tooLarge
                        : Problem(
                            .rangeNotSatisfiable,
                            "the body is longer than its Content-Range or Content-Length")
                }
                if waiting.readableBytes == 0 { waiting = piece } else { waiting.writeImmutableBuffer(piece) }
                guard waiting.readableBytes >= Self.pieceByteCount else { continue }
                let bytes = waiting
                waiting = ByteBuffer()
                try await append(bytes, to: part)
                if state.isStopping {
                    throw Problem.busy(
                        .serviceUnavailable, "the service is stopping; go on with the upload in a moment",
                        retryAfter: 5)
                }
                guard received >= nextLook else { continue }
                nextLook = received + Self.roomByteCount
                // At the end little is left to wait for.
                try await threads.run { try part.synchronize() }
                try checkRoom(for: 0)
            }
        } catch {
            // What has come is kept, whatever came between.
            if waiting.readableBytes > 0, received <= limit { try await append(waiting, to: part) }
            throw error
        }
        if waiting.readableBytes > 0 { try await append(waiting, to: part) }
    }

    private func append(_ bytes: ByteBuffer, to part: PartFile) async throws {
        try await threads.run { [self] in
            do throws(FileError) {
                try part.file.withLock { file throws(FileError) in
                    try bytes.withUnsafeReadableBytes { bytes throws(FileError) in
                        try file.append(bytes.bytes)
                    }
                }
            } catch {
                throw error.code == .noSpace ? noRoom : error
            }
        }
    }

    private var tooLarge: Problem {
        Problem(.contentTooLarge, "an upload may have \(limits.uploadByteCount) bytes at most")
    }

    private var noRoom: Problem {
        .busy(.serviceUnavailable, "the disk of the service has no room for the upload", retryAfter: 60)
    }

    private func checkRoom(for byteCount: Int) throws(Problem) {
        let (sum, isTooLarge) = byteCount.addingReportingOverflow(limits.freeByteCount)
        if isTooLarge || roomObjection(to: sum, in: shelf.uploads) != nil { throw noRoom }
    }

    /// Opens the file, and looks whether the body fits to what is there.
    private func begin(
        _ name: UploadName, _ range: ContentRange?, _ totalByteCount: Int?
    ) throws -> Beginning {
        if let totalByteCount, totalByteCount > limits.uploadByteCount { throw tooLarge }
        guard totalByteCount != 0 else {
            throw Problem(.unprocessableContent, "an upload of 0 bytes is no image")
        }
        guard FileGuard(path: path(name.text)) == nil else {
            throw Problem(
                .conflict, "a scene has the name '\(name.text)'; delete it first, or choose another name")
        }
        var known = FileGuard(path: path(name.part))?.byteCount
        if known != nil, facts(of: name).totalByteCount != totalByteCount || range == nil {
            guard isStale(name) || facts(of: name).totalByteCount == totalByteCount else {
                throw Problem(
                    .conflict,
                    "an unfinished upload has the name '\(name.text)' and another length; choose another name"
                )
            }
            // A whole body begins anew.
            known = nil
        }
        if let range, range.bytes.lowerBound != known ?? 0 { return .wrongPlace(known ?? 0) }
        try checkRoom(for: max(0, (totalByteCount ?? 0) - (known ?? 0)))
        let part = try PartFile(path(name.part))
        if known == nil {
            try part.file.withLock { file throws(FileError) in try file.truncate(to: 0) }
            try writeFile(
                try JSONText(Facts(totalByteCount: totalByteCount)).text, to: .replacing(path(name.facts)))
        }
        return .begun(part)
    }

    private func isStale(_ name: UploadName) -> Bool {
        guard let file = FileGuard(path: path(name.part)) else { return true }
        return Date.now.timeIntervalSince1970 - Double(file.modificationTime) / 1e9 > Self.staleSeconds
    }

    /// Looks whether it is a scene, and gives it its name.
    private func finish(_ part: PartFile, _ name: UploadName) throws -> SceneShelf.Entry {
        let partPath = path(name.part)
        let entry = shelf.uploading(name.text, at: partPath)
        do {
            // Decoders look at the file itself.
            try part.synchronize()
            _ = try OpenScene(entry)
        } catch let error as RasterError {
            let problem = entry.problem(error)
            part.file.withLock { $0.remove() }
            unlink(path(name.facts))
            throw problem
        }
        do throws(FileError) {
            try part.file.withLock { file throws(FileError) in try file.rename(to: .new(path(name.text))) }
        } catch {
            guard error.code == .exists else { throw error }
            throw Problem(.conflict, "a scene has got the name '\(name.text)' meanwhile; choose another name")
        }
        unlink(path(name.facts))
        guard let scene = shelf.uploaded(name.text) else {
            throw Problem(.conflict, "the scene '\(name.text)' was removed at once")
        }
        return scene
    }
}
