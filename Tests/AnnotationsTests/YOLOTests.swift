import Annotations
import Files
import Foundation
import TestSupport
import Testing

struct YOLOTests {
    /// - Parameter files: by name, with folders.
    private func folder(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in files {
            if let slash = name.lastIndex(of: "/") {
                try FileManager.default.createDirectory(
                    atPath: folder.file(String(name[..<slash])), withIntermediateDirectories: true)
            }
            _ = try folder.write(Array(text.utf8), to: name)
        }
        return folder
    }

    private func read(_ folder: TemporaryFolder, _ name: String = "") throws -> SceneAnnotations {
        let address = Address(name.isEmpty ? folder.path : folder.file(name))
        return try AnnotationFile(opening: address, cancellation: Cancellation()).annotations(of: .sample)
    }

    @Test func readsBoxesConfidencesTurnedBoxesAndOutlines() throws {
        let text = """
            1 0.5 0.5 0.1 0.25
            0 0.1 0.1 0.1 0.1 0.75

            1 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\r
            1 0.5 0.5 0.6 0.6 0.4 0.75
            1 0.5 0.5 0.6 0.6 0.4 0.75 0.5

            """
        let folder = try folder(["labels/train/scene.txt": text, "data.yaml": "names: [boat, 'car']\n"])
        let read = try read(folder)
        #expect(
            read.annotations == [
                car(450, 300, 550, 500),
                Annotation(
                    className: "boat", shape: .box(AnnotationBox(x0: 50, y0: 40, x1: 150, y1: 120)),
                    score: 0.75
                ),
                car(100, 80, 200, 240), car(400, 400, 600, 600), car(400, 400, 600, 600, score: 0.5),
            ])
        #expect(read.notes == ["3 rotated boxes and outlines are read as the upright boxes around them"])
    }

    @Test(arguments: [
        ("data.yaml", "names: ['boat', \"car\"] # two\nnc: 2\n"),
        ("data.yaml", "nc: 2\nnames:\n- boat\n- car\n"),
        ("data.yaml", "names:\n  0: boat\n  1: \"car\"\nother: 3\n"),
        ("data.yaml", "names: {0: boat, 1: car}"),
        ("data.yml", "names: [boat,\n  car]\n"), ("classes.txt", "\u{FEFF}boat\r\ncar\r\n"),
        ("obj.names", "boat\ncar"), ("labels/classes.txt", "boat\ncar\n"),
    ])
    func findsTheNamesOfClasses(name: String, text: String) throws {
        let folder = try folder(["labels/scene.txt": "1 0.5 0.5 0.1 0.25\n", name: text])
        #expect(try read(folder, "labels/scene.txt").annotations == [car(450, 300, 550, 500)])
        #expect(try read(folder, "labels").annotations == [car(450, 300, 550, 500)])
    }

    @Test func withoutNamesOfClassesItIsAnErrorThatSaysWhereTheyBelong() throws {
        let folder = try folder(["labels/scene.txt": "1 0.5 0.5 0.1 0.25\n"])
        let error = #expect(throws: AnnotationError.self) { try read(folder) }
        #expect(error?.code == .missingClassNames)
        #expect(error?.cause.contains("classes.txt") == true)
    }

    @Test func aPictureWithoutLabelsHasNoObjects() throws {
        let folder = try folder([
            "images/scene.jpg": "", "labels/other.txt": "0 0.5 0.5 0.1 0.1\n", "classes.txt": "car\n",
        ])
        #expect(try read(folder).annotations.isEmpty)
        let file = try AnnotationFile(opening: Address(folder.path), cancellation: Cancellation())
        #expect(file.sceneNames == ["labels/other", "images/scene"])
    }

    @Test(arguments: [
        "0 0.5 0.5 0.1", "a 0.5 0.5 0.1 0.1", "0.5 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1",
        "2 0.5 0.5 0.1 0.1",
        "0 500 300 20 20", "0 0.5 0.5 nan 0.1", "0 0.5 0.5 0 0.1", "0 0.5 0.5 -0.1 0.1",
        "0 0.5 0.5 0.1 0.1 1e60", "0 0.5 0.5 0.1 0.1 7",
        "0 1e999 0.5 0.1 0.1", "99999999999999999999 0.5 0.5 0.1 0.1",
    ])
    func namesTheLineThatIsMalformed(line: String) throws {
        let folder = try folder(["scene.txt": "0 0.5 0.5 0.1 0.1\n\(line)\n", "classes.txt": "car\nboat\n"])
        let error = #expect(throws: AnnotationError.self) { try read(folder) }
        #expect(error?.operation == "read line 2")
    }

    @Test(arguments: [
        "path: .\n", "names: car\n", "names: [car\n", "names:\n  zero: car\n", "names: ['car]\n",
    ])
    func namesThatCannotBeReadAreAnError(text: String) throws {
        let folder = try folder(["scene.txt": "0 0.5 0.5 0.1 0.1\n", "data.yaml": text])
        #expect(throws: AnnotationError.self) { try read(folder) }
    }
}
