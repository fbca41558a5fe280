import Files
import Foundation

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
    package var test: Test?

    package init(
        scenes: [String], classes: [String], background: String, windowSize: Int, test: Test? = nil
    ) {
        self.scenes = scenes
        self.classes = classes
        self.background = background
        self.windowSize = windowSize
        self.test = test
    }
}

/// A project's folder.
package struct ProjectFolder: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var settingsPath: String { path + "/project.json" }
    package var labelsPath: String { path + "/labels.sqlite" }
    package var trialsPath: String { path + "/trials" }
    package var curvePath: String { path + "/curve" }

    package func roundPath(_ number: Int) -> String {
        path + "/rounds/" + String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }

    /// Whether there is a project.
    package var exists: Bool { FileGuard(path: settingsPath) != nil }

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
                cause: "it is no description of a project (\(error)); bring back a copy of it")
        }
    }

    /// Writes the settings of a new project.
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
