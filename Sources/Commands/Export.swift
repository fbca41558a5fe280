public import ArgumentParser
import Files
public import ModelFiles
import Networks

/// Writes a model for other programs.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model for other programs, as ONNX or safetensors.",
        discussion: """
            ONNX: opset \(Model.onnxOpset); the input `pixels` is 8-bit RGB [N, H, W, 3], as image libraries have it, the \
            output `scores` is [N, classes]. The preprocessing is a part of the graph; classes, architecture and \
            preprocessing stand in the metadata under `tilescope`, as JSON.
            Safetensors: all tensors in fp32, under torchvision's names.
            """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.safetensors")) var model: String
    @Option(help: "onnx or safetensors.") var format: ExportFormat
    @Option(
        help: """
            Arithmetic of an ONNX file: fp32, or int8 for a model that tilescope calibrate has made: convolutions in \
            bytes, as QuantizeLinear and DequantizeLinear state it.
            """)
    var precision: ONNXPrecision?
    @Option(
        help: """
            Which library shall load a safetensors file: torchvision or timm. Only tensors that its network has are written.
            """)
    var names: ForeignNames?
    @Option(help: ArgumentHelp("The new file.", valueName: "file")) var output: String
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard precision == nil || format == .onnx else {
            throw ValidationError("--precision needs --format onnx")
        }
        guard names == nil || format == .safetensors else {
            throw ValidationError("--names needs --format safetensors")
        }
    }

    func run() throws {
        var outputs = overwriting.outputs(reading: [self.model])
        let file = try outputs.file(output)
        let model = try Model(reading: self.model)
        let name = model.architecture.name
        switch format {
        case .onnx:
            let precision = precision ?? .fp32
            try model.writeONNX(to: file, precision: precision)
            say("\(output): \(name) as ONNX, opset \(Model.onnxOpset), \(precision.rawValue)")
        case .safetensors:
            try model.writeWeights(to: file, named: names)
            say("\(output): \(name) as safetensors\(names.map { ", as \($0.rawValue) names them" } ?? "")")
        }
    }
}

/// What a model can be written as.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case onnx, safetensors
}

extension ONNXPrecision: ExpressibleByArgument {}
extension ForeignNames: ExpressibleByArgument {}
