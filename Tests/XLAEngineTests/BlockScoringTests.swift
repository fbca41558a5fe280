import Bytes
import Engines
import Networks
import Pixels
import Testing
import XLAEngine

/// Windows that are cut on the device, and networks that run over whole blocks.
@Suite(.enabled(if: TestPlugin.isThere)) struct BlockScoringTests {
    private static let side = 32

    private func network(_ name: String = "cifar-resnet8-v2") throws -> Network {
        try Network(#require(Architecture(name: name, classCount: 7, inputSize: Self.side)))
    }

    private func image(height: Int, width: Int) -> Image {
        var random = SplitMix64(seed: 6)
        let bytes = (0..<height * width * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }

    private func corners(height: Int, width: Int) -> [WindowCorner] {
        stride(from: 0, through: height - Self.side, by: 5).flatMap { y in
            stride(from: 0, through: width - Self.side, by: 7).map { x in WindowCorner(x: x, y: y) }
        }
    }

    private func hostCutScores(
        _ engine: XLAEngine, _ network: Network, _ image: Image, _ corners: [WindowCorner]
    ) throws -> [Float] {
        let pixels = corners.flatMap {
            image.cropped(to: PixelRect(x: $0.x, y: $0.y, width: Self.side, height: Self.side)).pixelsHWC
        }
        let program = try engine.scoringProgram(
            for: network, weights: network.initialWeights(seed: 3), batchSize: 16)
        var scores = [Float](repeating: 0, count: corners.count * 7)
        var span = scores.mutableSpan
        try program.score(pixels.span, into: &span)
        return scores
    }

    private func program(
        _ engine: XLAEngine, _ network: Network, height: Int, width: Int
    ) throws -> any WindowScoringProgram {
        try engine.windowScoringProgram(
            for: network, weights: network.initialWeights(seed: 3),
            blockSize: BlockSize(height: height, width: width), batchSize: 16)
    }

    /// Blocks as large as the program's and smaller ones; windows that fill the last batch and that do not.
    @Test(arguments: [1, 3], [(64, 100), (48, 100), (64, 90), (33, 32)])
    func windowsCutOnTheDeviceHaveTheScoresOfThoseCutOnTheHost(
        deviceCount: Int, size: (height: Int, width: Int)
    ) throws {
        let engine = try TestPlugin.engine(deviceCount: deviceCount)
        let (network, image) = (try network(), image(height: size.height, width: size.width))
        let corners = corners(height: size.height, width: size.width)
        let expected = try hostCutScores(engine, network, image, corners)
        let program = try program(engine, network, height: 64, width: 100)
        var found: [Float] = []
        let isFinished = try program.score(
            corners, of: image.pixelsHWC.span, size: BlockSize(height: size.height, width: size.width)
        ) { windows, scores in
            #expect(windows.lowerBound * 7 == found.count && windows.count * 7 == scores.count)
            found += scores
            return true
        }
        #expect(isFinished && found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func endsWhenNoMoreIsWanted() throws {
        let program = try program(TestPlugin.engine(), network(), height: 64, width: 100)
        let corners = corners(height: 64, width: 100)
        var calls = 0
        let isFinished = try program.score(
            corners, of: image(height: 64, width: 100).pixelsHWC.span,
            size: BlockSize(height: 64, width: 100)
        ) { _, _ in
            calls += 1
            return calls < 2
        }
        #expect(!isFinished && calls == 2)
        #expect(corners.count > 48)
    }

    private func denseScores(
        _ engine: any Engine, _ network: Network, _ blocks: [Image]
    ) throws -> [[Float]] {
        let program = try engine.denseScoringProgram(
            for: network, weights: network.initialWeights(seed: 3),
            blockSize: BlockSize(height: blocks[0].height, width: blocks[0].width), stride: 8)
        return try stride(from: 0, to: blocks.count, by: program.blocksPerCall).flatMap { first in
            let call = blocks[first..<min(first + program.blocksPerCall, blocks.count)]
            return try program.begin(call.map(\.pixelsHWC)).result()
        }
    }

    @Test(arguments: ["cifar-resnet8-v1a", "cifar-resnet8-v2", "cifar-resnet8-pooled"])
    func denseScoresAreTheReferences(name: String) throws {
        let (network, image) = (try network(name), image(height: 48, width: 64))
        let expected = try denseScores(ReferenceEngine(), network, [image])[0]
        let found = try denseScores(TestPlugin.engine(), network, [image])[0]
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-4) }
    }

    @Test func devicesShareTheBlocks() throws {
        let network = try network()
        let blocks = (0..<5).map { index in
            var block = image(height: 48, width: 64)
            block[3, 3] = RGB(UInt8(index), 0, 255)
            return block
        }
        let one = try denseScores(TestPlugin.engine(), network, blocks)
        #expect(Set(one).count == 5)
        #expect(try denseScores(TestPlugin.engine(deviceCount: 2), network, blocks) == one)
    }

    /// A part of a scene with its margin has the scores that it has in the whole.
    @Test func aMarginMakesABlockAPartOfItsScene() throws {
        let network = try network()
        let geometry = try network.denseGeometry()
        let margin = (geometry.reach + 7) / 8 * 8
        let scene = image(height: 64, width: 160)
        let part = PixelRect(x: 48, y: 0, width: 96, height: 64)
        let engine = try TestPlugin.engine()
        let whole = try denseScores(engine, network, [scene])[0]
        let scores = try denseScores(engine, network, [scene.cropped(to: part)])[0]
        var count = 0
        for row in 0..<5 {
            for x in stride(from: 48 + margin, through: 144 - margin - Self.side, by: 8) {
                for label in 0..<7 {
                    let a = scores[(row * 9 + (x - 48) / 8) * 7 + label]
                    let b = whole[(row * 17 + x / 8) * 7 + label]
                    #expect(abs(a - b) < 1e-6)
                    count += 1
                }
            }
        }
        #expect(count > 0)
    }
}
