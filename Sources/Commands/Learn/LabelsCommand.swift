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
            mine with "class" filled in; rows without a class are left out. A box of the background's class, or with the verdict \
            "wrong", says that there is nothing. Labels that are there already are not stored again; a box that has another class gets \
            that of the file. Labels that the file does not have stay. A project with tiles takes tables with "sample" and "class".
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
        if let by {
            guard !by.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty else {
                throw ValidationError("--by is empty: name who has labelled")
            }
            guard by.utf8.count <= 200 else {
                throw ValidationError("--by may have 200 bytes, not \(by.utf8.count)")
            }
        }
    }

    /// What became of the boxes of a file.
    private struct Tally {
        var added = 0
        var known = 0
        /// By the class that the project does not look for.
        var others: [String: Int] = [:]
        var outside = 0
        /// Boxes of objects that are too small to be learnt.
        var tiny = 0
        var classless = 0
        /// Scenes that are not complete because some of their objects are left out.
        var unfinished: [String] = []
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let folder = ProjectFolder(path: project)
        let settings = try folder.existingProject()
        if let pack = settings.pack { return try addTiles(settings, pack, folder) }
        let file = try AnnotationFile(
            opening: Address(self.file), format: format.flatMap { AnnotationFormat(name: $0) },
            cancellation: cancellation)
        let all = try ProjectScene.all(of: settings, in: folder)
        let scenes = try chosen(all, file)
        // A scene that is named by hand is meant, whatever the file calls it.
        let others = scene == nil ? Set(all.map(\.name)) : []
        let store = try folder.openLabels()
        var tally = Tally()
        for scene in scenes {
            let read = try file.annotations(of: AnnotatedScene(scene.scene), among: others)
            for note in read.notes where note != SceneAnnotations.note(ofClassless: read.classlessCount) {
                ProgressLine.warn("\(scene.name): \(note)")
            }
            try add(read, of: scene, settings, to: store, &tally, cancellation)
        }
        warn(of: tally, settings)
        guard tally.added + tally.known > 0 else {
            throw CommandError(
                operation: "bring in its labels", path: self.file,
                cause: tally.classless > 0 && tally.others.isEmpty && tally.outside == 0
                    ? "none of its rows has a class: fill in \"class\", with \(shortList(settings.classes)) or \(settings.background)"
                    : "it has no box of \(shortList(settings.classes)) in \(shortList(scenes.map(\.name)))")
        }
        say(
            "\(counted(tally.added, "label")) brought into \(project), of \(counted(scenes.count, "scene")); \(tally.known) were there already"
        )
    }

    private func addTiles(_ settings: Project, _ pack: String, _ folder: ProjectFolder) throws {
        let others = [
            ("--scene", scene != nil), ("--complete", complete), ("--format", format != nil),
            ("--object-size", objectSize != nil),
        ]
        if let other = others.first(where: \.1)?.0 {
            throw CommandError(
                operation: "use \(other)", path: project,
                cause: "it is for projects with scenes; this one has tiles")
        }
        try TileLabels(settings, pack: pack, in: folder).add(file, who: who)
    }

    private var who: String { by ?? (NSUserName().isEmpty ? "unknown" : NSUserName()) }

    private func add(
        _ read: SceneAnnotations, of scene: ProjectScene, _ settings: Project, to store: LabelStore,
        _ tally: inout Tally, _ cancellation: Cancellation
    ) throws {
        let there = Dictionary(
            try store.labels(of: scene.source).map { ($0.place, $0.label) },
            uniquingKeysWith: { one, _ in one })
        var events: [LabelEvent] = []
        var seen: Set<LabelPlace> = []
        // Rows that are left out although they may be about objects of the project.
        var leftOutCount = read.classlessCount
        let similarNames = Set(settings.classes.map { $0.lowercased() })
        func add(_ place: LabelPlace, _ label: Label?) {
            guard seen.insert(place).inserted else { return }
            guard there[place] != label else { return tally.known += 1 }
            events.append(
                LabelEvent(
                    id: UUID().uuidString, who: who, source: scene.source,
                    action: .import(place, to: label, origin: Address(file).lastComponent)))
        }
        for annotation in read.annotations {
            try cancellation.check()
            guard let box = try box(of: annotation, in: scene) else {
                tally.outside += 1
                leftOutCount += 1
                continue
            }
            if annotation.verdict == .wrong || annotation.className == settings.background {
                add(LabelPlace(window: box), .class(settings.background))
                // What somebody has called an object there is none.
                if there[LabelPlace(box: box)] != nil { add(LabelPlace(box: box), nil) }
            } else if settings.classes.contains(annotation.className) {
                guard !settings.isAnySize || max(box.width, box.height) >= Project.leastObjectSide else {
                    tally.tiny += 1
                    leftOutCount += 1
                    continue
                }
                add(LabelPlace(box: box), .class(annotation.className))
            } else {
                tally.others[annotation.className, default: 0] += 1
                if similarNames.contains(annotation.className.lowercased()) { leftOutCount += 1 }
            }
        }
        tally.classless += read.classlessCount
        if complete {
            if leftOutCount == 0 {
                add(.whole, SceneLabels.completeLabel)
            } else {
                tally.unfinished.append(scene.name)
            }
        }
        if !events.isEmpty { _ = try store.append(events) }
        tally.added += events.count
    }

    private func warn(of tally: Tally, _ settings: Project) {
        for (name, count) in tally.others.sorted(by: { $0.key < $1.key }) {
            ProgressLine.warn(
                "\(counted(count, "box", "boxes")) of \(name) are left out: the project looks for \(shortList(settings.classes))"
            )
        }
        if tally.tiny > 0 {
            ProgressLine.warn(
                "\(counted(tally.tiny, "box", "boxes")) with no side of \(Project.leastObjectSide) pixels: left out, as they cannot be learnt"
            )
        }
        if tally.outside > 0 {
            ProgressLine.warn(
                "\(counted(tally.outside, "box", "boxes")) outside of the scenes: left out. Check that the file is about these scenes"
            )
        }
        if let note = SceneAnnotations.note(ofClassless: tally.classless) { ProgressLine.warn("\(note)") }
        if !tally.unfinished.isEmpty {
            ProgressLine.warn(
                "not taken for complete, because objects of theirs are left out: \(shortList(tally.unfinished))"
            )
        }
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
        let others = Set(names)
        var found: [ProjectScene] = []
        /// Which scene a name of the file was taken for.
        var taken: [String: String] = [:]
        for scene in scenes {
            guard let meant = file.names(of: scene.name, among: others)?.meant, !meant.isEmpty else {
                continue
            }
            for name in meant {
                if let other = taken.updateValue(scene.name, forKey: name) {
                    throw CommandError(
                        operation: "tell which scene the boxes are in", path: self.file,
                        cause: "\(name) may be \(other) or \(scene.name): give --scene")
                }
            }
            found.append(scene)
        }
        guard !found.isEmpty else {
            throw CommandError(
                operation: "bring in its labels", path: self.file,
                cause: "it names \(shortList(named)), and the project has \(shortList(names))")
        }
        return found
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
        commandName: "export",
        abstract: "Write a project's labels for other programs, a file for each scene.",
        discussion: """
            Windows in which somebody has found nothing are written, too, as boxes of the background's class, so that labels import \
            brings all back. --no-background leaves them out, for programs that would learn the background as an object. Of a project with \
            tiles it writes labels.csv, with "sample" and "class".
            """)

    @Argument(help: ArgumentHelp("The project's folder.", valueName: "project")) var project: String
    @Option(help: ArgumentHelp("The folder for the files.", valueName: "folder")) var output: String
    @Option(
        help: ArgumentHelp("A format of docs/annotations.md that can be written.", valueName: "name"))
    var format = "csv"
    @Flag(inversion: .prefixedNo, help: "Whether windows of the background are written.")
    var background = true
    @OptionGroup var overwriting: OverwriteOption
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
        if let pack = settings.pack {
            guard format == .csv else {
                throw CommandError(
                    operation: "write its labels", path: project,
                    cause: "it has tiles, which have a class and no boxes: leave out --format")
            }
            guard background else {
                throw CommandError(
                    operation: "write its labels", path: project,
                    cause: "it has tiles, and no windows of a background: leave out --no-background")
            }
            try makeFolder(output)
            var outputs = overwriting.outputs(reading: [pack])
            return try TileLabels(settings, pack: pack, in: folder).write(
                to: try outputs.file(output + "/labels.csv"))
        }
        let store = try folder.openLabels()
        let scenes = try ProjectScene.all(of: settings, in: folder)
        let all = try scenes.map { SceneLabels(try store.labels(of: $0.source)) }
        let labels = all.map { labels in
            labels.examples.filter { background || $0.className != settings.background }
        }
        func isBackground(_ label: Annotation) -> Bool { label.className == settings.background }
        let hasBackground = labels.contains { $0.contains(where: isBackground) }
        try makeFolder(output)
        try checkOutputs(format, scenes)
        var (objectCount, emptyCount) = (0, 0)
        func words(_ objects: Int, _ empty: Int) -> String {
            counted(objects, "object")
                + (empty > 0 ? " and \(counted(empty, "window")) of \(settings.background)" : "")
        }
        for ((scene, labels), isComplete) in zip(zip(scenes, labels), all.map(\.isComplete)) {
            let writer = try format.writer(
                into: output, named: scene.name, of: AnnotatedScene(scene.scene),
                classes: settings.classes + (hasBackground ? [settings.background] : []),
                version: Tilescope.configuration.version, cancellation: cancellation)
            for label in labels { try writer.write(label) }
            try writer.finish()
            if format == .csv, labels.isEmpty, isComplete, let name = writer.fileNames.first {
                // Somebody has looked at it, and there is nothing.
                try writeFile(
                    "image,class,x0,y0,x1,y1\n\(csvField(scene.name)),,,,,\n",
                    to: .replacing(output + "/" + name))
            }
            let empty = labels.count(where: isBackground)
            objectCount += labels.count - empty
            emptyCount += empty
            for name in writer.fileNames { say("\(output)/\(name): \(words(labels.count - empty, empty))") }
        }
        say("\(words(objectCount, emptyCount)) in all")
    }

    /// - Throws: where a file is there already, or is one of the scenes.
    private func checkOutputs(_ format: AnnotationFormat, _ scenes: [ProjectScene]) throws {
        var outputs = overwriting.outputs(reading: scenes.map(\.path))
        var checked: Set<String> = []
        for scene in scenes {
            // Some names are those of all scenes: a list of classes.
            for name in format.fileNames(named: scene.name, of: AnnotatedScene(scene.scene))
            where checked.insert(name).inserted {
                _ = try outputs.file(output + "/" + name)
            }
        }
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
        if let pack = settings.pack {
            return say(try TileLabels(settings, pack: pack, in: folder).table().text)
        }
        let store = try folder.openLabels()
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
