import Annotations
import Files
import Rasters
import TestSupport
import Testing

/// Which scenes a file is about.
struct AnnotationFileTests {
    private let scenes: Set = ["a.tif", "a.tiff", "b.tif"]

    private func scene(_ name: String) -> AnnotatedScene {
        AnnotatedScene(name: name, width: 100, height: 100, georeference: nil)
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ text: String) throws -> AnnotationFile {
        let path = try folder.write(Array(text.utf8), to: "t.csv")
        return try AnnotationFile(opening: Address(path), cancellation: Cancellation())
    }

    @Test func anExactNameIsNoOtherScene() throws {
        let file = try file("image,class,x0,y0,x1,y1\nx/a.tif,car,1,2,3,4\n")
        let exact = try file.annotations(of: scene("a.tif"), among: scenes)
        #expect(exact.annotations == [car(1, 2, 3, 4)])
        let error = #expect(throws: AnnotationError.self) {
            try file.annotations(of: scene("a.tiff"), among: scenes)
        }
        #expect(error?.code == .unknownScene)
        #expect(error?.cause == "it has annotations of a.tif, which is another scene")
        // Where a.tif is no scene, its annotations may be those of a.tiff.
        #expect(try file.annotations(of: scene("a.tiff"), among: ["a.tiff"]).annotations.count == 1)
        #expect(try file.annotations(of: scene("a.tiff")).annotations.count == 1)
    }

    @Test func namesWithOtherEndingsAreMeantWhereNoExactOneIsThere() throws {
        let file = try file("image,class,x,y\n0a1b2c3d-b.jpg,car,1,2\na.tif,car,1,2\n")
        #expect(file.names(of: "b.tif", among: scenes)?.meant == ["0a1b2c3d-b.jpg"])
        #expect(file.names(of: "a.tif", among: scenes)?.meant == ["a.tif"])
        #expect(file.names(of: "a.tiff", among: scenes)?.meant == [])
        #expect(file.names(of: "a.tiff", among: scenes)?.taken == ["a.tif"])
        #expect(file.names(of: "c.tif", among: scenes)?.meant == [])
    }

    @Test func aFileWithoutNamesMeansAnyScene() throws {
        #expect(try file("class,x,y\ncar,1,2\n").names(of: "a.tif", among: scenes) == nil)
    }
}
