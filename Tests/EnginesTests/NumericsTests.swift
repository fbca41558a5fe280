import Engines
import Foundation
import Testing

struct NumericsTests {
    private let numerics = Numerics(
        engine: "cpu", precision: .fp32, kernels: "avx2", library: "oneDNN 3.2.0", instructions: "AVX2",
        convolutions: ["a": "direct", "b": "winograd"])

    @Test func equalOnesDifferInNothing() throws {
        #expect(numerics.differences(from: numerics).isEmpty)
        let data = try JSONEncoder().encode(numerics)
        #expect(try JSONDecoder().decode(Numerics.self, from: data) == numerics)
    }

    @Test func everyDifferenceIsNamed() {
        let other = Numerics(
            engine: "cuda", precision: .bf16, library: "CUDA 12", instructions: "H100",
            convolutions: ["a": "winograd", "c": "direct"])
        #expect(
            numerics.differences(from: other) == [
                "engine cpu, not cuda", "precision fp32, not bf16", "kernels avx2, not none",
                "library oneDNN 3.2.0, not CUDA 12", "instructions AVX2, not H100",
                "a: direct, not winograd", "b: winograd, not none", "c: none, not direct",
            ])
    }
}
