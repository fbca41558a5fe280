import Annotations
import Files
import Foundation
import Labelling
import ModelFiles
import Networks
import Rasters
import Records

/// New projects, and the settings of those that are there.
extension Learn {
    /// The project's settings; those of a new one are checked, and not written yet.
    func settings(in folder: ProjectFolder) throws -> Project {
        guard folder.exists else {
            guard pack != nil || !scenes.isEmpty && classes != nil else {
                throw CommandError(
                    operation: "open the project", path: project,
                    cause: "there is none yet; give --scenes and --classes, or --pack, to make it")
            }
            guard testPack == nil || pack != nil else {
                throw CommandError(
                    operation: "make the project", path: project,
                    cause: "--test-pack measures classes of tiles: give it with --pack")
            }
            let new = try given(side: window ?? 32)
            // Tiles have no background.
            let background = new.pack == nil ? new.background : nil
            if let objection = Project.objection(classes: new.classes, background: background) {
                throw CommandError(operation: "make the project", path: project, cause: objection)
            }
            try check(new)
            if let weights { try check(weights, for: new) }
            if let pack = new.pack {
                try check(new, pack)
                return new
            }
            let members = try ProjectScene.all(of: new, in: folder)
            guard !members.isEmpty else {
                throw CommandError(
                    operation: "make the project", path: project,
                    cause: "\(shortList(scenes)) has no images")
            }
            if let test = new.test { try check(test, beside: members) }
            return new
        }
        let known = try folder.readProject()
        let given = try given(side: known.windowSize)
        let differing = [
            (scenes.isEmpty || given.scenes == known.scenes, "--scenes"),
            (classes == nil || given.classes == known.classes, "--classes"),
            (background == nil || given.background == known.background, "--background"),
            (window == nil || window == known.windowSize, "--window"),
            (pack == nil || given.pack == known.pack, "--pack"),
            (testPack == nil || given.testPack == known.testPack, "--test-pack"),
            (weights == nil || given.weights == known.weights, "--weights"),
            (!anySize || known.isAnySize, "--any-size"),
            (testScene == nil || given.test == known.test, "--test-scene and --test-truth"),
        ].filter { !$0.0 }.map(\.1)
        guard differing.isEmpty else {
            throw CommandError(
                operation: "change the project", path: folder.settingsPath,
                cause:
                    "it was made with other \(differing.joined(separator: ", ")); leave these out, or give another folder"
            )
        }
        return known
    }

    /// A comparison needs a measure.
    func checkIsMeasured(_ project: Project) throws {
        guard compare, project.test == nil, project.testPack == nil else { return }
        throw CommandError(
            operation: "compare", path: self.project,
            cause: project.pack == nil
                ? "nothing is measured without --test-scene and --test-truth; make a project with them"
                : "nothing is measured without --test-pack; make a project with it")
    }

    /// As the options have it. Paths hold wherever the command is called again.
    ///
    /// - Parameter side: of a window.
    private func given(side: Int) throws -> Project {
        func absolute(_ path: String) -> String { Address(path).absolute.unhidden }
        let tiles = try pack.map { try TilePack(opening: $0) }
        let names = classes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return Project(
            scenes: scenes.map(absolute), classes: names ?? tiles?.classNames ?? [],
            background: background ?? (tiles == nil ? "other" : "none"), windowSize: tiles?.tileWidth ?? side,
            isAnySize: anySize,
            test: testScene.flatMap { scene in
                testTruth.map { .init(scene: absolute(scene), truth: absolute($0)) }
            }, pack: pack.map(absolute), testPack: testPack.map(absolute), weights: weights.map(absolute))
    }

    /// A model that steps can begin with: told before anything is labelled.
    private func check(_ weights: String, for project: Project) throws {
        func failure(_ cause: String) -> CommandError {
            CommandError(operation: "make the project", path: weights, cause: cause)
        }
        guard !folderExists(weights) else {
            throw failure("it is a folder; name the model in it, such as \(weights)/model.safetensors")
        }
        guard let architecture = try StartingWeights.architecture(ofFile: weights) else {
            throw failure(
                "it does not say which network it has; give a model that tilescope train has made, such as with --without-labels"
            )
        }
        let side = architecture.inputSize
        guard project.pack == nil || side == project.windowSize else {
            throw failure(
                "its network sees squares of \(side) pixels, and the tiles have \(project.windowSize); give one that was trained with such tiles"
            )
        }
    }

    /// The tiles of a new project can be learnt from, and measured on others.
    private func check(_ project: Project, _ path: String) throws {
        func failure(_ path: String, _ cause: String) -> CommandError {
            CommandError(operation: "make the project", path: path, cause: cause)
        }
        func opened(_ path: String) throws -> TilePack {
            let pack = try TilePack(opening: path)
            // Other commands tell packs from scenes by it.
            guard path.hasSuffix(".tiles") else { throw failure(path, "the name of a pack ends in .tiles") }
            guard pack.count > 0 else { throw failure(path, "it has no tiles") }
            let sides = Self.windowSides
            guard let side = pack.squareSide, sides.contains(side) else {
                throw failure(
                    path,
                    "its tiles have \(pack.tileWidth)×\(pack.tileHeight) pixels; squares of \(sides.lowerBound) to \(sides.upperBound) pixels can be learnt"
                )
            }
            return pack
        }
        let pack = try opened(path)
        guard project.classes.count > 1 else {
            throw failure(path, "name at least two classes with --classes")
        }
        guard let testPath = project.testPack else { return }
        let test = try opened(testPath)
        guard test.squareSide == pack.squareSide else {
            throw failure(testPath, "its tiles have another size than those of \(path)")
        }
        guard test.classNames == project.classes else {
            throw failure(
                testPath,
                "its classes are \(shortList(test.classNames)), not \(shortList(project.classes)) in this order"
            )
        }
        let (own, others) = (
            try LabelledPack(opening: path, cancellation: .ofSignals),
            try LabelledPack(opening: testPath, cancellation: .ofSignals)
        )
        let tested = Set(others.answers.keys)
        let common = tested.intersection(own.answers.keys).count
        guard common < tested.count else {
            throw failure(
                testPath,
                "all of its tiles are among those of \(path): what is learnt from them would be measured on them"
            )
        }
        if common > 0 {
            ProgressLine.warn(
                "\(counted(common, "tile")) of \(testPath) \(common == 1 ? "is" : "are") among those of \(path), too: what is learnt from them is measured on them"
            )
        }
    }

    private func check(_ test: Project.Test, beside scenes: [ProjectScene]) throws {
        let scene = try Scene(opening: Address(test.scene), view: nil)
        guard !scenes.contains(where: { $0.scene.address == scene.address }) else {
            throw CommandError(
                operation: "make the project", path: test.scene,
                cause:
                    "the test scene is among those that are labelled: what was learnt from it would be measured on it"
            )
        }
        let truth = try AnnotationFile(opening: Address(test.truth), cancellation: .ofSignals)
        _ = try truth.annotations(of: AnnotatedScene(scene))
    }
}
