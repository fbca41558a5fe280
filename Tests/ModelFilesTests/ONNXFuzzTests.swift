import Bytes
import Foundation
import ModelFiles
import Networks
import Testing

/// Files that somebody damaged: an error or a model, never a crash. What memory they may take is for `ONNXReaderTests`,
/// which hold the limits: here other tests share the process.
///
/// `TILESCOPE_TEST_FUZZ=1000000` sets how many files are tried.
@Suite struct ONNXFuzzTests {
    /// Small files that together have every operator that is read.
    private static let seeds: [[UInt8]] = {
        var plain = TinyONNX()
        plain.integers("steps", [1, 1])
        plain.integers("zero", [0, 0])
        plain.integers("far", [.max, .max])
        plain.integers("planes", [2, 3])
        plain.integers("two", [2, 2])
        plain.integers("pads", [0, 2, 0, 0, 0, 2, 0, 0])
        plain.integers("around", [0, 0, 1, 1, 0, 0, 1, 1])
        let w = plain.weights("w", [4, 3, 3, 3])
        let padded = plain.node("Pad", ["data", "around"], "padded")
        let conv = plain.node("Conv", [padded, w, plain.weights("b", [4])], "conv")
        let norm = plain.node(
            "BatchNormalization",
            [conv, plain.weights("s", [4], around: 1), "b", "b", plain.weights("v", [4], around: 1)], "norm",
            ["epsilon": .float(1e-5)])
        let relu = plain.node("Relu", [norm], "relu")
        let pool = plain.node(
            "MaxPool", [relu], "pool",
            [
                "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
                "pads": .integers([1, 1, 1, 1]),
            ])
        let taken = plain.node("Slice", [pool, "zero", "far", "planes", "two"], "taken")
        let shortcut = plain.node("Pad", [taken, "pads"], "shortcut")
        let second = plain.node(
            "Conv", [pool, plain.weights("w2", [8, 4, 3, 3])], "second",
            ["strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])
        let scaled = plain.node("Mul", [second, plain.weights("m", [8, 1, 1], around: 1)], "scaled")
        let sum = plain.node("Add", [scaled, shortcut], "sum")
        let mean = plain.node("GlobalAveragePool", [sum], "mean")
        let shape = plain.node("Shape", [mean], "shape")
        plain.integers("first", [0])
        let batch = plain.node("Gather", [shape, "first"], "batch")
        plain.integers("rest", [-1])
        let wanted = plain.node("Concat", [batch, "rest"], "wanted", ["axis": .integer(0)])
        let flat = plain.node("Reshape", [mean, wanted], "flat")
        let product = plain.node("MatMul", [flat, plain.weights("fc", [8, 2])], "product")
        let logits = plain.node("Add", [product, plain.weights("fcb", [2])], "logits")
        plain.node("Softmax", [logits], "out", ["axis": .integer(-1)])

        var odd = TinyONNX()
        odd.opset = 9
        odd.inputShape = [1, 8, 8, 3]
        odd.inputType = 2
        let floats = odd.node("Cast", ["data"], "floats", ["to": .integer(1)])
        let planes = odd.node("Transpose", [floats], "planes", ["perm": .integers([0, 3, 1, 2])])
        let centred = odd.node("Sub", [planes, odd.floats("half", [3, 1, 1], [1, 2, 3])], "centred")
        let divided = odd.node("Div", [centred, odd.floats("dev", [1], [58])], "divided")
        let same = odd.node("Identity", [odd.node("Dropout", [divided], "dropped")], "same")
        let oddConv = odd.node(
            "Conv", [same, odd.weights("ow", [2, 3, 1, 1])], "oddConv", ["auto_pad": .text("VALID")])
        let average = odd.node("AveragePool", [oddConv], "average", ["kernel_shape": .integers([8, 8])])
        let squeezed = odd.node("Squeeze", [average], "squeezed", ["axes": .integers([2, 3])])
        let constant = odd.node("Constant", [], "constant", ["value": .integersTensor([1, -1])])
        let filled = odd.node(
            "ConstantOfShape", [odd.integers("three", [3])], "filled", ["value": .integersTensor([4])])
        let joined = odd.node("Concat", [constant, filled], "joined", ["axis": .integer(0)])
        odd.node("Unsqueeze", [joined], "unsqueezed", ["axes": .integers([0])])
        odd.node("Flatten", ["unsqueezed"], "flattened")
        odd.node("ReduceMean", [oddConv], "reduced", ["axes": .integers([2, 3]), "keepdims": .integer(0)])
        odd.node(
            "Gemm", [squeezed, odd.weights("g", [2, 2]), odd.weights("gb", [2])], "out",
            ["transB": .integer(1)])
        return [plain.bytes, odd.bytes]
    }()

    private static let fileCount =
        ProcessInfo.processInfo.environment["TILESCOPE_TEST_FUZZ"].flatMap { Int($0) } ?? 4000

    /// One of our networks as others write it, and as we do with a contract at the end. Only their ends are ever damaged:
    /// between them lie 300 kB of weights.
    private static func wholes() throws -> [[UInt8]] {
        let network = try TestNetworks.network("cifar-resnet8-v1a")
        let model = Model(
            architecture: network.architecture, classes: ["a", "b", "c"],
            weights: TestNetworks.weights(of: network))
        return [
            try MXNetStyle(of: network, weights: model.weights).bytes(), try model.onnxBytes(),
        ]
    }

    @Test func theSeedsAreUnderstoodUpToTheNetwork() {
        for seed in Self.seeds {
            let error = #expect(throws: Malformed.self) {
                _ = try Model(importingONNX: seed, contract: .init(classes: ["a", "b"]))
            }
            #expect(
                error?.reason.contains("one of our networks") == true
                    || error?.reason.contains("convolutions") == true, "\(error?.reason ?? "")")
        }
    }

