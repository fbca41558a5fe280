import Bytes
import Files
import Foundation
import HTTPTypes
import Logging
import Rasters
import Scanning
import Synchronization

/// The scenes that clients may use: those of some folders and addresses, and those that were uploaded. Clients know them by ids
/// and never name a path.
///
/// Its functions read disks and ask stores: call them where blocking is allowed.
final class SceneShelf: Sendable {
    struct Entry: Sendable {
        /// 16 hexadecimal digits, from the root and the name.
        var id: String
        /// From its root on, for people.
        var name: String
        var address: Address
        /// Which links must not leave; `nil` for what is in a store.
        var folder: SealedFolder?
        /// 0 where a store does not say.
        var byteCount: Int
        var isUploaded: Bool
        /// The name in small letters.
        fileprivate var searched: String
    }

    /// Some scenes of a list.
    struct Page: Sendable {
        var entries: [Entry]
        /// Whether others follow.
        var hasMore: Bool
        /// How many scenes the whole list has.
        var totalCount: Int
        /// What could not be listed.
        var problems: [String] = []
    }

    private struct Root {
        /// Stands in ids.
        var name: String
        var address: Address
    }

    private struct Listing {
        /// By name, as people number things.
        var entries: [Entry] = []
        var places: [String: Int] = [:]
        var time: ContinuousClock.Instant
        /// Roots that could not be listed, each with the reason.
        let problems: [String]

        init(_ entries: [Entry], problems: [String]) {
            self.problems = problems
            self.entries = entries.sorted {
                $0.name == $1.name ? $0.id < $1.id : isNaturallyBefore($0.name, $1.name)
            }
            time = .now
            for (place, entry) in self.entries.enumerated() { places[entry.id] = place }
        }

        subscript(id: String) -> Entry? { places[id].map { entries[$0] } }
    }

    /// A list is used for so long.
    private static let listAge = Duration.seconds(5)
    /// Who asks for an unknown scene makes a new list where the last one is older.
    private static let leastListAge = Duration.seconds(1)

    private let roots: [Root]
    private let uploadsFolder: String
    private let dataFolder: FolderID?
    private let listing = Mutex<Listing?>(nil)
    /// Held while a list is made.
    private let making = NSLock()
    private let logger = Logger(label: "tilescope.service.scenes")

    /// - Parameter scenes: folders, files and addresses.
    /// - Parameter dataFolder: the service's own; nothing in it is a scene but what lies in its `uploads`.
    /// - Throws: where a folder is not there, or the one for uploads cannot be made.
    init(scenes: [String], dataFolder: String) throws {
        let data = Address(dataFolder).absolute.localPath ?? dataFolder
        uploadsFolder = data + "/uploads"
        try makeFolder(uploadsFolder)
        self.dataFolder = FolderID(data)
        roots = try scenes.enumerated().map { number, text in
            let address = Address(text).absolute.withoutLastSlash
            if let path = address.localPath {
                guard folderExists(path) || FileGuard(path: path) != nil else {
                    throw ServiceError(
                        description: "\(path): there is no such folder; name one that holds scenes")
                }
            } else if let objection = address.objection {
                throw ServiceError(description: "\(address): \(objection)")
            }
            return Root(name: "\(number)", address: address)
        }
    }

    /// Where uploaded scenes lie.
    var uploads: String { uploadsFolder }

    // MARK: Lookups

    /// - Throws: 404 where there is none; 503 where nobody can tell.
    func entry(_ id: String) throws(Problem) -> Entry {
        // A scene that is known is not looked for again: whoever opens it sees whether it is still there.
        if let known = listing.withLock({ $0?[id] }) { return known.current }
        let listing = try list(notOlderThan: Self.leastListAge)
        if let found = listing[id] { return found }
        if let problem = listing.problems.first {
            throw Problem.busy(
                .serviceUnavailable, "the scene may be among those that cannot be listed: \(problem)",
                retryAfter: 10)
        }
        throw Problem(.notFound, "no scene has the id '\(id)'; /v1/scenes lists them")
    }

    /// The scenes at some addresses, and in folders that are named so; in the order of the list.
    ///
    /// - Cost: O(*n*) in the number of scenes of the list.
    func entries(at addresses: [String]) throws(Problem) -> [Entry] {
        let wanted = Set(addresses)
        let folders = addresses.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        return try list(notOlderThan: Self.listAge).entries.filter { entry in
            let address = entry.address.unhidden
            return wanted.contains(address)
                // Only who made a project by the command line has named a folder.
                || addresses.count < Self.folderLimit && folders.contains { address.hasPrefix($0) }
        }
    }

    /// A project may name so many folders.
    private static let folderLimit = 16

