import Foundation

/// One node of a file, with its attributes by name.
struct ONNXNode {
    private let proto: ONNXNodeProto
    private let attributes: [String: ONNXAttributeProto]

    init(_ proto: ONNXNodeProto) {
        self.proto = proto
        attributes = Dictionary(
            proto.attribute.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// `"Conv"`; of another domain than ONNX's own with its name before it.
    var op: String {
        ["", "ai.onnx"].contains(proto.domain) ? proto.opType : "\(proto.domain).\(proto.opType)"
    }
    var inputs: [String] { proto.input }
    var outputs: [String] { proto.output }

    /// For messages: `Conv "/layer1/conv1/Conv"`.
    var label: String {
        "\(shown(op).dropFirst().dropLast()) \(shown(proto.name.isEmpty ? proto.output.first ?? "" : proto.name))"
    }

    func has(_ name: String) -> Bool { attributes[name] != nil }
    func integer(_ name: String, _ usual: Int) -> Int { attributes[name].map { Int($0.i) } ?? usual }
    func integers(_ name: String) -> [Int]? { attributes[name].map { $0.ints.map { Int($0) } } }
    func float(_ name: String, _ usual: Float) -> Float { attributes[name]?.f ?? usual }
    func floats(_ name: String) -> [Float]? { attributes[name]?.floats }
    func text(_ name: String) -> String? { attributes[name].map { String(decoding: $0.s, as: UTF8.self) } }
    func tensor(_ name: String) -> ONNXTensorProto? { attributes[name]?.t }
}
