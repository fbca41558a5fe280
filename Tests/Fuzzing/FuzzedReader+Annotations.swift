import Annotations
import Files
import Pixels
import Rasters

extension FuzzedReader {
    /// One for each format that we both write and read; other people's forms of each are in its tests.
    static let annotations =
        [
            AnnotationFormat.jsonLines, .csv, .coco, .yolo, .voc, .labelStudio, .qupath,
        ].map(reader) + [others]

    private static let scene = AnnotatedScene(name: "s.tif", width: 640, height: 480, georeference: nil)

    private static func reader(of format: AnnotationFormat) -> FuzzedReader {
        FuzzedReader(
            name: "annotations-\(format.name)",
            corpus: { folder in
                let writer = try format.writer(
                    into: folder, named: "a", of: scene, classes: ["a", "café, \"b\""], version: "1",
                    cancellation: Cancellation())
                for (name, x) in [("a", 1.0), ("café, \"b\"", 20.5)] {
                    try writer.write(
                        Annotation(
                            className: name, shape: .box(AnnotationBox(x0: x, y0: 2, x1: x + 9, y1: 30)),
                            score: 0.5))
                }
                try writer.finish()
                return [try Input(writer.fileNames, in: folder)]
            },
            read: { folder in try read(folder, format) })
    }

    /// Results of COCO, turned boxes of YOLO and Label Studio, names of classes in YAML.
    private static let others = FuzzedReader(
        name: "annotations-others",
        corpus: { _ in
            [
                [
                    "a.coco.json": Array(
                        #"[{"image_id":1,"category_id":2,"category_name":"a","bbox":[1,2.5,3,4],"score":1}]"#
                            .utf8)
                ],
                [
                    "a.txt": Array("0 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\n1 0.5 0.5 0.25 1e-1 0.75\n".utf8),
                    "data.yaml": Array("path: .\nnames:\n  0: a # one\n  1: 'b'\n".utf8),
                ],
                [
                    "a.txt": Array("1 0.5 0.5 0.25 0.1\n".utf8),
                    "data.yaml": Array("names: [a, \"b\"]\n".utf8),
                ],
                [
                    "a.label-studio.json": Array(
                        (#"[{"data":{"image":"/data/upload/1/0a1b2c3d-s.tif"},"annotations":[{"result":[{"type":"#
                            + #""rectanglelabels","value":{"x":1,"y":2,"width":3,"height":4,"rotation":30,"#
                            + #""rectanglelabels":["a"]}}]}]}]"#).utf8)
                ],
            ]
        },
        read: { folder in
            for format in [AnnotationFormat.coco, .yolo, .labelStudio] {
                if FileReader.isThere(name(of: format), in: folder) { try read(folder, format) }
            }
        })

    private static func read(_ folder: String, _ format: AnnotationFormat) throws {
        let address = Address(folder + "/" + name(of: format))
        _ = try? AnnotationFormat(of: address)
        let file = try AnnotationFile(opening: address, format: format, cancellation: Cancellation())
        for annotation in try file.annotations(of: scene).annotations {
            _ = annotation.box(pointSide: 32).pixels.area
        }
    }

    private static func name(of format: AnnotationFormat) -> String {
        switch format {
        case .jsonLines: "a.jsonl"
        case .csv: "a.csv"
        case .coco: "a.coco.json"
        case .yolo: "a.txt"
        case .voc: "a.xml"
        case .labelStudio: "a.label-studio.json"
        default: "a.qupath.geojson"
        }
    }
}

extension FileReader {
    fileprivate static func isThere(_ name: String, in folder: String) -> Bool {
        (try? FileReader(path: folder + "/" + name)) != nil
    }
}