    /// A scene for whoever scans it. It was looked at: it holds pixels, and names no other file.
    ///
    /// - Parameter id: see `Entry`.
    /// - Throws: 404 where there is none, 422 where it must not be opened.
    func scene(_ id: String) throws(Problem) -> (address: Address, name: String) {
        let entry = try entry(id)
        do throws(RasterError) {
            try PlainScene.check(entry.address, in: entry.folder)
        } catch {
            throw entry.problem(error)
        }
        return (entry.address, entry.name)
    }

    /// What stands for a scene before it has its name.
    ///
    /// - Parameter path: where it is.
    func uploading(_ name: String, at path: String) -> Entry {
        entry(
            name, of: Self.uploadRoot, at: Address(path), folder: SealedFolder(path: uploadsFolder),
            byteCount: 0)
    }

    /// The entry of a scene that was uploaded just now.
    func uploaded(_ name: String) -> Entry? {
        forgetList()
        return uploadedEntry(name)
    }

    /// Has the list made again at the next lookup.
    func forgetList() { listing.withLock { $0 = nil } }

    /// - Parameter search: a part of the name, in letters of any case.
    /// - Parameter id: of the last scene of the page before.
    /// - Throws: 404 where no such scene is in the list.
    func page(search: String, after id: String?, limit: Int) throws(Problem) -> Page {
        let listing = try list(notOlderThan: Self.listAge)
        let searched = search.lowercased()
        var start = 0
        if let id {
            guard let place = listing.places[id] else {
                throw Problem(
                    .notFound, "'after' names no scene of the list: '\(id)'; begin again without it")
            }
            start = place + 1
        }
        guard !searched.isEmpty else {
            let end = min(listing.entries.count, start + limit)
            return Page(
                entries: Array(listing.entries[start..<end]), hasMore: end < listing.entries.count,
                totalCount: listing.entries.count, problems: listing.problems)
        }
        var page = Page(entries: [], hasMore: false, totalCount: 0, problems: listing.problems)
        for (place, entry) in listing.entries.enumerated() where entry.searched.contains(searched) {
            page.totalCount += 1
            guard place >= start else { continue }
            if page.entries.count < limit { page.entries.append(entry) } else { page.hasMore = true }
        }
        return page
    }

    // MARK: Listing

    private static let uploadRoot = "upload"
    /// More scenes are not listed.
    private static let entryLimit = 1_000_000

    private static func id(_ name: String, of root: String) -> String {
        String(SHA256.hexDigest(of: Array("\(root)\n\(name)".utf8).span.bytes).prefix(16))
    }

    private func list(notOlderThan age: Duration) throws(Problem) -> Listing {
        func known() -> Listing? {
            listing.withLock { $0 }.flatMap { .now - $0.time <= age ? $0 : nil }
        }
        if let known = known() { return known }
        making.lock()
        defer { making.unlock() }
        // Somebody else may have made it meanwhile.
        if let known = known() { return known }
        let old = listing.withLock { $0 }
        var entries: [Entry] = []
        var problems: [String] = []
        for root in roots {
            do throws(FileError) {
                try entries += self.entries(of: root)
            } catch {
                logger.warning(
                    "scenes cannot be listed", metadata: ["root": "\(root.address)", "reason": "\(error)"])
                // A store may answer again in a moment; the others are there meanwhile.
                problems.append("\(root.address.lastComponent): \(error.cause)")
                entries += old?.entries.filter { $0.id == Self.id($0.name, of: root.name) } ?? []
            }
        }
        for name in FolderNames(uploadsFolder) where !name.isLink && !name.isFolder {
            if let entry = uploadedEntry(name.name) { entries.append(entry) }
        }
        let new = Listing(entries, problems: problems)
        listing.withLock { $0 = new }
        return new
    }

    private func entries(of root: Root) throws(FileError) -> [Entry] {
        guard let path = root.address.localPath else { return try storedEntries(of: root) }
        if FileGuard(path: path) != nil {
            let name = root.address.lastComponent
            return entry(name, of: root, folder: SealedFolder(path: folder(of: path))).map { [$0] } ?? []
        }
        var walk = Walk(folder: SealedFolder(path: path), excluded: dataFolder)
        walk.look(in: path, name: "", depth: 0)
        return walk.names.compactMap { entry($0, of: root, folder: walk.folder) }
    }

    private func folder(of path: String) -> String {
        path.unicodeScalars.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "."
    }

    /// The entry of a file on this machine.
    private func entry(_ name: String, of root: Root, folder: SealedFolder) -> Entry? {
        let address =
            folder.path.hasSuffix("/") ? Address(folder.path + name) : Address(folder.path + "/" + name)
        guard let path = address.localPath, let state = FileGuard(path: path) else { return nil }
        return entry(name, of: root.name, at: address, folder: folder, byteCount: state.byteCount)
    }

    private func entry(
        _ name: String, of root: String, at address: Address, folder: SealedFolder?, byteCount: Int
    ) -> Entry {
        let shown = name.showingRawBytes
        return Entry(
            id: Self.id(name, of: root), name: shown, address: address, folder: folder, byteCount: byteCount,
            isUploaded: root == Self.uploadRoot, searched: shown.lowercased())
    }

