import Files
import Foundation
import HTTPTypes
import Labelling
import Labels
import Rasters
import Synchronization

/// The projects of the service: a folder for each, with its settings, labels and rounds, as `tilescope learn` has them.
///
/// Its functions read disks and ask stores: call them where blocking is allowed.
final class ProjectShelf: Sendable {
    /// A photograph or scene of a project.
    struct Member: Sendable {
        /// On the shelf of scenes.
        var id: String
        var name: String
        /// Without secrets, as finds name it.
        var address: String
        /// What the scene's tiles are kept under.
        var version: String
        var width: Int
        var height: Int
        /// What its labels are kept under.
        var source: String
    }

    /// What is known of a scene as long as it is not replaced.
    private struct Known {
        var member: Member
        /// With secrets, as projects name it.
        var path: String
        var file: FileGuard?
        var time: ContinuousClock.Instant
    }

    let folder: String
    private let scenes: SceneShelf
    /// Each is opened once: SQLite's locks would be lost otherwise.
    private let stores = Mutex<[String: LabelStore]>([:])
    private let known = Mutex<[String: Known]>([:])
    /// Held while projects are made, changed and removed.
    private let changing = NSLock()
    private let lock: FolderLock
    /// After such a time a store is asked again whether a scene is still the same.
    private static let storeAge = Duration.seconds(60)

    /// - Parameter folder: is made where it is missing.
    /// - Throws: also where another service uses it.
    init(folder: String, scenes: SceneShelf) throws {
        self.folder = folder
        self.scenes = scenes
        try makeFolder(folder)
        lock = try FolderLock(folder, name: ".projects-lock")
        // A service that was killed may have left some.
        for entry in FolderNames(folder) where entry.name.hasPrefix(Self.removedPrefix) {
            try? FileManager.default.removeItem(atPath: folder + "/" + entry.name)
        }
    }

    private static let removedPrefix = ".removed-"

    // MARK: Projects

    /// The names of all projects, in the order in which people number things.
    func names() -> [String] {
        FolderNames(folder).filter { $0.isFolder && !$0.name.hasPrefix(".") }.map(\.name)
            .filter(exists).sorted { isNaturallyBefore($0, $1) }
    }

    func exists(_ name: String) -> Bool { ProjectFolder(path: folder + "/" + name).exists }

    private static let nameByteLimit = 100

