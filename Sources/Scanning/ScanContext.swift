public import Files
import Foundation
public import ModelFiles
public import Rasters

/// What a scan's outputs need besides its task and its candidates. It decides no score, and is not compared.
public struct ScanContext: Hashable, Sendable, Codable {
    /// Written without its secret; a path of this machine is absolute.
    public var scene: Address
    /// Written as the scene's.
    public var model: Address
    /// The model's, by label.
    public var classes: [String]
    /// The class that says that there is no object; `nil` where the model has none, or where an older version began the scan.
    public var background: String?
    /// Where the scene lies on Earth; `nil` where it does not say.
    public var georeference: Georeference?
    /// By which boxes were made last, or are to be made when the scan is complete.
    public var rule: MergeRule
    /// Whether the outputs have the scene at full size.
    public var hasFullSize = false
    /// Whether the outputs have a heat map of each class; `nil` for no.
    public var hasHeatMaps: Bool?
    /// How many detections of each class are among the outputs as pictures, at most; `nil` for none.
    public var cropLimit: Int?
    /// Whether that is cloud-optimized; `nil` for no.
    public var isCloudOptimized: Bool?
    /// In which formats boxes are written besides the usual ones, as `AnnotationFormat` names them; `nil` for none.
    public var formats: [String]?
    /// The version of the program that began the scan.
    public var version: String

    public init(scene: Scene, modelAddress: Address, model: Model, rule: MergeRule, version: String) {
        self.scene = scene.address.absolute
        self.model = modelAddress.absolute
        classes = model.classes
        background = model.background
        georeference = scene.georeference
        self.rule = rule
        self.version = version
    }
}

extension ScanContext {
    /// Holds what was read from a file to what a context can be.
    func check(fits task: ScanTask) throws(ScanError) {
        try rule.check()
        guard !rule.labels.isEmpty, Set(classes).count == classes.count,
            Set(rule.labels).count == rule.labels.count,
            rule.labels.allSatisfy(task.labels.contains)
        else {
            throw ScanError(
                code: .malformedState, operation: "use the context of a scan",
                cause: "it is damaged, or another version of tilescope wrote it")
        }
    }
}
