import Evaluation
import Files
import Foundation

/// What `evaluate --json` prints of a model.
struct EvaluationRow: Encodable {
    var model: String
    /// Of a checkpoint.
    var epoch: Int?
    var step: Int?
    var data: String
    /// Samples of the data, scored or not.
    var sampleCount: Int
    var engine: String
    /// Of all models together.
    var imagesPerSecond: Double
    var numbers: EvaluationNumbers
    /// `nil` without a hierarchy.
    var hierarchy: HierarchyNumbers?
    /// For people.
    let name: String

    init(
        model: EvaluatedModel, data: String, sampleCount: Int, engine: String, imagesPerSecond: Double,
        numbers: EvaluationNumbers, hierarchy: HierarchyNumbers?
    ) {
        (self.model, epoch, step) = (withoutSecrets(model.path), model.epoch, model.step)
        name = withoutSecrets(model.name)
        (self.data, self.sampleCount) = (withoutSecrets(data), sampleCount)
        (self.engine, self.imagesPerSecond) = (engine, imagesPerSecond)
        (self.numbers, self.hierarchy) = (numbers, hierarchy)
    }

    private enum CodingKeys: CodingKey {
        case model, epoch, step, data, sampleCount, engine, imagesPerSecond, hierarchy
    }

    /// The numbers stand beside the rest, not below it.
    func encode(to encoder: any Encoder) throws {
        try numbers.encode(to: encoder)
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(model, forKey: .model)
        try keys.encodeIfPresent(epoch, forKey: .epoch)
        try keys.encodeIfPresent(step, forKey: .step)
        try keys.encode(data, forKey: .data)
        try keys.encode(sampleCount, forKey: .sampleCount)
        try keys.encode(engine, forKey: .engine)
        try keys.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try keys.encodeIfPresent(hierarchy, forKey: .hierarchy)
    }
}
