import Annotations
import ArgumentParser
import Files
import Foundation
import Labelling
import Labels
import Pixels
import Rasters

/// Brings labels into a project and out of it.
struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels", abstract: "Bring labels into a project, out of it, or count them.",
        subcommands: [ImportLabels.self, ExportLabels.self, CountLabels.self])
}

/// What people have drawn in other programs.
struct ImportLabels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring boxes from a file into a project.",
        discussion: """
            The file may have any format of docs/annotations.md: what QGIS, Label Studio, CVAT and others write, and the choices of \
            mine with the column "class" filled in. A box of the background's class, or with the verdict "wrong", says that there is \
            nothing. Labels that are there already are not stored again; a box that has another class gets that of the file. Labels \
            that the file does not have stay.
            """)

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String
    @Argument(help: ArgumentHelp("Boxes or points.", valueName: "file")) var file: String
    @Option(
        help: ArgumentHelp(
            "Which of the project's scenes the file is about, by its file name. Default: those that the file names.",
            valueName: "name"))
    var scene: String?
    @Flag(help: "All objects in these scenes are in the file: what lies elsewhere is background.")
    var complete = false
    @Option(
        help: ArgumentHelp(
            "The format of the file, such as coco. Default: found by its name and contents.",
            valueName: "name"))
    var format: String?
    @Option(help: ArgumentHelp("The size of objects where the file has points.", valueName: "pixels"))
    var objectSize: Double?
    @Option(help: ArgumentHelp("Who has labelled. Default: the user of this machine.", valueName: "name"))
    var by: String?
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        if let format, AnnotationFormat(name: format) == nil {
            throw ValidationError("--format \(format) is unknown")
        }
        guard objectSize.map({ $0 >= 1 && $0 < 1e6 }) ?? true else {
            throw ValidationError("--object-size must be between 1 and 1000000")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let folder = ProjectFolder(path: project)
        let settings = try folder.existingProject()
        let file = try AnnotationFile(
            opening: Address(self.file), format: format.flatMap { AnnotationFormat(name: $0) },
            cancellation: cancellation)
        let scenes = try chosen(ProjectScene.all(of: settings, in: folder), file)
        let store = try LabelStore(opening: folder.labelsPath)
        var (added, known, others) = (0, 0, [String: Int]())
        for scene in scenes {
            let read = try file.annotations(of: AnnotatedScene(scene.scene))
            for note in read.notes { ProgressLine.warn("\(scene.name): \(note)") }
            let there = Dictionary(
                try store.labels(of: scene.source).map { ($0.place, $0.label) },
                uniquingKeysWith: { one, _ in one })
            var events: [LabelEvent] = []
            var seen: Set<LabelPlace> = []
            func add(_ place: LabelPlace, _ label: Label?) {
                guard seen.insert(place).inserted else { return }
                guard there[place] != label else { return known += 1 }
                events.append(
                    LabelEvent(
                        id: UUID().uuidString, who: by ?? NSUserName(), source: scene.source,
                        action: .import(place, to: label, origin: Address(self.file).lastComponent)))
            }
            for annotation in read.annotations {
                try cancellation.check()
                guard let box = try box(of: annotation, in: scene) else { continue }
                if annotation.verdict == .wrong || annotation.className == settings.background {
                    add(LabelPlace(window: box), .class(settings.background))
                    // What somebody has called an object there is none.
                    if there[LabelPlace(box: box)] != nil { add(LabelPlace(box: box), nil) }
                } else if settings.classes.contains(annotation.className) {
                    add(LabelPlace(box: box), .class(annotation.className))
                } else {
                    others[annotation.className, default: 0] += 1
                }
            }
            if complete { add(.whole, SceneLabels.completeLabel) }
            if !events.isEmpty { _ = try store.append(events) }
            added += events.count
        }
        for (name, count) in others.sorted(by: { $0.key < $1.key }) {
            ProgressLine.warn(
                "\(counted(count, "box", "boxes")) of \(name) are left out: the project looks for \(shortList(settings.classes))"
            )
        }
        guard added + known > 0 else {
            throw CommandError(
                operation: "bring in its labels", path: self.file,
                cause: "it has no box of \(shortList(settings.classes)) in \(shortList(scenes.map(\.name)))")
        }
        say(
            "\(counted(added, "label")) brought into \(project), of \(counted(scenes.count, "scene")); \(known) were there already"
        )
    }

    /// Those of the project's scenes that the file is about.
    private func chosen(_ scenes: [ProjectScene], _ file: AnnotationFile) throws -> [ProjectScene] {
        let names = scenes.map(\.name)
        if let scene {
            let found = scenes.filter { $0.name == scene }
            guard !found.isEmpty else {
                throw CommandError(
                    operation: "find the scene \(scene)", path: project,
                    cause: "the project has \(shortList(names))")
            }
            return found
        }
        guard let named = file.sceneNames else {
            guard scenes.count == 1 else {
                throw CommandError(
                    operation: "tell which scene the boxes are in", path: self.file,
                    cause: "the file names none, and the project has \(scenes.count): give --scene")
            }
            return scenes
        }
        let stems = Set(named.flatMap { [Self.last($0), Self.stem(Self.last($0))] })
        let found = scenes.filter { stems.contains($0.name) || stems.contains(Self.stem($0.name)) }
        guard !found.isEmpty else {
            throw CommandError(
                operation: "bring in its labels", path: self.file,
                cause: "it names \(shortList(named)), and the project has \(shortList(names))")
        }
        return found
    }

    private static func last(_ name: String) -> String {
        name.split(separator: "/").last.map(String.init) ?? name
    }
    private static func stem(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// In whole pixels, inside the scene; `nil` for what lies outside.
    private func box(of annotation: Annotation, in scene: ProjectScene) throws -> PixelRect? {
        guard !annotation.isPoint || objectSize != nil else {
            throw CommandError(
                operation: "bring in its labels", path: file,
                cause: "it has points, which have no size: give --object-size")
        }
        return annotation.box(pointSide: objectSize ?? 0).pixels.intersection(
            PixelRect(x0: 0, y0: 0, x1: scene.scene.width, y1: scene.scene.height))
    }
}

