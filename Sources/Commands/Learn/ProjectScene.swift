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

    /// The scenes of a project. Those that cannot be opened are left out, and warned of: they keep no other one back.
    ///
    /// - Throws: where none is left, and where two have the same file name: annotations tell scenes by it.
    static func all(of project: Project, in folder: ProjectFolder) throws -> [ProjectScene] {
        let entries = SceneList(project.scenes, lists: [], output: folder.path).entries
        var failures: [String] = []
        let found = try entries.compactMap { entry -> ProjectScene? in
            guard let address = entry.address else {
                failures.append(entry.failure ?? "\(entry.name): there is no such scene")
                return nil
            }
            do {
                let scene = try Scene(opening: address, view: nil)
                return ProjectScene(
                    path: address.unhidden, name: address.lastComponent, scene: scene,
                    source: try scene.identity.labelSource)
            } catch let error as RasterError {
                failures.append("\(error)")
                return nil
            }
        }
        guard !found.isEmpty || failures.isEmpty else {
            throw CommandError(
                operation: "open the scenes", path: folder.path, cause: shortList(failures))
        }
        for failure in failures { ProgressLine.warn("\(failure); left out") }
        guard Set(found.map(\.name)).count == found.count else {
            throw CommandError(
                operation: "tell the scenes from each other", path: folder.settingsPath,
                cause: "two have the same file name; rename one")
        }
        return found
    }
}