    /// - Throws: 422 for what cannot be the name of a project.
    static func check(name: String) throws(Problem) {
        let isSound =
            1...nameByteLimit ~= name.utf8.count && name.first != "." && name.first != " "
            && name.last != " "
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar.properties.generalCategory == .nonspacingMark
                    || "-_. ".unicodeScalars.contains(scalar)
            }
        guard isSound else {
            throw Problem(
                .unprocessableContent,
                "a project's name has 1 to \(nameByteLimit) bytes of letters, digits, '-', '_', '.' and spaces, does not begin with '.', and neither begins nor ends with a space: '\(name)'"
            )
        }
    }

    /// - Throws: 404 where there is none.
    ///
    /// - Parameter name: with letters and their marks together (NFC), as all names here.
    func project(_ name: String) throws -> (folder: ProjectFolder, settings: Project) {
        let place = ProjectFolder(path: folder + "/" + name)
        guard (try? Self.check(name: name)) != nil, place.exists else {
            throw Problem(.notFound, "there is no project '\(name)'; /v1/projects lists them")
        }
        do {
            return (place, try place.readProject())
        } catch let error as LabellingError {
            throw Problem(.internalServerError, Self.objection(to: name, error.cause))
        }
    }

    static func objection(to name: String, _ cause: String) -> String {
        "the project '\(name)' cannot be used: \(cause)"
    }

    /// - Parameter ids: of scenes.
    /// - Throws: 409 where there is one of this name, 422 for names and scenes that cannot be.
    func create(_ name: String, classes: [String], ids: [String]) throws {
        try Self.check(name: name)
        let settings = Project(
            scenes: try addresses(of: ids), classes: classes, background: Self.background, windowSize: 32,
            isAnySize: true)
        if let objection = Project.objection(classes: classes, background: Self.background) {
            throw Problem(.unprocessableContent, objection)
        }
        try check(settings)
        let place = ProjectFolder(path: folder + "/" + name)
        changing.lock()
        defer { changing.unlock() }
        guard !FileManager.default.fileExists(atPath: place.path) else {
            throw Problem(.conflict, "there is a project '\(name)' already; give another name")
        }
        try place.write(settings)
    }

    /// What shows none of the classes.
    static let background = "nothing"

    /// Adds scenes to a project.
    ///
    /// - Returns: whether what was chosen to begin with has to be chosen again, because it knows nothing of them.
    func add(_ ids: [String], to name: String) throws -> Bool {
        let addresses = try addresses(of: ids)
        changing.lock()
        defer { changing.unlock() }
        var (place, settings) = try project(name)
        guard settings.pack == nil else {
            throw Problem(
                .unprocessableContent, "the project '\(name)' has the tiles of a pack, and no scenes")
        }
        guard settings.unit == .photograph else {
            throw Problem(
                .unprocessableContent,
                "the project '\(name)' is labelled by windows, on the command line: its scenes stay as they are"
            )
        }
        let known = Set(settings.scenes)
        settings.scenes += addresses.filter { !known.contains($0) }
        try check(settings)
        try place.write(settings)
        guard try place.readResult(ofRound: 1) == nil else { return false }
        try? FileManager.default.removeItem(atPath: place.picksPath(ofRound: 0))
        return true
    }

    /// Annotations tell scenes by their file names.
    private func check(_ project: Project) throws(Problem) {
        guard !project.scenes.isEmpty else {
            throw Problem(.unprocessableContent, "the project needs at least one photograph or scene")
        }
        guard project.scenes.count <= Self.sceneLimit else {
            throw Problem(
                .unprocessableContent, "a project has at most \(Self.sceneLimit) photographs or scenes")
        }
        var names: Set<String> = []
        for scene in project.scenes {
            let name = Address(scene).lastComponent
            guard names.insert(name).inserted else {
                throw Problem(
                    .unprocessableContent,
                    "two photographs have the file name \(name); rename one, or leave one out")
            }
        }
    }

    private static let sceneLimit = 100_000

    private func addresses(of ids: [String]) throws(Problem) -> [String] {
        try ids.map { id throws(Problem) in try scenes.scene(id).address.unhidden }
    }

    /// The ids of all scenes whose name contains a text.
    func ids(searching text: String) throws(Problem) -> [String] {
        let page = try scenes.page(search: text, after: nil, limit: Self.sceneLimit)
        guard !page.entries.isEmpty else {
            throw Problem(.unprocessableContent, "no scene has '\(text)' in its name")
        }
        return page.entries.map(\.id)
    }

    /// Removes a project with its labels.
    func remove(_ name: String) throws {
        changing.lock()
        defer { changing.unlock() }
        // Also one that is damaged.
        let place = ProjectFolder(path: folder + "/" + name)
        guard (try? Self.check(name: name)) != nil, folderExists(place.path) else {
            throw Problem(.notFound, "there is no project '\(name)'; /v1/projects lists them")
        }
        guard !FolderLock.isHeld(place.path, name: ProjectFolder.lockName) else {
            throw Problem(
                .conflict,
                "somebody is learning in the project '\(name)' on the command line; wait until that ends")
        }
        let hidden = folder + "/" + Self.removedPrefix + UUID().uuidString
        try stores.withLock { stores in
            stores[name] = nil
            try renameFile(place.path, to: hidden)
        }
        try? FileManager.default.removeItem(atPath: hidden)
    }

    // MARK: Labels

    func labels(of name: String) throws -> LabelStore {
        try stores.withLock { stores in
            let (place, _) = try project(name)
            if let known = stores[name] { return known }
            let store = try place.openLabels()
            stores[name] = store
            return store
        }
    }

    // MARK: Scenes

    /// The scenes of a project that can be opened, in the order of the shelf, and why others cannot.
    func members(of project: Project) throws -> (members: [Member], problems: [String]) {
        let entries = try scenes.entries(at: project.scenes)
        var members: [Member] = []
        var problems: [String] = []
        for entry in entries {
            do {
                members.append(try member(entry))
            } catch let error as RasterError {
                problems.append(entry.problem(error).detail)
            } catch let problem as Problem {
                problems.append(problem.detail)
            }
        }
        let found = Set(entries.map(\.address.unhidden))
        // A project that names folders is not asked which scenes of them are gone.
        if found.isSubset(of: project.scenes) {
            problems += project.scenes.filter { !found.contains($0) }.map {
                "\(Address($0).lastComponent) is not among the scenes any more"
            }
        }
        if problems.count > Self.toldProblemCount {
            problems = problems.prefix(Self.toldProblemCount) + ["… \(problems.count) in all"]
        }
        return (members, problems)
    }

    private static let toldProblemCount = 20

    /// The scene as it was last seen, for whoever says something of it: also where it cannot be reached at the moment.
    ///
    /// - Throws: 404 where the scene does not belong to the project.
    func lastMember(_ id: String, of project: Project) throws -> Member {
        guard let known = known.withLock({ $0[id] }), project.scenes.contains(known.path) else {
            return try member(id, of: project)
        }
        // Nobody will see what is said of a scene that was removed. A store is not asked for each label.
        if known.file != nil, Address(known.path).localPath.flatMap({ FileGuard(path: $0) }) == nil {
            return try member(id, of: project)
        }
        return known.member
    }

    /// - Throws: 404 where the scene does not belong to the project.
    func member(_ id: String, of project: Project) throws -> Member {
        let entry = try scenes.entry(id)
        let address = entry.address.unhidden
        guard
            project.scenes.contains(address)
                || project.scenes.contains(where: { address.hasPrefix($0 + "/") })
        else {
            throw Problem(.notFound, "the scene \(entry.name) does not belong to the project")
        }
        do {
            return try member(entry)
        } catch let error as RasterError {
            throw entry.problem(error)
        }
    }

    private func member(_ entry: SceneShelf.Entry) throws -> Member {
        let file = entry.address.localPath.flatMap { FileGuard(path: $0) }
        if let known = known.withLock({ $0[entry.id] }), known.file == file,
            file != nil || .now - known.time < Self.storeAge
        {
            return known.member
        }
        let opened = try OpenScene(entry)
        // As a command sees it that is told nothing of bands and ranges: so labels find their scene in both.
        let source = try opened.scene.identity.labelSource
        let member = Member(
            id: entry.id, name: entry.name, address: entry.address.description, version: opened.tag,
            width: opened.scene.width, height: opened.scene.height, source: source)
        known.withLock {
            $0[entry.id] = Known(member: member, path: entry.address.unhidden, file: file, time: .now)
        }
        return member
    }
}
