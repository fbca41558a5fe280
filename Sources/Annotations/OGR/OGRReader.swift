import Files
import Rasters

/// Reads any vector file that `VectorFile` opens: GeoPackage, GeoJSON, Shapefile, FlatGeobuf and many others.
///
/// A polygon becomes the upright box around it, a point stays one. What lies outside the scene is left out.
final class OGRReader: AnnotationReader {
    let sceneNames: [String]? = nil
    private let file: VectorFile
    private let cancellation: Cancellation

    init(opening address: Address, _ cancellation: Cancellation) throws {
        file = try VectorFile(opening: address)
        self.cancellation = cancellation
    }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        var reading = VectorReading(scene: scene, path: file.address.description)
        var otherFields: [String] = []
        for layer in file.layers {
            let names = file.fieldNames(ofLayer: layer)
            let fields = VectorFields(names)
            guard let fields else {
                // A file of no objects may have no fields either.
                if file.featureCount(ofLayer: layer) == 0 {
                    reading.layerCount += 1
                    continue
                }
                otherFields += names.filter { !otherFields.contains($0) }
                reading.layersWithoutClass.append(file.name(ofLayer: layer))
                continue
            }
            reading.begin(fields, layer: file.name(ofLayer: layer))
            try file.forEachFeature(
                ofLayer: layer, in: scene, fields: fields.names, for: VectorReading.operation
            ) { feature in
                if reading.featureCount.isMultiple(of: 4096), cancellation.isRequested { return false }
                reading.add(feature)
                return reading.failure == nil
            }
            try cancellation.check()
            if let failure = reading.failure { throw failure }
        }
        guard reading.layerCount > 0 else {
            let known = VectorFields.classNames.joined(separator: ", ")
            throw AnnotationError(
                code: .malformed, operation: VectorReading.operation, path: file.address.description,
                cause: otherFields.isEmpty
                    ? "it has no layer with geometries and fields; the class must be in a field with one of these names: \(known)"
                    : "the class must be in a field with one of these names: \(known); it has only "
                        + otherFields.prefix(12).joined(separator: ", "))
        }
        return reading.result
    }
}

/// Which fields of a layer mean something here.
private struct VectorFields {
    static let classNames = ["class", "label", "name", "category", "classification"]
    /// The class's field comes first, then the others that the layer has.
    let names: [String]
    private let score: Int?
    private let verdict: Int?
    private let visibleFraction: Int?

    /// - Returns: `nil` where there is no class.
    init?(_ names: [String]) {
        let small = names.map { $0.lowercased() }
        func find(_ wanted: [String]) -> Int? {
            wanted.lazy.compactMap { small.firstIndex(of: $0) }.first
        }
        guard let classField = find(Self.classNames) else { return nil }
        var wantedNames = [names[classField]]
        func place(_ wanted: [String]) -> Int? {
            guard let field = find(wanted) else { return nil }
            wantedNames.append(names[field])
            return wantedNames.count - 1
        }
        score = place(["score", "confidence"])
        verdict = place(["verdict"])
        // A Shapefile's names have ten letters.
        visibleFraction = place(["visible_fraction", "visiblefraction", "visible_fr"])
        self.names = wantedNames
    }

    /// - Throws: what is wrong with the values.
    func annotation(_ feature: VectorFeature, shape: Annotation.Shape) throws(VectorObjection) -> Annotation?
    {
        guard let name = feature.values[0], !name.isEmpty else { return nil }
        var annotation = Annotation(className: name, shape: shape)
        if let text = text(score, of: feature) {
            guard let value = Double(text) else {
                throw VectorObjection(words: "its score is no number: \(shortName(text))")
            }
            annotation.score = Annotation.score(value)
            guard annotation.score != nil else {
                throw VectorObjection(words: Annotation.objection(toScore: value))
            }
        }
        if let text = text(visibleFraction, of: feature) {
            guard let fraction = Float(text), (0...1).contains(fraction) else {
                throw VectorObjection(words: "its visible fraction must lie in 0...1: \(shortName(text))")
            }
            annotation.visibleFraction = fraction
        }
        if let text = text(verdict, of: feature) {
            guard let verdict = Annotation.Verdict(typed: text) else {
                throw VectorObjection(words: "a verdict is right or wrong, or left empty: \(shortName(text))")
            }
            annotation.verdict = verdict
        }
        return annotation
    }

