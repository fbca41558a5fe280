import Annotations
import Bytes
import Evaluation
import Files
import Foundation
import Pixels
import Rasters

extension FuzzedReader {
    static let texts = [
        FuzzedReader(
            name: "truth",
            corpus: { _ in
                [
                    text(
                        "t.jsonl",
                        #"{"box":[1,2,30,40],"class":"a","visibleFraction":0.5}"# + "\n"
                            + #"{"visibleFraction":1e0,"class":"caf\u00e9","box":[-1,0,9,9],"x":{"y":[null]}}"#
                            + "\n")
                ]
            },
            read: { folder in
                let file = try AnnotationFile(
                    opening: Address(folder + "/t.jsonl"), cancellation: Cancellation())
                let scene = AnnotatedScene(name: "t", width: 100, height: 100, georeference: nil)
                let labels = ["a": 0, "café": 1]
                let truths = try file.annotations(of: scene).annotations.compactMap { annotation in
                    labels[annotation.className].map {
                        Truth(
                            box: annotation.box(pointSide: 4).pixels, label: $0,
                            visibleFraction: annotation.visibleFraction)
                    }
                }
                _ = try detectionMetrics(
                    of: truths.map { Detection(box: $0.box, label: $0.label, score: 0.9) }, truths: truths,
                    classNames: ["a", "café"], labels: [0, 1], rules: DetectionRules(scoreThreshold: 0.5))
            }),
        FuzzedReader(
            name: "hierarchies",
            corpus: { _ in
                let tree = "thing animal\nthing tool\nanimal cat\nanimal dog\ntool cat\n\ntool n01\n"
                let names = "n01 hammer, mallet\nanimal beast\n"
                return [text("h.txt", tree).merging(text("n.txt", names)) { $1 }]
            },
            read: { folder in
                let names = try NameList(reading: folder + "/n.txt")
                _ = try ClassHierarchy(
                    reading: folder + "/h.txt", names: names, classNames: ["cat", "dog", "hammer"])
            }),
        FuzzedReader(
            name: "json",
            corpus: { _ in
                [
                    text(
                        "j.json",
                        #"{"a":[1,-2.5e3,"\u00e9\n",null,true,{"b":{}}],"c":"\ud83d\ude00","d":{"e":1}}"#)
                ]
            },
            read: { folder in
                let data = try Data(contentsOf: URL(filePath: folder + "/j.json"))
                // What is said of a plan; its reader has words for errors.
                _ = try? settings(ofJSON: data)
                _ = try JSON(parsing: Array(data))
            }),
    ]

    private static func text(_ name: String, _ text: String) -> Input { [name: Array(text.utf8)] }
}
