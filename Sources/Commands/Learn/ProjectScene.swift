import Annotations
import Files
import Labelling
import Rasters

/// A scene of a project, opened, with what its labels are kept under.
struct ProjectScene {
    var path: String
    /// Its file name.
    var name: String
    var scene: Scene
    var source: String

    /// The scenes of a project.
    ///
    /// - Throws: where one cannot be opened, and where two have the same file name: annotations tell scenes by it.
    static func all(of project: Project, in folder: ProjectFolder) throws -> [ProjectScene] {
        let found = try SceneList(project.scenes, lists: [], output: folder.path).entries.map { entry in
            guard let address = entry.address else {
                throw CommandError(
                    operation: "open the scene", path: entry.name, cause: entry.failure ?? "there is none")
            }
            let scene = try Scene(opening: address, view: nil)
            return ProjectScene(
                path: address.unhidden, name: address.lastComponent, scene: scene,
                source: try scene.identity.labelSource)
        }
        guard Set(found.map(\.name)).count == found.count else {
            throw CommandError(
                operation: "tell the scenes from each other", path: folder.settingsPath,
                cause: "two have the same file name; rename one")
        }
        return found
    }
}