    /// `nil` where nothing is said.
    private func text(_ place: Int?, of feature: VectorFeature) -> String? {
        guard let place, let text = feature.values[place]?.trimmed, !text.isEmpty else { return nil }
        return text
    }
}

/// Why a feature is no annotation.
private struct VectorObjection: Error {
    var words: String
}

/// What was read of a vector file until now.
private struct VectorReading {
    static let operation = "read annotations"
    let scene: AnnotatedScene
    let path: String
    var layersWithoutClass: [String] = []
    var layerCount = 0
    private(set) var featureCount = 0
    private(set) var failure: AnnotationError?
    private var fields: VectorFields?
    private var layer = ""
    private var annotations: [Annotation] = []
    private var hullCount = 0
    private var classlessCount = 0
    private var outsideCount = 0
    private var otherCount = 0

    init(scene: AnnotatedScene, path: String) { (self.scene, self.path) = (scene, path) }

    mutating func begin(_ fields: VectorFields, layer: String) {
        (self.fields, self.layer) = (fields, layer)
        layerCount += 1
        featureCount = 0
    }

    mutating func add(_ feature: VectorFeature) {
        featureCount += 1
        guard !feature.isOutOfReach else {
            outsideCount += 1
            return
        }
        var shapes = feature.points.map { Annotation.Shape.point(x: $0[0], y: $0[1]) }
        if let hull = hull(around: feature.polygons) { shapes.append(.box(hull)) }
        guard !shapes.isEmpty else {
            otherCount += 1
            return
        }
        for shape in shapes { add(shape, of: feature) }
    }

    private mutating func add(_ shape: Annotation.Shape, of feature: VectorFeature) {
        guard isInScene(shape) else {
            outsideCount += 1
            return
        }
        do throws(VectorObjection) {
            guard let annotation = try fields?.annotation(feature, shape: shape) else {
                classlessCount += 1
                return
            }
            annotations.append(annotation)
        } catch {
            failure = .malformed("feature \(featureCount) of layer \(layer)", path, error.words)
        }
    }

    /// The upright box around all polygons of a feature; `nil` where there are none.
    private mutating func hull(around polygons: PixelPolygons) -> AnnotationBox? {
        let places = polygons.joined().joined().lazy
        var xs: [Double] = []
        var ys: [Double] = []
        for (number, place) in places.enumerated() {
            if number.isMultiple(of: 2) { xs.append(place) } else { ys.append(place) }
        }
        guard let hull = AnnotationBox(around: zip(xs, ys).map { (x: $0, y: $1) }) else { return nil }
        let area = polygons.reduce(0) { $0 + abs(ringArea($1.first ?? [])) }
        let hullArea = hull.width * hull.height
        // Coordinates are rounded, and a box stays one in another system only nearly.
        if hullArea - area > 0.02 * hullArea + 0.5 * (hull.width + hull.height) { hullCount += 1 }
        return hull
    }

    private func isInScene(_ shape: Annotation.Shape) -> Bool {
        let (width, height) = (Double(scene.width), Double(scene.height))
        switch shape {
        case .box(let box): return box.x1 > 0 && box.y1 > 0 && box.x0 < width && box.y0 < height
        case .point(let x, let y): return (0...width).contains(x) && (0...height).contains(y)
        }
    }

    var result: SceneAnnotations {
        var notes: [String] = []
        func note(_ count: Int, _ words: String) {
            if count > 0 { notes.append("\(count) \(count == 1 ? "object" : "objects") \(words)") }
        }
        note(hullCount, "with polygons that are not upright boxes: read as the upright boxes around them")
        note(outsideCount, "outside the scene: left out")
        note(otherCount, "without a polygon or a point: left out")
        for layer in layersWithoutClass {
            notes.append("layer \(layer) has no field for the class: left out")
        }
        return SceneAnnotations(
            annotations: annotations, notes: notes, classlessCount: classlessCount)
    }
}

/// With a sign that tells its direction.
private func ringArea(_ ring: [Double]) -> Double {
    let count = ring.count / 2
    let doubled = (0..<count).reduce(0.0) { sum, number in
        let next = (number + 1) % count
        return sum + ring[2 * number] * ring[2 * next + 1] - ring[2 * next] * ring[2 * number + 1]
    }
    return doubled / 2
}
