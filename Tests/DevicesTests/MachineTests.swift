import Devices
import Engines
import Foundation
import Networks
import Testing

struct MachineTests {
    private let gpu = Machine(device: .accelerator("cuda"))

    private func network() throws -> Network {
        try Network(#require(Architecture(name: "cifar-resnet8-v2", classCount: 3)))
    }

    @Test func choicesAreValuesInJSON() throws {
        var machine = Machine(device: .accelerator("/plugins/plugin.so"), indices: [0, 2], workers: 3)
        let data = try JSONEncoder().encode(machine)
        #expect(String(decoding: data, as: UTF8.self).contains(#"plugin.so""#))
        #expect(try JSONDecoder().decode(Machine.self, from: data) == machine)
        machine.device = .cpu
        #expect(
            try JSONDecoder().decode(Machine.self, from: JSONEncoder().encode(machine)).device == .cpu)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Device.self, from: Data(#""abacus""#.utf8))
        }
        let choice = NumericsChoice(precision: .auto, kernels: .avx512BF16)
        #expect(try JSONDecoder().decode(NumericsChoice.self, from: JSONEncoder().encode(choice)) == choice)
    }

    @Test func autoIsWhatTheKernelsAndTheModelSupport() throws {
        let (network, cpu) = (try network(), Machine())
        var weights = network.initialWeights(seed: 1)
        func precisions(_ kernels: KernelVariant?, _ machine: Machine = Machine()) throws -> [Precision] {
            let choice = NumericsChoice(precision: .auto, kernels: kernels)
            return [
                try machine.trainingPrecision(choice),
                try machine.precision(choice, scoring: network.architecture, weights: weights),
            ]
        }
        #expect(try precisions(.portable) == [.fp32, .fp32])
        #expect(try precisions(nil, gpu) == [.bf16, .bf16])
        for name in try network.inputRangeNames() { weights[name] = Tensor(shape: [1], values: [1]) }
        #expect(try precisions(.portable) == [.fp32, .fp32])
        #expect(try precisions(nil, gpu) == [.bf16, .bf16])
        let best = try #require(try cpu.kernels(NumericsChoice()))
        // Tiles make bf16 the fastest.
        let hasTiles = CPUFacts().instructions.hasPrefix("AVX512_CORE_AMX")
        #expect(try precisions(nil)[1] == (hasTiles ? .bf16 : best.isNative(.int8) ? .int8 : .fp32))
    }

    @Test func refusesWhatMakesNoSense() throws {
        func code(_ machine: Machine, _ choice: NumericsChoice) -> DeviceError.Code? {
            #expect(throws: DeviceError.self) { try machine.check(choice) }?.code
        }
        #expect(code(gpu, NumericsChoice(precision: .int8)) == .wrongChoice)
        #expect(code(gpu, NumericsChoice(kernels: .portable)) == .wrongChoice)
        #expect(code(Machine(workers: -1), NumericsChoice()) == .wrongChoice)
        try Machine().check(NumericsChoice(precision: .int8))
        let error = #expect(throws: DeviceError.self) {
            _ = try Machine().trainingEngine(NumericsChoice(precision: .int8))
        }
        #expect(error?.cause == Precision.scoringOnly)
    }

    @Test func givesTheEngineThatWasChosen() throws {
        let network = try network()
        let engine = try Machine(workers: 2).engine(
            NumericsChoice(precision: .fp32, kernels: .portable), scoring: network.architecture, weights: [:])
        #expect(engine.numerics.precision == .fp32 && engine.numerics.kernels == "portable")
        #expect(engine.description.contains("2 workers"))
        #expect(try Machine().trainingEngine(NumericsChoice()).abilities.contains(.training))
        #expect(try !Machine().engine(.int8).abilities.contains(.training))
    }

    @Test func matchesNumericsOrSaysWhatDiffers() throws {
        let (network, machine) = (try network(), Machine(workers: 1))
        let weights = network.initialWeights(seed: 1)
        var wanted = try machine.engine(.fp32, kernels: .portable).numerics(
            scoring: network, weights: weights)
        let engine = try machine.engine(matching: wanted, scoring: network, weights: weights)
        #expect(try engine.numerics(scoring: network, weights: weights) == wanted)
        wanted.convolutions["float convolution 9x9/1 1→1 of 9x9"] = "direct"
        let error = #expect(throws: DeviceError.self) {
            _ = try machine.engine(matching: wanted, scoring: network, weights: weights)
        }
        #expect(error?.code == .notHere && error?.cause.contains("9x9") == true)
        wanted.library = "oneDNN 9.9.9"
        #expect(throws: EngineError.self) {
            _ = try machine.engine(matching: wanted, scoring: network, weights: weights)
        }
    }

    @Test func devicesAreSharedOutEvenly() throws {
        #expect(try Machine().share(1, of: 2, deviceCount: 3) == Machine())
        #expect(try gpu.share(0, of: 2, deviceCount: 3).indices == [0, 1, 2])
        var machine = gpu
        machine.indices = [4]
        #expect(try machine.share(1, of: 2, deviceCount: 1).indices == [4])
        machine.indices = [0, 1, 2, 3]
        #expect(try machine.share(1, of: 2, deviceCount: 2).indices == [2, 3])
        let error = #expect(throws: DeviceError.self) { _ = try machine.share(1, of: 3, deviceCount: 2) }
        #expect(error?.description.contains("cannot be divided evenly") == true)
    }
}
