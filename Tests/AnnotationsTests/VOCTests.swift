import Annotations
import Files
import Rasters
import TestSupport
import Testing

struct VOCTests {
    private func document(_ objects: String, size: String = "", filename: String = "scene.tif") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- drawn by hand -->
        <annotation verified="yes"><folder>x</folder><filename>\(filename)</filename>\(size)
        \(objects)
        </annotation>

        """
    }

    private let box = "<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>42</xmax><ymax>52</ymax></bndbox>"

    @Test func placesCountFromOneAndTheLastBelongsToTheBox() throws {
        let text = document(
            """
            <object><name>car</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>\(box)</object>
            <object><name>a &lt;b&gt; &#x41;&#66;<![CDATA[ & ]]></name><difficult>1</difficult>\(box)
            <part><name>wheel</name><bndbox><xmin>1</xmin></bndbox></part></object>
            """, size: "<size><width>1000</width><height>800</height><depth>3</depth></size>")
        let read = try annotations(in: text, named: "scene.xml")
        #expect(
            read.annotations == [
                car(10, 20, 42, 52),
                Annotation(
                    className: "a <b> AB &", shape: .box(AnnotationBox(x0: 10, y0: 20, x1: 42, y1: 52)),
                    visibleFraction: 0),
            ])
    }

    @Test func turnedBoxesAreReadAsTheBoxesAroundThem() throws {
        let text = document(
            """
            <object><name>car</name><robndbox><cx>100</cx><cy>100</cy><w>40</w><h>20</h><angle>1.5707963267948966</angle>
            </robndbox></object>
            """)
        let read = try annotations(in: text, named: "scene.xml")
        #expect(read.annotations == [car(90, 80, 110, 120)])
        #expect(read.notes == ["1 rotated box or outline is read as the upright box around it"])
    }

    @Test func aFolderHasAFileForEachScene() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            Array(document("<object><name>car</name>\(box)</object>").utf8), to: "scene.xml")
        _ = try folder.write(Array("damaged".utf8), to: "other.xml")
        let file = try AnnotationFile(opening: Address(folder.path), cancellation: Cancellation())
        #expect(file.format == .voc)
        #expect(file.sceneNames == ["other", "scene"])
        #expect(try file.annotations(of: .sample).annotations == [car(10, 20, 42, 52)])
        let scene = AnnotatedScene(name: "third.tif", width: 9, height: 9, georeference: nil)
        let error = #expect(throws: AnnotationError.self) { try file.annotations(of: scene) }
        #expect(error?.code == .unknownScene)
    }

    @Test(arguments: [
        ("<object>BOX</object>", 4), ("<object><name>car</name></object>", 4),
        ("<object><name>car</name>\n<bndbox><xmin>1</xmin></bndbox></object>", 5),
        ("<object><name>car</name><bndbox><xmin>x</xmin></bndbox></object>", 4),
        (
            "<object><name>car</name><bndbox><xmin>9</xmin><ymin>1</ymin><xmax>8</xmax><ymax>9</ymax></bndbox></object>",
            4
        ),
        (
            "<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1e99</xmax><ymax>9</ymax></bndbox></object>",
            4
        ),
        ("<object><name>car</name>BOX<score>7</score></object>", 4),
        ("<object><name>car</nome></object>", 4), ("<object><name>&car;</name>BOX</object>", 4),
        ("<object><name>R&D</name>BOX</object>", 4), ("<object a=1><name>car</name>BOX</object>", 4),
        ("<object a='1><name>car</name>BOX</object>", 4), ("<!-- <object/>", 4), ("<object>", 5),
        ("<object><name>&#0;</name>BOX</object>", 4), ("<object><name>&#xD800;</name>BOX</object>", 4),
    ])
    func namesTheLineThatIsMalformed(object: String, line: Int) {
        let text = document(object.replacing("BOX", with: box))
        let error = #expect(throws: AnnotationError.self) { try annotations(in: text, named: "scene.xml") }
        #expect(error?.code == .malformed)
        #expect(error?.operation == "read line \(line)", "\(object)")
    }

    @Test func documentTypesAndOtherEncodingsAreRefused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<annotation><filename>&b;</filename></annotation>"
        let entity = #expect(throws: AnnotationError.self) {
            try annotations(in: bomb, named: "a.xml", format: .voc)
        }
        #expect(entity?.cause.contains("DOCTYPE") == true)
        let latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><annotation/>"
        #expect(throws: AnnotationError.self) { try annotations(in: latin, named: "a.xml", format: .voc) }
        let deep = String(repeating: "<annotation>", count: 100_000)
        #expect(throws: AnnotationError.self) { try annotations(in: deep, named: "a.xml", format: .voc) }
    }
}
