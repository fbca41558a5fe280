import Files
import Foundation
package import Labels

/// What somebody wants to have found, and where: the settings of a project. A project is a folder.
///
/// - `project.json`: these settings;
/// - `labels.sqlite`: what people have said (`LabelStore`);
/// - `rounds/0001`, …: a folder for each round of learning.
package struct Project: Hashable, Sendable, Codable {
    /// What a round is judged by: a scene that nobody labels, with all of its objects.
    package struct Test: Hashable, Sendable, Codable {
        package var scene: String
        package var truth: String

        package init(scene: String, truth: String) { (self.scene, self.truth) = (scene, truth) }
    }

    /// Which form these settings have.
    package var version = 1
    /// Addresses of scenes, and folders of them.
    package var scenes: [String]
    /// What is looked for.
    package var classes: [String]
    /// The class of windows that show none of it.
    package var background: String
    /// Side of a window, which becomes the input of the network; objects are about as large, in pixels of the scenes.
    package var windowSize: Int
    /// Whether objects have any size: each is then seen at a scale of its own, photographs are labelled as wholes, and `test` is
    /// `nil`, because models are measured on labelled photographs that they have not learnt from. Else all are about as large as a
    /// window, and windows are labelled.
    package var isAnySize: Bool
    package var test: Test?
    /// A pack whose tiles are labelled as wholes, each with one of the classes; `nil` in a project with scenes.
    package var pack: String?
    /// A pack that nobody labels, because its classes are known; only beside `pack`.
    package var testPack: String?
    /// A model whose weights the first training begins with; `nil` to draw them.
    package var weights: String?

    /// What a person labels at a time.
    package enum Unit: String, Hashable, Sendable, Codable { case photograph, window, tile }

    package var unit: Unit { pack != nil ? .tile : isAnySize ? .photograph : .window }

    package init(
        scenes: [String], classes: [String], background: String, windowSize: Int, isAnySize: Bool = false,
        test: Test? = nil, pack: String? = nil, testPack: String? = nil, weights: String? = nil
    ) {
        self.scenes = scenes
        self.classes = classes
        self.background = background
        self.windowSize = windowSize
        self.isAnySize = isAnySize
        self.test = test
        self.pack = pack
        self.testPack = testPack
        self.weights = weights
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        version = try values.decode(Int.self, forKey: .version)
        scenes = try values.decode([String].self, forKey: .scenes)
        classes = try values.decode([String].self, forKey: .classes)
        background = try values.decode(String.self, forKey: .background)
        windowSize = try values.decode(Int.self, forKey: .windowSize)
        // Files of older versions do not have it.
        isAnySize = try values.decodeIfPresent(Bool.self, forKey: .isAnySize) ?? false
        test = try values.decodeIfPresent(Test.self, forKey: .test)
        pack = try values.decodeIfPresent(String.self, forKey: .pack)
        testPack = try values.decodeIfPresent(String.self, forKey: .testPack)
        weights = try values.decodeIfPresent(String.self, forKey: .weights)
    }

    /// Why no new project can have these classes; `nil` where they are sound.
    package static func objection(classes: [String], background: String?) -> String? {
        if classes.isEmpty { return "name at least one class" }
        let names = classes + (background.map { [$0] } ?? [])
        for name in names {
            if name.isEmpty || name.utf8.count > nameByteLimit || name.contains(where: \.isNewline) {
                return "the name of a class has 1 to \(nameByteLimit) bytes in one line: '\(name)'"
            }
            // Commands take several classes between commas.
            if name.contains(",") { return "the name of a class has no comma: '\(name)'" }
            if name.first == " " || name.last == " " {
                return "the name of a class neither begins nor ends with a space: '\(name)'"
            }
        }
        if Set(classes).count != classes.count { return "each class is named once" }
        if names.contains(unsureName) {
            return "'\(unsureName)' stands for what somebody could not tell; give another name"
        }
        guard let background else { return nil }
        return classes.contains(background)
            ? "'\(background)' is the name of what shows none of the classes; give another name" : nil
    }

    /// The longer side of an object has at least so many pixels. For smaller ones a photograph has to be enlarged so much that it takes
    /// minutes to look at.
    package static let leastObjectSide = 4
    private static let nameByteLimit = 100
    /// What places are called that somebody has looked at and could not tell.
    package static let unsureName = "unsure"
}

/// A project's folder.
package struct ProjectFolder: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The name of a file in the folder. A process that learns holds a lock on it.
    package static let lockName = ".project-lock"

    package var settingsPath: String { path + "/project.json" }
    package var labelsPath: String { path + "/labels.sqlite" }
    package var trialsPath: String { path + "/trials" }
    package var curvePath: String { path + "/curve" }

    /// What a round has found and how that was checked (`RoundFinds`).
    package func findsPath(ofRound number: Int) -> String { roundPath(number) + "/finds.json" }

    /// What to label next, in the order of its use: windows, or whole photographs.
    package func picksPath(ofRound number: Int) -> String { roundPath(number) + "/picks.jsonl" }

    package func resultPath(ofRound number: Int) -> String { roundPath(number) + "/round.json" }

    package func roundPath(_ number: Int) -> String {
        path + "/rounds/" + String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }

    /// Whether there is a project.
    package var exists: Bool { FileGuard(path: settingsPath) != nil }

    /// Opens the labels; those of a new project are made.
    ///
    /// - Throws: `LabellingError` where they are gone although something was learnt from them; `SQLiteError`.
    package func openLabels() throws -> LabelStore {
        let hasLearnt = FileGuard(path: resultPath(ofRound: 1)) != nil
        func check(_ isThere: Bool, _ cause: String) throws {
            guard !isThere, hasLearnt else { return }
            throw LabellingError(
                operation: "open the labels", path: labelsPath,
                cause:
                    "\(cause) although something was learnt from it; bring back a copy, or remove the folder rounds to begin anew"
            )
        }
        try check(FileGuard(path: labelsPath) != nil, "the file is gone")
        let store = try LabelStore(opening: labelsPath)
        try check(!store.sources().isEmpty, "the file has no labels")
        return store
    }

    private static let settingsLimit = 16 << 20

    /// - Throws: `LabellingError` where the settings are damaged, or of a newer version; `FileError`.
    package func readProject() throws -> Project {
        let bytes = try readFile(settingsPath, limit: Self.settingsLimit)
        do {
            let project = try JSONDecoder().decode(Project.self, from: Data(bytes))
            guard project.version == 1 else {
                throw LabellingError(
                    operation: "read the project", path: settingsPath,
                    cause: "a newer version of tilescope wrote it (form \(project.version)); use that version"
                )
            }
            return project
        } catch let error as DecodingError {
            throw LabellingError(
                operation: "read the project", path: settingsPath,
                cause: "it cannot be read: \(words(onDecoding: error)); bring back a copy of it")
        }
    }

    /// Writes the settings.
    package func write(_ project: Project) throws {
        try makeFolder(path)
        try writeFile(try JSONText(project).text + "\n", to: .replacing(settingsPath))
    }
}

/// Why a project cannot go on.
package struct LabellingError: Error, Hashable, Sendable, CustomStringConvertible {
    package var operation: String
    package var path: String
    package var cause: String

    package init(operation: String, path: String, cause: String) {
        (self.operation, self.path, self.cause) = (operation, path, cause)
    }

    package var description: String { "\(path): cannot \(operation): \(cause)" }
}
