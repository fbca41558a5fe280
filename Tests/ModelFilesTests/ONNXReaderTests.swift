import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// What single nodes of a file may say.
@Suite struct ONNXReaderTests {
    private func fault(_ file: TinyONNX, _ contract: ForeignContract = .init(classes: ["a", "b"])) -> String?
    {
        do throws(Malformed) {
            _ = try Model(importingONNX: file.bytes, contract: contract)
            return nil
        } catch {
            return error.reason
        }
    }

    private func expectFault(_ file: TinyONNX, _ words: String, _ place: SourceLocation = #_sourceLocation) {
        let fault = fault(file)
        #expect(fault?.contains(words) == true, "\(fault ?? "none")", sourceLocation: place)
    }

    /// A file of one node on the input.
    private func file(
        _ op: String, _ inputs: [String] = ["data"],
        _ attributes: KeyValuePairs<String, TinyONNX.Attribute> = [:], opset: Int = 13,
        _ prepare: (inout TinyONNX) -> Void = { _ in }
    ) -> TinyONNX {
        var file = TinyONNX()
        file.opset = opset
        prepare(&file)
        file.node(op, inputs, "out", attributes, name: "the one")
        return file
    }

    @Test(arguments: ["LSTM", "ConvTranspose", "Tanh", "QuantizeLinear"])
    func anUnknownOperatorIsNamed(op: String) {
        expectFault(file(op), "node \(op) \"the one\": this operator is not supported")
    }

    @Test(arguments: [
        ("QuantizeLinear", "import the floating-point model"),
        ("QLinearConv", "import the floating-point model"),
        ("ConvInteger", "import the floating-point model"), ("FusedConv", "from before the optimisation"),
    ]) func saysWhichFileToImportInstead(op: String, words: String) {
        expectFault(file(op), words)
    }

    @Test func namesOfAFileCannotDisturbATerminal() {
        var file = TinyONNX()
        file.node("Bad\u{1B}[2J", ["data"], "out", name: String(repeating: "long", count: 100))
        let fault = fault(file) ?? ""
        #expect(!fault.contains("\u{1B}") && fault.count < 300, "\(fault)")
    }

    @Test func convolutionsThatOursAreNotAreRefused() {
        func convolution(
            _ attributes: KeyValuePairs<String, TinyONNX.Attribute>, shape: [Int] = [4, 3, 3, 3]
        ) -> TinyONNX {
            file("Conv", ["data", "w"], attributes) { _ = $0.weights("w", shape) }
        }
        expectFault(convolution(["group": .integer(3)]), "groups")
        expectFault(convolution(["dilations": .integers([2, 2])]), "dilated")
        expectFault(convolution(["strides": .integers([1, 2])]), "its strides are [1, 2]")
        expectFault(convolution(["strides": .integers([0, 0])]), "strides")
        expectFault(convolution(["strides": .integers([.max, .max])]), "impossible length")
        expectFault(convolution(["pads": .integers([0, 0, 1, 1])]), "not the same on all sides")
        expectFault(convolution(["pads": .integers([.max, .max, .max, .max])]), "impossible length")
        expectFault(
            convolution(["auto_pad": .text("SAME_UPPER"), "strides": .integers([2, 2])]), "auto_pad")
        expectFault(convolution([:], shape: [4, 3, 3, 1]), "square kernels")
        expectFault(convolution([:], shape: [4, 3, 9]), "shape [4, 3, 9]")
        expectFault(convolution([:], shape: [4, 5, 3, 3]), "cannot take inputs")
        expectFault(convolution(["kernel_shape": .integers([1, 1])]), "kernel_shape")
    }

    @Test func batchNormsInTrainingAreRefused() {
        func norm(_ attributes: KeyValuePairs<String, TinyONNX.Attribute>, variance: Float = 1) -> TinyONNX {
            file("BatchNormalization", ["data", "s", "s", "s", "v"], attributes) {
                _ = $0.weights("s", [3])
                $0.floats("v", [3], [variance, 1, 1])
            }
        }
        expectFault(norm(["training_mode": .integer(1)]), "training mode")
        expectFault(norm([:], variance: -1), "variances are not positive")
        expectFault(norm([:], variance: .nan), "variances are not positive")
    }

