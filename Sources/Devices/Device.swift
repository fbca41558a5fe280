import XLAEngine

/// Where a network computes.
public enum Device: Hashable, Sendable {
    case cpu
    /// `cuda`, `tpu`, or the path of a PJRT plugin.
    case accelerator(String)

    /// - Parameter name: `cpu`, or what names an accelerator; `nil` for anything else.
    public init?(name: String) {
        guard name == "cpu" || Accelerator.isName(name) else { return nil }
        self = name == "cpu" ? .cpu : .accelerator(name)
    }

    /// As one types it.
    public var name: String {
        switch self {
        case .cpu: "cpu"
        case .accelerator(let name): name
        }
    }
}

extension Device: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let device = Device(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "there is no device '\(name)'")
        }
        self = device
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
