public import Files
import Foundation
import Networks
import SwiftProtobuf

/// In what an exported network computes.
public enum ONNXPrecision: String, Hashable, Sendable, CaseIterable {
    case fp32
    /// Convolutions in bytes, as QuantizeLinear and DequantizeLinear state it; for calibrated models.
    case int8
}

extension Model {
    /// The set of ONNX's operators that exported files use: the first that has scales for each channel.
    public static let onnxOpset = 13
    /// Of the file format, as ONNX paired it with the opset.
    private static let onnxVersion: Int64 = 7
    /// Protocol buffers end here.
    static let onnxByteLimit = Int(Int32.max)

    /// Writes the network as an ONNX file, which appears complete or not at all; equal models make equal files.
    ///
    /// Its input `pixels` is 8-bit RGB `[N, H, W, 3]`, as picture libraries have it: the preprocessing is a part of the
    /// graph. Its output `scores` is `[N, classCount]`. The contract is in the file's metadata under `tilescope`, as JSON.
    ///
    /// - Throws: where a model without input ranges shall compute in int8.
    public func writeONNX(
        to output: OutputFile, precision: ONNXPrecision = .fp32
    ) throws(ModelFileError) {
        let bytes: [UInt8]
        do throws(Malformed) {
            bytes = try onnxBytes(precision: precision)
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "write the model as ONNX in \(precision.rawValue)",
                path: output.path,
                cause: error.reason)
        }
        do throws(FileError) {
            var writer = try FileWriter(output)
            try writer.write(bytes.span.bytes)
            try writer.commit()
        } catch {
            throw ModelFileError(
                code: .cannotWrite, operation: error.operation, path: output.path, cause: error.cause)
        }
    }

    /// What `writeONNX` writes.
    package func onnxBytes(precision: ONNXPrecision = .fp32) throws(Malformed) -> [UInt8] {
        let graph: Graph
        do throws(GraphError) {
            graph = try Network(architecture).scoringGraph(batchSize: 1)
        } catch {
            throw Malformed("its architecture is impossible: \(error)")
        }
        var quantization: ONNXQuantization?
        if precision == .int8 { quantization = try ONNXQuantization(graph, weights: weights) }
        var lowering = ONNXLowering(graph, weights: weights, quantization: quantization)
        var file = ONNXModelProto()
        file.irVersion = Self.onnxVersion
        file.producerName = "tilescope"
        var opset = ONNXOperatorSetIdProto()
        (opset.domain, opset.version) = ("", Int64(Self.onnxOpset))
        file.opsetImport = [opset]
        file.graph = lowering.lower()
        file.graph.name = architecture.name
        var contract = self.contract
        contract.precision = precision.rawValue
        var metadata = provenance
        metadata[Contract.key] = contract.encoded()
        file.metadataProps = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { key, value in
                var entry = ONNXStringStringEntryProto()
                (entry.key, entry.value) = (key, value)
                return entry
            }
        do {
            let bytes: [UInt8] = try file.serializedBytes()
            guard bytes.count <= Self.onnxByteLimit else {
                throw Malformed("it would have \(bytes.count) bytes, more than ONNX allows in one file")
            }
            return bytes
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed("\(error)")
        }
    }
}