    @Test func otherPoolsAreRefused() {
        expectFault(
            file("AveragePool", ["data"], ["kernel_shape": .integers([2, 2])]),
            "only the mean over all pixels")
        expectFault(file("MaxPool", ["data"], ["kernel_shape": .integers([2, 3])]), "not square")
        expectFault(
            file(
                "MaxPool", ["data"],
                ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]), "ceil_mode": .integer(1)]),
            "ceil_mode")
        expectFault(file("ReduceMean", ["data"], ["axes": .integers([1])]), "only the mean over all pixels")
        expectFault(
            file("ReduceMean", ["data"], ["axes": .integers([.min, .max])]), "only the mean over all pixels")
    }

    @Test func valuesMustBeMadeBeforeTheyAreRead() {
        expectFault(file("Relu", ["nothing"]), "no earlier node computes its input \"nothing\"")
        expectFault(file("Relu", []), "no input 0")
        var twice = file("Relu")
        twice.node("Relu", ["data"], "out")
        expectFault(twice, "the name of another value")
        var other = file("Relu")
        other.output = "elsewhere"
        expectFault(other, "no node computes its output \"elsewhere\"")
    }

    @Test func inputsMustBePictures() {
        for (shape, words) in [
            ([-1, 3, 8], "3 axes"), ([-1, 1, 8, 8], "1 channels"), ([-1, 3, 8, 9], "squares"),
            ([-1, 3, -1, -1], "--input-size"), ([-1, 3, 0, 0], "0x0"),
            ([-1, 3, 1 << 40, 1 << 40], "is 1099511627776x"),
        ] {
            var file = file("Relu")
            file.inputShape = shape
            expectFault(file, words)
        }
        var file = file("Relu")
        file.inputType = 7
        expectFault(file, "neither floats nor bytes")
    }

    @Test func tensorsMustBeWhole() {
        func weights(_ shape: [Int], type: Int = 1, data: [UInt8] = [], external: [(String, String)] = [])
            -> TinyONNX
        {
            file("Conv", ["data", "w"]) { $0.tensor("w", shape, type: type, data: data, external: external) }
        }
        expectFault(weights([4, 3, 3, 3], data: [1, 2, 3]), "has 3 bytes of data, not 432")
        expectFault(weights([1 << 40, 1 << 40, 1, 1]), "impossible shape")
        expectFault(weights([0, 1 << 31, 1 << 31, 1 << 31]), "impossible shape")
        expectFault(weights([-1, 3, 1, 1]), "impossible shape")
        expectFault(weights([1, 1, 1, 1, 1, 1, 1, 1, 1]), "impossible shape")
        expectFault(weights([1], type: 8), "ONNX's type 8")
        expectFault(weights([0, 3, 1, 1]), "cannot take inputs")
        expectFault(weights([1], external: [("location", "other.bin")]), "other.bin")
    }

    @Test(arguments: ["/etc/hosts", "../w.bin", "a/../../w.bin", ""]) func otherFilesMustLieBeside(
        location: String
    ) throws {
        let folder = try TemporaryFolder()
        let file = file("Conv", ["data", "w"]) {
            $0.tensor("w", [1, 3, 1, 1], type: 1, data: [], external: [("location", location)])
        }
        let path = try folder.write(file.bytes, to: "m.onnx")
        let error = try #require(throws: ModelFileError.self) { _ = try Model(importingONNX: path) }
        #expect(error.cause.contains("not a file beside it"), "\(error)")
    }

    @Test func aLinkBesideMustNotLeadElsewhere() throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        let target = try other.write([UInt8](repeating: 0, count: 12), to: "w.bin")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("w.bin"), withDestinationPath: target)
        let file = file("Conv", ["data", "w"]) {
            $0.tensor("w", [1, 3, 1, 1], type: 1, data: [], external: [("location", "w.bin")])
        }
        let path = try folder.write(file.bytes, to: "m.onnx")
        let error = try #require(throws: ModelFileError.self) { _ = try Model(importingONNX: path) }
        #expect(error.cause.contains("a link that leads out of the folder"), "\(error)")
        #expect(try other.names == ["w.bin"])
    }

    @Test func whatLiesBesideMustBeLongEnough() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([1, 2, 3, 4], to: "w.bin")
        for (place, words) in [
            ([("location", "w.bin")], "needs 12 bytes at offset 0"),
            ([("location", "w.bin"), ("offset", "-1")], "at offset \"-1\""),
            ([("location", "w.bin"), ("offset", "9223372036854775807")], "needs 12 bytes"),
            ([("location", "w.bin"), ("length", "4")], "needs 12"), ([("location", "none")], "No such file"),
        ] {
            let file = file("Conv", ["data", "w"]) {
                $0.tensor("w", [1, 3, 1, 1], type: 1, data: [], external: place)
            }
            let path = try folder.write(file.bytes, to: "m.onnx")
            let error = try #require(throws: ModelFileError.self) { _ = try Model(importingONNX: path) }
            #expect(error.cause.contains(words), "\(error)")
        }
    }

    @Test func shapesThatCannotBeAreRefused() {
        func shaped(_ op: String, _ values: [Int], _ words: String, opset: Int = 13) {
            expectFault(file(op, ["data", "s"], opset: opset) { $0.integers("s", values) }, words)
        }
        shaped("Reshape", [1 << 40, 1 << 40], "impossible shape")
        shaped("Reshape", [7, -1], "to [7, -1]")
        shaped("Reshape", [-1], "only features can be flattened")
        shaped("Reshape", [0, 0, 0, 0, 0], "an axis that does not exist")
        shaped("Squeeze", [9], "no axes [9]")
        shaped("Squeeze", [1], "removes an axis")
        shaped("Unsqueeze", [.max], "no axes")
        shaped("Unsqueeze", Array(0..<9), "adds 9 axes")
        expectFault(file("Flatten", ["data"], ["axis": .integer(.min)]), "no axis")
        expectFault(file("Transpose", ["data"], ["perm": .integers([0, 0, 1, 2])]), "perm")
        expectFault(file("Transpose", ["data"], ["perm": .integers([0, 1, 3, 2])]), "transposes images")
        expectFault(
            file("ConstantOfShape", ["s"]) { $0.integers("s", [1 << 20]) }, "makes 1048576 elements")
        expectFault(
            file("Div", ["s", "z"]) {
                $0.integers("s", [.min])
                $0.integers("z", [-1])
            }, "overflow")
        expectFault(
            file("Range", ["a", "b", "c"]) {
                $0.integers("a", [0])
                $0.integers("b", [1 << 50])
                $0.integers("c", [1])
            }, "its start, limit and delta")
    }

    @Test func padsAndSlicesThatOursAreNotAreRefused() {
        func pad(_ pads: [Int], _ words: String) {
            expectFault(file("Pad", ["data", "p"]) { $0.integers("p", pads) }, words)
        }
        pad([0, 0, 1, 1, 0, 0, 2, 2], "not the same on both sides")
        pad([0, 1, 1, 1, 0, 1, 1, 1], "planes and channels at once")
        pad([1, 0, 0, 0, 1, 0, 0, 0], "its pads are")
        pad([0, 0, -1, -1, 0, 0, -1, -1], "its pads are")
        pad([0, 0, 1], "its pads are")
        pad([0, 0, 1, 1, 0, 0, 1, 1], "followed by something other")
        func slice(_ starts: [Int], _ steps: [Int], _ words: String) {
            let relu = file("Slice", ["r", "a", "b", "c", "d"]) {
                $0.node("Relu", ["data"], "r")
                $0.integers("a", starts)
                $0.integers("b", [.max, .max])
                $0.integers("c", [2, 3])
                $0.integers("d", steps)
            }
            expectFault(relu, words)
        }
        slice([1, 0], [2, 2], "slices its input")
        slice([0, 0], [0, 2], "do not agree")
        slice([0, 0], [.min, 2], "do not agree")
        slice([0], [2, 2], "do not agree")
        slice([0, 0], [2, 2], "followed by something other")
    }

    // MARK: Small files that would become a large memory

    @Test func tensorsDoNotShareBytesOfOtherFiles() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([UInt8](repeating: 0, count: 40), to: "w.bin")
        for place in ["w.bin", "./w.bin"] {
            let file = file("Conv", ["first", "v"]) {
                $0.tensor("w", [3, 3, 1, 1], type: 1, data: [], external: [("location", "w.bin")])
                $0.tensor("v", [3, 3, 1, 1], type: 1, data: [], external: [("location", place)])
                $0.node("Conv", ["data", "w"], "first")
            }
            let path = try folder.write(file.bytes, to: "m.onnx")
            let error = try #require(throws: ModelFileError.self) { _ = try Model(importingONNX: path) }
            #expect(error.cause.contains("other tensors already use 36 of its 40 bytes"), "\(error)")
        }
    }

    @Test func channelsArePaddedToAsManyAsNetworksHave() {
        var file = TinyONNX()
        file.integers("p", [0, 1 << 16, 0, 0, 0, 1 << 16, 0, 0])
        file.floats("two", [1], [2])
        var x = file.node("Relu", ["data"], "r")
        for index in 0..<1000 { x = file.node("Pad", [x, "p"], "x\(index)") }
        file.node("Mul", [x, "two"], "out")
        expectFault(file, "node Pad \"x0\": it makes 131075 channels")
    }

    @Test func numbersForEachChannelAreCounted() {
        var file = TinyONNX()
        file.integers("p", [0, 32_766, 0, 0, 0, 32_766, 0, 0])
        file.floats("two", [1], [2])
        var x = file.node("Pad", [file.node("Relu", ["data"], "r"), "p"], "padded")
        for index in 0..<600 {
            x = file.node("Relu", [file.node("Mul", [x, "two"], "m\(index)")], "r\(index)")
        }
        file.output = x
        expectFault(file, "node Mul \"m512\": a value computed from its constants is too large")
    }

    @Test func aBiasIsOneRow() {
        func bias(_ op: String, _ shape: [Int]) -> TinyONNX {
            var file = TinyONNX()
            let count = shape.reduce(1, *)
            file.floats("b", shape, [Float](repeating: 0, count: count))
            if op == "Conv" {
                file.node("Conv", ["data", file.weights("w", [count, 3, 1, 1]), "b"], "out")
                return file
            }
            let mean = file.node("Flatten", [file.node("GlobalAveragePool", ["data"], "mean")], "flat")
            let weights = file.weights("w", [3, count])
            if op == "Gemm" {
                file.node("Gemm", [mean, weights, "b"], "out")
            } else {
                file.node("Add", [file.node("MatMul", [mean, weights], "product"), "b"], "out")
            }
            return file
        }
        for op in ["Conv", "Gemm", "MatMul"] {
            for shape in [[4, 1], [2, 2], [4, 1, 1], [1, 1, 4]] {
                expectFault(bias(op, shape), "its bias has the shape \(shape)")
            }
            for shape in [[4], [1, 4]] {
                #expect(fault(bias(op, shape))?.contains("its bias") == false, "\(op) \(shape)")
            }
        }
        expectFault(
            file("Gemm", ["f", "w"]) {
                $0.node("Flatten", [$0.node("GlobalAveragePool", ["data"], "mean")], "f")
                $0.tensor("w", [0, 1 << 30], type: 1, data: [])
            }, "are empty")
    }

    @Test func bytesThatAreNoONNXAreRefused() {
        for bytes in [[], [0], Array("no model".utf8), [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]] {
            #expect(throws: Malformed.self) { _ = try Model(importingONNX: bytes, contract: .init()) }
        }
        expectFault(file("Relu", opset: 6), "its opset is 6")
    }

    // MARK: What it does take

    /// A network of ours that a few unusual nodes begin and end.
    @Test func pixelsMayBeNormalisedInTheGraph() throws {
        let network = try TestNetworks.network("cifar-resnet8-v1a")
        var model = Model(
            architecture: network.architecture, classes: ["a", "b", "c"],
            weights: TestNetworks.weights(of: network))
        model.architecture.preprocessing = Preprocessing(mean: [10, 20, 30], deviation: [2, 4, 8])
        // Our own file without its contract: what is left is what the graph says.
        var bytes = try model.onnxBytes()
        let key = Array("tilescope".utf8)
        let last = try #require(bytes.lastRange(of: key))
        bytes.replaceSubrange(last, with: Array("elsewhere".utf8))
        let imported = try Model(importingONNX: bytes, contract: .init(classes: model.classes))
        #expect(imported.architecture == model.architecture)
        #expect(imported.weights == model.weights)
    }
}

extension [UInt8] {
    /// The last place of a part.
    fileprivate func lastRange(of part: [UInt8]) -> Range<Int>? {
        (0...count - part.count).last { self[$0..<$0 + part.count].elementsEqual(part) }.map {
            $0..<$0 + part.count
        }
    }
}
