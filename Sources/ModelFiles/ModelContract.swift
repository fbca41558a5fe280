public import Networks

/// What a model's file says of it, without its weights.
public struct ModelContract: Hashable, Sendable {
    public let architecture: Architecture
    /// Names by label.
    public let classes: [String]
    public let background: String?
    public let reading: Reading?

    /// - Throws: as `Model(reading:)`, but for what is wrong with the weights.
    public init(reading path: String) throws(ModelFileError) {
        let file = try SafetensorsFile(reading: path) { _ in false }
        let contract = try Contract(of: file, at: path)
        architecture = contract.architecture
        classes = contract.classes
        background = contract.background
        reading = contract.reading
    }
}