/// For other programs.
struct ExportLabels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a project's labels for other programs, a file for each scene."
    )

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String
    @Option(help: ArgumentHelp("The folder for the files.", valueName: "folder")) var output: String
    @Option(
        help: ArgumentHelp("A format of docs/annotations.md that can be written.", valueName: "name"))
    var format = "csv"
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard AnnotationFormat(name: format) != nil else {
            throw ValidationError("--format \(format) is unknown")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let folder = ProjectFolder(path: project)
        let settings = try folder.existingProject()
        guard let format = AnnotationFormat(name: format) else { return }
        let store = try LabelStore(opening: folder.labelsPath)
        try makeFolder(output)
        var total = 0
        for scene in try ProjectScene.all(of: settings, in: folder) {
            let labels = SceneLabels(try store.labels(of: scene.source))
            let objects = labels.examples.filter { $0.className != settings.background }
            let writer = try format.writer(
                into: output, named: scene.name, of: AnnotatedScene(scene.scene), classes: settings.classes,
                version: Tilescope.configuration.version, cancellation: cancellation)
            for object in objects { try writer.write(object) }
            try writer.finish()
            total += objects.count
            for name in writer.fileNames { say("\(output)/\(name): \(counted(objects.count, "object"))") }
        }
        say("\(counted(total, "object")) in all")
    }
}

/// How many there are.
struct CountLabels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "How many objects and windows are labelled, by scene.")

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String

    func run() throws {
        let folder = ProjectFolder(path: project)
        let settings = try folder.existingProject()
        let store = try LabelStore(opening: folder.labelsPath)
        let columns = ["scene"] + settings.classes + [settings.background, "not sure", "complete"]
        let rows = try ProjectScene.all(of: settings, in: folder).map { scene in
            let labels = SceneLabels(try store.labels(of: scene.source))
            let examples = labels.examples
            let counts = (settings.classes + [settings.background]).map { name in
                "\(examples.count { $0.className == name })"
            }
            return [scene.name] + counts + ["\(labels.unsure.count)", labels.isComplete ? "yes" : "no"]
        }
        say(TextTable(heads: columns, rows: rows).text)
    }
}

extension ProjectFolder {
    /// - Throws: also where there is no project.
    func existingProject() throws -> Project {
        guard exists else {
            throw CommandError(
                operation: "open the project", path: path,
                cause: "there is none; tilescope learn \(shellWord(path)) --scenes … --classes … makes one")
        }
        return try readProject()
    }
}
