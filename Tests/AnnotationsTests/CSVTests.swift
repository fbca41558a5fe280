import Annotations
import Rasters
import Testing

struct CSVTests {
    /// As somebody had drawn boxes by hand before there was a program.
    private let boxes = """
        file,x0,y0,x1,y1,label,note
        DJI_0027.JPG,3724,700,4000,860,car,touches frame
        DJI_0027.JPG,3700,896,3954,1030,car,
        DJI_0031.JPG,2467,401,2749,611,car,
        """

    private func scene(_ name: String) -> AnnotatedScene {
        AnnotatedScene(name: name, width: 4000, height: 2250, georeference: nil)
    }

    @Test func aColumnOfImagesTellsScenesApart() throws {
        let first = try annotations(in: boxes, named: "b.csv", of: scene("DJI_0027.JPG"))
        #expect(first.annotations == [car(3724, 700, 4000, 860), car(3700, 896, 3954, 1030)])
        #expect(first.notes.isEmpty)
        let second = try annotations(in: boxes, named: "b.csv", of: scene("DJI_0031.JPG"))
        #expect(second.annotations == [car(2467, 401, 2749, 611)])
    }

    @Test func aSceneInAnotherFormatIsFoundByItsNameWithoutEnding() throws {
        let read = try annotations(in: boxes, named: "b.csv", of: scene("DJI_0031.tif"))
        #expect(read.annotations.count == 1)
        #expect(read.notes == ["annotations of DJI_0031.JPG are used for DJI_0031.tif"])
    }