    private func uploadedEntry(_ name: String) -> Entry? {
        let path = uploadsFolder + "/" + name
        guard !name.hasPrefix("."), PlainScene.isNamedSo(name), let state = FileGuard(path: path) else {
            return nil
        }
        return entry(
            name, of: Self.uploadRoot, at: Address(path), folder: SealedFolder(path: uploadsFolder),
            byteCount: state.byteCount)
    }

    private func storedEntries(of root: Root) throws(FileError) -> [Entry] {
        if PlainScene.isNamedSo(root.address.lastComponent) {
            return [
                entry(root.address.lastComponent, of: root.name, at: root.address, folder: nil, byteCount: 0)
            ]
        }
        return try StoredFolder(listing: root.address).entries.lazy.filter { entry in
            !entry.isFolder && PlainScene.isNamedSo(entry.name)
                && !entry.name.split(separator: "/").contains { $0.hasPrefix(".") }
        }.prefix(Self.entryLimit).map { listed in
            entry(
                listed.name, of: root.name, at: root.address.appending(listed.name), folder: nil,
                byteCount: listed.byteCount)
        }
    }

    // MARK: Folders of this machine

    /// Tells whether a folder is another one.
    private struct FolderID: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard path.withNameBytes({ stat($0, &status) }) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    /// Finds the images in a folder and its folders.
    private struct Walk {
        let folder: SealedFolder
        let excluded: FolderID?
        /// From the folder on.
        var names: [String] = []
        /// The folders that the present one is in.
        private var above: Set<FolderID> = []
        /// Where results of a scan lie, if the present folder holds some.
        private var results: String?

        init(folder: SealedFolder, excluded: FolderID?) {
            (self.folder, self.excluded) = (folder, excluded)
        }

        mutating func look(in path: String, name: String, depth: Int) {
            guard depth <= StoredFolder.depthLimit, let id = FolderID(path), id != excluded,
                above.insert(id).inserted
            else { return }
            let outer = results
            defer {
                above.remove(id)
                results = outer
            }
            if FileGuard(path: path + "/.scan/task.json") != nil { results = name }
            for entry in FolderNames(path)
            where !entry.name.hasPrefix(".") && names.count < SceneShelf.entryLimit {
                let childPath = path + "/" + entry.name
                let childName = name.isEmpty ? entry.name : name + "/" + entry.name
                if entry.isLink, (try? folder.checked(childPath)) == nil { continue }
                if entry.isFolder || entry.isLink && folderExists(childPath) {
                    look(in: childPath, name: childName, depth: depth + 1)
                } else if PlainScene.isNamedSo(entry.name), !isResult(childName) {
                    names.append(childName)
                }
            }
        }

        private func isResult(_ name: String) -> Bool {
            guard let results else { return false }
            return ScanFolder.isOwn(results.isEmpty ? name : String(name.dropFirst(results.count + 1)))
        }
    }
}

extension SceneShelf.Entry {
    /// The same, as large as it is now.
    fileprivate var current: Self {
        var entry = self
        if let state = address.localPath.flatMap({ FileGuard(path: $0) }) {
            entry.byteCount = state.byteCount
        }
        return entry
    }

    /// What is told of an error about the scene, without where it lies.
    func problem(_ error: RasterError) -> Problem {
        let words = withoutPath("cannot \(error.operation): \(error.cause)")
        return switch error.code {
        case .interrupted:
            .busy(.serviceUnavailable, "the service is stopping; try again in a moment", retryAfter: 5)
        case .sceneChanged: .busy(.serviceUnavailable, "the scene is being replaced; try again in a moment")
        case .noSpace:
            .busy(.serviceUnavailable, "no space is left on the disk of the service", retryAfter: 60)
        case .cannotOpen where isGone: Problem(.notFound, "the scene \(name) is not there any more")
        case .cannotOpen where !isAnswered, .cannotRead where !isAnswered:
            .busy(.serviceUnavailable, "the scene \(name) cannot be reached: \(words)", retryAfter: 10)
        case .cannotOpen, .cannotRead, .unsupported, .cannotEncode, .cannotWrite:
            Problem(.unprocessableContent, "the scene \(name) cannot be shown: \(words)")
        }
    }

    private var isGone: Bool { (try? StoredFile.isThere(address)) == false }

    /// Whether the store of the scene says anything.
    private var isAnswered: Bool { (try? StoredFile.isThere(address)) != nil }

    private func withoutPath(_ words: String) -> String {
        var words = words.replacing(address.description, with: name)
        if let path = address.localPath { words = words.replacing(path, with: name) }
        if let folder, folder.path.utf8.count > 1 { words = words.replacing(folder.path, with: "…") }
        return words
    }
}
