import Dispatch
import Files
import Foundation
import HTTPTypes
import Logging
import Pixels
import Rasters
import Synchronization

/// Makes smaller copies of scenes that have no overviews, so that tiles of large parts need not decode all of these.
///
/// They lie in a folder of the service's, under the scene's id and tag: one whose scene was changed is not used any more. One
/// is made at a time. Its functions read the disk: call them where blocking is allowed.
final class OverviewStore: Sendable {
    /// How much smaller they are, along each side.
    static let factor = 8
    /// The first level that they serve.
    static let firstLevel = 3
    /// A tile may decode so many pixels.
    static let pixelCountLimit = 64 << 20

    enum Status: Sendable {
        /// None was asked for.
        case none
        /// With a fraction.
        case making(Double)
        case ready(Scene)
        case failed(Problem)
    }

    private struct Work {
        var tag: String
        var status: Status
        let cancellation = Cancellation()
        var time = ContinuousClock.now
    }

    /// What failed is tried again after so long.
    private static let failureAge = Duration.seconds(60)

    private let folder: String
    private let freeByteLimit: Int
    private let state: ServiceState
    private let works = Mutex<[String: Work]>([:])
    private let queue = DispatchQueue(label: "tilescope-overviews", qos: .utility)
    private let logger = Logger(label: "tilescope.service.scenes")

    /// - Parameter freeByteLimit: what stays free on the folder's disk.
    init(folder: String, freeByteLimit: Int, state: ServiceState) throws {
        self.folder = folder
        self.freeByteLimit = freeByteLimit
        self.state = state
        try makeFolder(folder)
        // What a killed service was making.
        for entry in FolderNames(folder) where !entry.isFolder && !entry.name.hasSuffix(Self.ending) {
            unlink(folder + "/" + entry.name)
        }
    }

    private static let ending = ".tif"

    func status(of scene: OpenScene) -> Status {
        let id = scene.entry.id
        if let work = works.withLock({ $0[id] }), work.tag == scene.tag {
            guard case .failed = work.status, .now - work.time > Self.failureAge else { return work.status }
        }
        let status = (try? made(of: scene)).map { Status.ready($0) } ?? .none
        works.withLock { works in
            // Somebody else may have begun meanwhile.
            if let work = works[id], work.tag == scene.tag, case .making = work.status { return }
            works[id]?.cancellation.request()
            works[id] = Work(tag: scene.tag, status: status)
        }
        return status
    }

    /// Begins to make them, if nobody does.
    ///
    /// - Throws: `Problem`: 503, because they are not there; 422 where they cannot be made.
    func start(_ scene: OpenScene) throws(Problem) {
        switch status(of: scene) {
        case .ready: return
        case .failed(let problem): throw problem
        case .making: throw Self.notReady
        case .none: break
        }
        let work = works.withLock { works -> Work? in
            if let work = works[scene.entry.id], case .making = work.status { return nil }
            let work = Work(tag: scene.tag, status: .making(0))
            works[scene.entry.id] = work
            return work
        }
        if let work { queue.async { [self] in make(scene, work.cancellation) } }
        throw Self.notReady
    }

    /// Ends the work on a scene that is gone, and removes what was made of it.
    func remove(_ id: String) {
        works.withLock { $0.removeValue(forKey: id) }?.cancellation.request()
        removeFiles(of: id, but: nil)
    }

    private static var notReady: Problem {
        .busy(
            .serviceUnavailable, "smaller copies of the scene are being made; try again in a moment",
            retryAfter: 2)
    }

    private func path(_ id: String, _ tag: String) -> String { "\(folder)/\(id)-\(tag)\(Self.ending)" }

    private func made(of scene: OpenScene) throws -> Scene? {
        let path = path(scene.entry.id, scene.tag)
        guard FileGuard(path: path) != nil else { return nil }
        let made = try Scene(opening: Address(path))
        guard made.width == (scene.scene.width + Self.factor - 1) / Self.factor,
            made.height == (scene.scene.height + Self.factor - 1) / Self.factor
        else { return nil }
        return made
    }

    private func make(_ scene: OpenScene, _ cancellation: Cancellation) {
        let takeBack = state.onStop { cancellation.request() }
        defer { takeBack() }
        let (id, tag) = (scene.entry.id, scene.tag)
        func set(_ status: Status) {
            works.withLock { works in
                guard let work = works[id], work.tag == tag, work.cancellation === cancellation else {
                    return
                }
                works[id]?.status = status
                works[id]?.time = .now
            }
        }
        do {
            removeFiles(of: id, but: tag)
            // Colours of a smaller picture hardly compress; its overviews are a third.
            let byteCount = scene.scene.width / Self.factor * (scene.scene.height / Self.factor) * 4
            if roomObjection(to: byteCount + freeByteLimit, in: folder) != nil {
                throw Problem.busy(
                    .serviceUnavailable,
                    "the disk of the service has no room for smaller copies of the scene",
                    retryAfter: 60)
            }
            let path = path(id, tag)
            try scene.scene.writeReduced(by: Self.factor, to: .replacing(path), cancellation: cancellation) {
                fraction in
                set(.making(fraction))
            }
            if let made = try made(of: scene) { set(.ready(made)) } else { set(.none) }
        } catch let problem as Problem {
            set(.failed(problem))
        } catch is Cancelled {
            set(.none)
        } catch let error as RasterError {
            if error.code == .interrupted { set(.none) } else { set(.failed(scene.entry.problem(error))) }
        } catch {
            logger.error("overviews cannot be made", metadata: ["scene": "\(id)", "reason": "\(error)"])
            set(.failed(Problem(.internalServerError, "smaller copies of the scene cannot be made")))
        }
    }

    private func removeFiles(of id: String, but tag: String?) {
        for entry in FolderNames(folder) where entry.name.hasPrefix(id + "-") {
            if let tag, entry.name == "\(id)-\(tag)\(Self.ending)" { continue }
            unlink(folder + "/" + entry.name)
        }
    }
}
