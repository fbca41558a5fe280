import Annotations
import Rasters
import Testing

struct COCOTests {
    private let instances = """
        {"annotations":[
         {"id":1,"image_id":7,"category_id":3,"bbox":[10,20,32.5,40],"iscrowd":0,"area":1300,
          "segmentation":[[10,20,42.5,20,42.5,60]],"score":0.5},
         {"id":2,"image_id":7,"category_id":1,"bbox":[0,0,5,5],"iscrowd":1,"segmentation":{"counts":[1],"size":[2,3]}},
         {"id":3,"image_id":"b","category_id":1,"bbox":[1,1,2,2]}],
         "images":[{"id":7,"file_name":"train/scene.tif","width":1000,"height":800},
                   {"id":"b","file_name":"half.png","width":500,"height":400}],
         "categories":[{"id":1,"name":"boat","supercategory":"x"},{"id":3,"name":"car"}],"info":null}
        """

    private func scene(_ name: String, _ width: Int = 1000, _ height: Int = 800) -> AnnotatedScene {
        AnnotatedScene(name: name, width: width, height: height, georeference: nil)
    }

    @Test func readsTheAnnotationsOfOneImage() throws {
        let read = try annotations(in: instances, named: "a.json", of: scene("scene.tif"))
        #expect(
            read.annotations == [
                car(10, 20, 42.5, 60, score: 0.5),
                Annotation(
                    className: "boat", shape: .box(AnnotationBox(x0: 0, y0: 0, x1: 5, y1: 5)),
                    visibleFraction: 0),
            ])
        #expect(read.notes.isEmpty)
    }

    @Test func imagesOfAnotherSizeAreScaledOrRefused() throws {
        let read = try annotations(in: instances, named: "a.json", of: scene("half.png"))
        #expect(read.annotations.first?.shape == .box(AnnotationBox(x0: 2, y0: 2, x1: 6, y1: 6)))
        #expect(
            read.notes == ["annotations of an image of 500x400 pixels are scaled to the scene's 1000x800"])
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: instances, named: "a.json", of: scene("half.png", 800, 1000))
        }
        #expect(error?.code == .unsupported)
    }

    @Test func resultsOfOneImageBelongToTheScene() throws {
        let text = #"[{"image_id":4,"category_id":1,"category_name":"car","bbox":[1,2,3,4],"score":0.5}]"#
        #expect(try annotations(in: text, named: "r.json").annotations == [car(1, 2, 4, 6, score: 0.5)])
        #expect(try annotations(in: "[]", named: "r.json").annotations.isEmpty)
    }

    @Test func resultsWithoutClassNamesOrOfSeveralImagesAreRefused() {
        let one = #"{"image_id":4,"category_id":1,"bbox":[1,2,3,4],"score":0.5}"#
        let unnamed = #expect(throws: AnnotationError.self) {
            try annotations(in: "[\(one)]", named: "r.json")
        }
        #expect(unnamed?.code == .missingClassNames)
        let other = one.replacing("4,\"cat", with: "5,\"cat")
        let several = #expect(throws: AnnotationError.self) {
            try annotations(in: "[\(one),\(other)]", named: "r.json")
        }
        #expect(several?.code == .unknownScene)
    }

    @Test(arguments: [
        (#"{"images":[{"id":1}],"annotations":[],"categories":[]}"#, "image 1"),
        (#"{"images":[{"id":1,"file_name":"a"},{"id":1,"file_name":"b"}]}"#, "image 2"),
        (#"{"images":[],"categories":[{"id":1}]}"#, "category 1"),
        (#"{"images":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3]}]}"#, "annotation 1"),
        (#"{"images":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,4,5]}]}"#, "annotation 1"),
        (#"{"images":[],"annotations":[{"image_id":1,"category_id":1}]}"#, "annotation 1"),
        (#"{"images":[],"annotations":[{"image_id":1,"bbox":[1,2,3,4]}]}"#, "annotation 1"),
        (
            #"{"images":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,1e999]}]}"#,
            "annotation 1"
        ),
        (#"{"images":[],"annotations":[7]}"#, "annotation 1"),
        (
            #"{"images":[{"id":1,"file_name":"a"}],"annotations":[{"image_id":5,"category_id":1,"bbox":[1,2,3,4]}]}"#,
            "annotation 1"
        ),
        (#"{"images":[{"id":1,"file_name":"a"}],"annotations":["#, "annotation 1"),
        (#"{"images":[]} x"#, "the file"),
        (#"{"images":[{"id":1,"file_name":"a","width":-5,"height":3}]}"#, "image 1"),
        (
            #"{"images":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":7}]}"#,
            "annotation 1"
        ),
    ])
    func saysWhatIsMalformed(text: String, place: String) {
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "a.json", format: .coco)
        }
        #expect(error?.code == .malformed)
        #expect(error?.operation == "read \(place)")
    }

    @Test func twoImagesOfOneFileNameAreNamedByTheirIds() {
        let text =
            #"{"images":[{"id":4,"file_name":"a.png"},{"id":5,"file_name":"b.png"},{"id":9,"file_name":"a.png"}]}"#
        let error = #expect(throws: AnnotationError.self) { try annotations(in: text, named: "a.json") }
        #expect(error?.operation == "read image 3")
        #expect(error?.cause.contains("images 4 and 9") == true && error?.cause.contains("a.png") == true)
    }

    @Test(arguments: ["[1,2,0,4]", "[1,2,-3,4]", "[1,2,3,1e300]", "[-1e12,2,3,4]"])
    func aBoxThatIsNoneIsAnErrorWhereItIsAskedFor(box: String) {
        let text =
            #"{"images":[{"id":1,"file_name":"scene.tif"}],"categories":[{"id":1,"name":"a"}],"#
            + #""annotations":[{"image_id":1,"category_id":1,"bbox":\#(box)}]}"#
        let error = #expect(throws: AnnotationError.self) { try annotations(in: text, named: "a.json") }
        #expect(error?.operation == "read annotation 1")
    }
}
