import Files
import Rasters

/// Writes a task with predictions, which Label Studio imports and shows to be corrected.
final class LabelStudioWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    private let scene: AnnotatedScene
    private var count = 0
    private var point: CancellationPoint

    init(
        _ folder: String, _ stem: String, _ scene: AnnotatedScene, version: String,
        _ cancellation: Cancellation
    ) throws(FileError) {
        fileNames = Self.fileNames(named: stem)
        self.scene = scene
        point = CancellationPoint(cancellation)
        writer = try FileWriter(.replacing(folder + "/" + fileNames[0]))
        try writer.write(
            """
            [{"data":{"image":\(jsonString(scene.name))},"predictions":[{\
            "model_version":\(jsonString("tilescope " + version)),"result":[
            """)
    }

    static func fileNames(named stem: String) -> [String] { [stem + ".label-studio.json"] }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        count += 1
        let kind: String
        let place: String
        func percent(_ value: Double, _ side: Int) -> String { shortNumber(value / Double(side) * 100) }
        switch annotation.shape {
        case .box(let box):
            kind = "rectanglelabels"
            place =
                "\"x\":\(percent(box.x0, scene.width)),\"y\":\(percent(box.y0, scene.height)),"
                + "\"width\":\(percent(box.width, scene.width)),\"height\":\(percent(box.height, scene.height)),"
                + "\"rotation\":0"
        case .point(let x, let y):
            kind = "keypointlabels"
            place = "\"x\":\(percent(x, scene.width)),\"y\":\(percent(y, scene.height)),\"width\":0.2"
        }
        let score = annotation.score.map { ",\"score\":\(shortNumber($0))" } ?? ""
        try writer.write(
            """
            \(count == 1 ? "" : ",")
            {"id":"\(count)","from_name":"label","to_name":"image","type":"\(kind)",\
            "original_width":\(scene.width),"original_height":\(scene.height),"image_rotation":0,\
            "value":{\(place),"\(kind)":[\(jsonString(annotation.className))]}\(score)}
            """)
    }

    func finish() throws {
        try writer.write("\n]}]}]\n")
        try writer.commit()
    }
}
