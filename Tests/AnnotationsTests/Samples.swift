import Annotations
import Bytes
import Files
import Rasters
import TestSupport

extension AnnotatedScene {
    static let sample = AnnotatedScene(name: "scene.tif", width: 1000, height: 800, georeference: nil)
}

/// What a file with this text says about a scene.
func annotations(
    in text: String, named name: String, of scene: AnnotatedScene = .sample, format: AnnotationFormat? = nil
) throws -> SceneAnnotations {
    try annotations(in: Array(text.utf8), named: name, of: scene, format: format)
}

func annotations(
    in bytes: [UInt8], named name: String, of scene: AnnotatedScene = .sample, format: AnnotationFormat? = nil
) throws -> SceneAnnotations {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) {
        let file = try AnnotationFile(
            opening: Address(try folder.write(bytes, to: name)), format: format, cancellation: Cancellation())
        return try file.annotations(of: scene)
    }
}

/// A box with the class `car`.
func car(
    _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, score: Float? = nil, visible: Float = 1,
    verdict: Annotation.Verdict? = nil
) -> Annotation {
    Annotation(
        className: "car", shape: .box(AnnotationBox(x0: x0, y0: y0, x1: x1, y1: y1)), score: score,
        visibleFraction: visible, verdict: verdict)
}

/// What formats keep, so that random annotations have no more.
struct Kept: Sendable {
    var points = true
    var fractionsOfPixels = true
    var scores = true
    /// Any fraction; or only 0 and 1.
    var visibleFractions = true
    var occlusion = true
    var verdicts = true
    var classNames = ["car", "a b", "ö\"\\/<&>'", "=1+1", "x,y;z", "二"]
}

extension Annotation {
    static func random(_ kept: Kept, using random: inout SplitMix64) -> Annotation {
        func number(_ range: ClosedRange<Int>) -> Double {
            let whole = Double(Int.random(in: range, using: &random))
            return kept.fractionsOfPixels && Bool.random(using: &random)
                ? whole + .random(in: 0..<1, using: &random) : whole
        }
        let (x, y) = (number(0...900), number(0...700))
        let isPoint = kept.points && Bool.random(using: &random)
        let (width, height) = (number(1...90), number(1...90))
        var annotation = Annotation(
            className: kept.classNames.randomElement(using: &random) ?? "",
            shape: isPoint
                ? .point(x: x, y: y) : .box(AnnotationBox(x0: x, y0: y, x1: x + width, y1: y + height)))
        if kept.scores { annotation.score = .random(in: 0...1, using: &random) }
        if kept.visibleFractions {
            annotation.visibleFraction = .random(in: 0...1, using: &random)
        } else if kept.occlusion, Bool.random(using: &random) {
            annotation.visibleFraction = 0
        }
        if kept.verdicts { annotation.verdict = [nil, .right, .wrong].randomElement(using: &random) ?? nil }
        return annotation
    }
}
