import Files
import Foundation
public import Networks
import SwiftProtobuf

/// What a user says of a model from another program, which its file does not say.
public struct ForeignContract: Hashable, Sendable {
    /// By label.
    public var classes: [String]?
    /// Side of the pictures, where the file leaves it open.
    public var inputSize: Int?
    /// What the file expects of its user; not of a file that takes 8-bit pixels, which normalises them itself.
    public var preprocessing: Preprocessing?

    public init(classes: [String]? = nil, inputSize: Int? = nil, preprocessing: Preprocessing? = nil) {
        (self.classes, self.inputSize, self.preprocessing) = (classes, inputSize, preprocessing)
    }
}

extension Model {
    /// Reads an ONNX file whose network is one of ours.
    ///
    /// It is recognised by what it computes, not by names: any exporter will do. A batch norm that was folded into its
    /// convolution becomes one that only shifts. Of a file that `writeONNX` has made nothing has to be said.
    ///
    /// - Parameter seeing: told which files beside it were read for its tensors.
    /// - Throws: with the node that no residual network has, or at which it leaves the nearest of our networks; where
    ///   classes, sizes or preprocessing are not those of the file, or are not known.
    public init(
        importingONNX path: String, contract: ForeignContract = .init(),
        seeing: (_ otherFiles: [String]) -> Void = { _ in }
    ) throws(ModelFileError) {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, limit: Self.onnxByteLimit)
        } catch {
            throw ModelFileError(
                code: .cannotRead, operation: error.operation, path: path, cause: error.cause)
        }
        let files = ONNXExternalFiles(beside: path)
        do throws(Malformed) {
            try self.init(onnx: bytes, contract: contract, files: files)
        } catch {
            throw ModelFileError(
                code: error.code, operation: "import it as ONNX", path: path, cause: error.reason)
        }
        seeing(files.paths)
    }

    /// Stands in the provenance of a model whose file scored each class by itself.
    package static let sigmoidKey = "tilescope/scored by sigmoid"

    /// The same of bytes in memory, whose tensors are all among them.
    package init(importingONNX bytes: [UInt8], contract: ForeignContract) throws(Malformed) {
        try self.init(onnx: bytes, contract: contract, files: nil)
    }

    private init(
        onnx bytes: [UInt8], contract given: ForeignContract, files: ONNXExternalFiles?
    ) throws(Malformed) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let file: ONNXModelProto
        do {
            file = try ONNXModelProto(serializedBytes: bytes, options: options)
        } catch {
            throw Malformed("it is not an ONNX file, or it is damaged (\(error))")
        }
        let metadata = Dictionary(
            file.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let contract = try metadata[Contract.key].map { text throws(Malformed) in
            do throws(Malformed) {
                return try Contract(decoding: text)
            } catch {
                throw Malformed(error.reason, code: .wrongContract)
            }
        }
        if let contract { try given.check(against: contract) }
        let reader = try ONNXReader(
            file, inputSize: contract?.architecture.inputSize ?? given.inputSize, files: files)
        guard let pixels = reader.normalized?.pixels else {
            throw Malformed("its output does not depend on its input")
        }
        let preprocessing = try pixels.preprocessing(after: try given.before(pixels, contract: contract))
        var (architecture, weights) = try NetworkRecognition(reader.network).recognised(
            as: contract?.architecture)
        architecture.preprocessing = preprocessing
        if let contract {
            guard architecture.isNearly(contract.architecture) else {
                throw Malformed(
                    "its contract says \(contract.architecture.classCount) classes and pixels less "
                        + "\(contract.architecture.preprocessing.mean) over "
                        + "\(contract.architecture.preprocessing.deviation), its graph \(architecture.classCount) and "
                        + "\(preprocessing.mean) over \(preprocessing.deviation)")
            }
            architecture = contract.architecture
        }
        guard let classes = contract?.classes ?? given.classes else {
            throw Malformed(
                "it does not name its \(architecture.classCount) classes; name them with --classes",
                code: .noContract)
        }
        guard classes.count == architecture.classCount else {
            throw Malformed(
                "\(classes.count) classes are named for its \(architecture.classCount) outputs",
                code: .wrongContract)
        }
        guard Set(classes).count == classes.count else {
            throw Malformed("a class is named twice", code: .wrongContract)
        }
        try checkWeights(weights, architecture: architecture)
        var provenance = metadata.filter { $0.key != Contract.key }
        if reader.scoresClassesAlone { provenance[Self.sigmoidKey] = "true" }
        self.init(
            architecture: architecture, classes: classes, background: contract?.background,
            reading: contract?.reading, pixels: contract?.pixels, framing: contract?.framing,
            weights: weights,
            provenance: provenance)
    }
}

extension ForeignContract {
    /// Refuses what is said otherwise in the file.
    fileprivate func check(against contract: Contract) throws(Malformed) {
        if let classes, classes != contract.classes {
            let place = zip(classes, contract.classes).enumerated().first { $1.0 != $1.1 }
            throw Malformed(
                place.map { "class \($0) is \($1.0) in --classes and \($1.1) in the file" }
                    ?? "--classes names \(classes.count) classes, the file \(contract.classes.count)",
                code: .wrongContract)
        }
        if let inputSize, inputSize != contract.architecture.inputSize {
            throw Malformed(
                "its input size is \(contract.architecture.inputSize), not \(inputSize)", code: .wrongContract
            )
        }
    }

    /// What is expected of the file's user.
    fileprivate func before(
        _ pixels: ONNXPixels, contract: Contract?
    ) throws(Malformed) -> Preprocessing {
        if pixels.isBytes || contract != nil {
            guard preprocessing == nil else {
                throw Malformed(
                    "it takes 8-bit pixels and normalises them itself; leave out --mean and --deviation",
                    code: .wrongContract)
            }
            return Preprocessing(mean: [0, 0, 0], deviation: [1, 1, 1])
        }
        if let preprocessing { return preprocessing }
        guard !pixels.isChanged else {
            throw Malformed(
                "it changes its input before the first layer; give --mean and --deviation of the pixels that it expects before "
                    + "that: 0,0,0 and 1,1,1 for pixels in 0...1, 0,0,0 and 0.00392157,0.00392157,0.00392157 for 0...255",
                code: .noContract)
        }
        return .imageNet
    }
}

extension Architecture {
    /// Whether two are the same but for the rounding of their preprocessing.
    fileprivate func isNearly(_ other: Architecture) -> Bool {
        var rounded = self
        rounded.preprocessing = other.preprocessing
        let pairs = zip(
            preprocessing.mean + preprocessing.deviation,
            other.preprocessing.mean + other.preprocessing.deviation)
        return rounded == other && pairs.allSatisfy { abs($0 - $1) <= 1e-3 * max(1, abs($1)) }
    }
}