    @Test func aSceneThatIsNotNamedIsAnErrorThatNamesOthers() throws {
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: boxes, named: "b.csv", of: scene("other.tif"))
        }
        #expect(error?.code == .unknownScene)
        #expect(error?.cause == "it has annotations of DJI_0027.JPG, DJI_0031.JPG only")
    }

    @Test func twoImagesOfOneNameInTwoFoldersAreNotMixed() throws {
        let text = "image,class,x,y\na/1.png,car,1,1\nb\\1.png,car,2,2\n"
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "b.csv", of: scene("1.png"))
        }
        #expect(error?.code == .unknownScene)
    }

    @Test(arguments: [
        "class,x0,y0,x1,y1\ncar,1,2,3.5,4\n", "Class;XMin;YMin;XMax;YMax\r\ncar;1;2;3,5;4\r\n",
        "x\ty\tWidth\tHeight\tlabel_name\r1\t2\t2.5\t2\tcar\r", "\u{FEFF}x,y,w,h,category\n1,2,2.5,2,car",
        "left,top,right,bottom,label\n\n1, 2 ,3.5,4,\"car\"\n\n", "class,label,x0,y0,x1,y1\ncar,7,1,2,3.5,4",
    ])
    func understandsEveryUsualHeader(text: String) throws {
        #expect(try annotations(in: text, named: "t.csv").annotations == [car(1, 2, 3.5, 4)])
    }

    @Test func rowsWithoutASizeArePoints() throws {
        let point = Annotation(className: "car", shape: .point(x: 1, y: 2))
        #expect(try annotations(in: "class,x,y\ncar,1,2\n", named: "t.csv").annotations == [point])
        let mixed = try annotations(in: "class,x0,y0,x1,y1\ncar,1,2,,\ncar,1,2,3,4\n", named: "t.csv")
        #expect(mixed.annotations == [point, car(1, 2, 3, 4)])
        // What need not be said may be left out at the end.
        let short = try annotations(in: "class,x,y,score,verdict\ncar,1,2\n", named: "t.csv")
        #expect(short.annotations == [point])
    }

    /// Somebody has looked at it, and there is nothing.
    @Test func aRowWithAnImageAloneSaysThatItHasNoObjects() throws {
        let text = "image,class,x0,y0,x1,y1\na.png,car,1,2,3,4\nb.png,,,,,\n"
        func read(_ name: String) throws -> SceneAnnotations {
            try annotations(in: text, named: "t.csv", of: scene(name))
        }
        #expect(try read("a.png").annotations.count == 1)
        #expect(try read("b.png").annotations.isEmpty && read("b.png").classlessCount == 0)
        #expect(throws: AnnotationError.self) { try read("c.png") }
    }

    @Test func quotesHoldSeparatorsQuotesAndLineEnds() throws {
        let text = "class,x,y,score\n\"a,\"\"b\"\"\r\nc\",1,2,0.5\n"
        #expect(
            try annotations(in: text, named: "t.csv").annotations == [
                Annotation(className: "a,\"b\"\r\nc", shape: .point(x: 1, y: 2), score: 0.5)
            ])
    }

    @Test(arguments: [
        ("", 1), ("a,b\n", 1), ("class,x0,y0,x1\n", 1), ("x,y\n1,2\n", 1), ("class,x,y\ncar,1,\n", 2),
        ("class,x,y\n\ncar,1,one\n", 3), ("class,x,y\ncar,1,nan\n", 2), ("class,x,y\ncar,1,0x10\n", 2),
        ("class,x,y\ncar,1,1e99\n", 2), ("class,x,y\n\"a\nb\",1,2\na,1\n", 4),
        ("class,x,y\ncar,1,2,3\n", 2), ("class,x,y\n\"car,1,2\n", 2), ("class,x,y\n\"car\"s,1,2\n", 2),
        ("class,x,y,width,height\ncar,1,2,-3,4\n", 2), ("class,x,y,width,height\ncar,1,2,3,\n", 2),
        ("class,x0,y0,x1,y1\ncar,1,2,1,4\n", 2), ("class,x,y,score\ncar,1,2,1e60\n", 2),
        ("class,x,y,visible_fraction\ncar,1,2,3\n", 2), ("class,x,y,verdict\ncar,1,2,perhaps\n", 2),
        ("image,class,x,y\n,car,1,2\n", 2), ("class,x0,y0,x1,y1\ncar,1,2\n", 2),
        ("class,x0,y0,x1,y1\ncar,1,2,3,4\ncar,1,2,3\n", 3), ("x,y,class\n1,2\n", 2),
        ("class,x,y,score\ncar,1,2,7\n", 2), ("class,x,y,score\ncar,1,2,-0.1\n", 2),
    ])
    func namesTheLineThatIsMalformed(text: String, line: Int) throws {
        let error = #expect(throws: AnnotationError.self) { try annotations(in: text, named: "t.csv") }
        #expect(error?.code == .malformed)
        #expect(error?.operation == "read line \(line)")
    }

    /// As `mine` leaves the class for somebody to fill in.
    @Test func rowsWithoutAClassAreLeftOutAndCounted() throws {
        let text =
            "scene,x0,y0,x1,y1,predicted,class\r\na.tif,1,2,3,4,car,\r\na.tif,5,2,9,4,boat,car\r\n,,,,,,\r\n"
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "t.csv", of: scene("a.tif"))
        }
        #expect(error?.operation == "read line 4" && error?.cause == "no image is named")
        let read = try annotations(
            in: text.replacing(",,,,,,\r\n", with: "b.tif,1,2,3,4,, \r\n"), named: "t.csv", of: scene("a.tif")
        )
        #expect(read.annotations == [car(5, 2, 9, 4)] && read.classlessCount == 1)
        #expect(read.notes == ["1 object without a class: left out"])
    }

    /// Each line is read: a place that somebody has spoilt is told of, whether or not the row has a class.
    @Test func aBoxThatIsInsideOutNamesItsLine() throws {
        for name in ["car", ""] {
            let error = #expect(throws: AnnotationError.self) {
                try annotations(in: "class,x0,y0,x1,y1\r\ncar,1,2,3,4\r\n\(name),9,2,3,4\r\n", named: "t.csv")
            }
            #expect(error?.operation == "read line 3" && error?.cause.contains("inverted") == true)
        }
    }

    @Test func otherEncodingsAreAnError() throws {
        let bytes = Array("class,x,y\nB".utf8) + [0xE4] + Array("r,1,2\n".utf8)
        let error = #expect(throws: AnnotationError.self) { try annotations(in: bytes, named: "t.csv") }
        #expect(error?.operation == "read line 2")
    }
}