    @Test(arguments: UInt64(0)..<8) func damagedFilesAreRefusedOrRead(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var readCount = 0
        for _ in 0..<Self.fileCount / 8 {
            var bytes = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)]
            Self.damage(&bytes, using: &random)
            do throws(Malformed) {
                _ = try Model(importingONNX: bytes, contract: .init(classes: ["a", "b"], inputSize: 8))
                readCount += 1
            } catch {
                #expect(!error.reason.isEmpty && error.reason.count < 2000)
            }
        }
        #expect(readCount == 0)
    }

    @Test(arguments: UInt64(0)..<4) func damagedNetworksAreRefusedOrRead(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let wholes = try Self.wholes()
        for index in 0..<max(10, Self.fileCount / 400) {
            let whole = wholes[index % wholes.count]
            var (head, tail) = (Array(whole[..<6000]), Array(whole[(whole.count - 600)...]))
            if Bool.random(using: &random) {
                Self.damage(&head, using: &random)
            } else {
                Self.damage(&tail, using: &random)
            }
            _ = try? Model(
                importingONNX: head + whole[6000..<whole.count - 600] + tail,
                contract: .init(classes: ["a", "b", "c"]))
        }
    }

    /// Changes bytes, cuts, repeats or moves parts.
    private static func damage(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard bytes.count > 8 else { return }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let length = min(bytes.count - place, Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes.removeSubrange(place..<place + length)
            case 1: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 3:
                // A large number where a small one stood.
                bytes.replaceSubrange(
                    place..<place + 1, with: [UInt8](repeating: 0xFF, count: 8) + [0x7F])
            case 4: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 5:
                let from = Int.random(in: 0...bytes.count - length, using: &random)
                for index in 0..<length { bytes[place + index] = bytes[from + index] }
            case 6: bytes[place] &+= UInt8.random(in: 1...3, using: &random)
            default: bytes[place] = .random(in: 0...255, using: &random)
            }
        }
    }
}
