import Evaluation
import Figures
import Testing

@Suite struct LearningCurveTests {
    private func arm(_ name: String, _ trials: [[Double]], counts: [Int] = [100, 200, 300])
        -> LearningCurve.Arm
    {
        LearningCurve.Arm(
            name: name, trials: trials.map { zip(counts, $0).map { .init(labelCount: $0, value: $1) } })
    }

    @Test func meansAndPairedDifferences() {
        let ours = arm("margin", [[0.2, 0.5, 0.7], [0.4, 0.5, 0.9]])
        let random = arm("random", [[0.1, 0.3, 0.4], [0.3, 0.3, 0.6]])
        let curve = LearningCurve(measure: "AP", arms: [ours, random])
        let means = curve.means(of: ours)
        #expect(means.map(\.labelCount) == [100, 200, 300])
        #expect(zip(means.map(\.value), [0.3, 0.5, 0.8]).allSatisfy { abs($0 - $1) < 1e-12 })
        // The deviation of 0.2 and 0.4 is 0.1414, over the root of 2.
        #expect(abs(means[0].error - 0.1) < 1e-12)
        let differences = curve.differences(of: ours, from: random)
        #expect(zip(differences.map(\.value), [0.1, 0.2, 0.3]).allSatisfy { abs($0 - $1) < 1e-12 })
        // Seed by seed the difference is the same, however much the seeds differ.
        #expect(differences.allSatisfy { $0.error < 1e-12 })
    }

    @Test func labelsThatAreNeeded() throws {
        let ours = arm("margin", [[0.2, 0.6, 0.8]])
        let curve = LearningCurve(measure: "AP", arms: [ours])
        #expect(try #require(curve.labelCount(of: ours, for: 0.4)) == 150)
        #expect(curve.labelCount(of: ours, for: 0.1) == 100)
        #expect(curve.labelCount(of: ours, for: 0.9) == nil)
    }

    /// On a curve that grows with the logarithm the forecast is exact.
    @Test func expectedGainFollowsTheLogarithm() throws {
        let counts = [100, 200, 400]
        let ours = arm("margin", [counts.map { 0.1 * Double($0).squareRoot().squareRoot() }], counts: counts)
        let logarithmic = arm("margin", [[0.1, 0.2, 0.3]], counts: counts)
        let curve = LearningCurve(measure: "AP", arms: [logarithmic])
        // Doubling brings 0.1.
        #expect(abs(try #require(curve.expectedGain(of: logarithmic, labels: 400)) - 0.1) < 1e-9)
        #expect(try #require(curve.expectedGain(of: ours, labels: 100)) > 0)
        #expect(curve.expectedGain(of: arm("m", [[0.1]], counts: [100]), labels: 100) == nil)
    }

    @Test(arguments: [
        ([0.5, 0.52, 0.51, 0.5, 0.53], "was worth it"), ([0.3, 0.31, 0.3, 0.29, 0.3], "was worse than"),
        ([0.45, 0.36, 0.41, 0.43, 0.37], "told from chance"),
    ]) func saysWhetherItWasWorthIt(ours: [Double], words: String) {
        let random = [0.4, 0.41, 0.39, 0.4, 0.42]
        let curve = LearningCurve(
            measure: "AP",
            arms: [arm("margin", ours.map { [0.1, $0] }), arm("random", random.map { [0.1, $0] })])
        #expect(curve.words.joined(separator: "\n").contains(words), "\(curve.words)")
        #expect(!curve.grid.figures.isEmpty)
    }

    /// Labels are saved only where the difference is no chance.
    @Test(arguments: [
        ([0.5, 0.52, 0.51, 0.5, 0.53], true), ([0.45, 0.36, 0.41, 0.43, 0.37], false),
        ([0.3, 0.31, 0.3, 0.29, 0.3], false),
    ]) func saysSavingsOnlyWhereItWasWorthIt(ours: [Double], areThere: Bool) {
        let random = [0.4, 0.41, 0.39, 0.4, 0.42]
        // Ours is ahead in between, so that it reached the other's end before.
        let curve = LearningCurve(
            measure: "AP",
            arms: [
                arm("margin", ours.map { [0.1, 0.6, $0] }), arm("random", random.map { [0.1, 0.2, $0] }),
            ])
        let words = curve.words.joined(separator: "\n")
        #expect(words.contains("% of them") == areThere, "\(words)")
        let few = LearningCurve(
            measure: "AP", arms: [arm("margin", [[0.1, 0.9]]), arm("random", [[0.1, 0.2]])])
        #expect(!few.words.joined().contains("% of them"))
        // The same number of labels is no saving.
        let late = LearningCurve(
            measure: "AP",
            arms: [
                arm("margin", ours.map { [0.1, $0 + 1e-6] }), arm("random", ours.map { [0.1, $0] }),
            ])
        #expect(!late.words.joined().contains("% of them"), "\(late.words)")
    }

    @Test func theForecastStaysBetweenNothingAndAll() throws {
        let falling = arm("margin", [[0.5, 0.4, 0.3]])
        var curve = LearningCurve(measure: "AP", arms: [falling])
        #expect(curve.expectedGain(of: falling, labels: 100) == 0)
        #expect(curve.words.last?.contains("bring about nothing") == true, "\(curve.words)")
        let steep = arm("margin", [[0.1, 0.97]], counts: [100, 110])
        curve = LearningCurve(measure: "AP", arms: [steep])
        #expect(abs(try #require(curve.expectedGain(of: steep, labels: 100)) - 0.03) < 1e-9)
        #expect(curve.words.last?.contains("+0.030") == true, "\(curve.words)")
        let flat = arm("margin", [[0.9, 0.9015]], counts: [100, 200])
        curve = LearningCurve(measure: "AP", arms: [flat])
        #expect(curve.words.last?.contains("bring about nothing") == true, "\(curve.words)")
    }

    @Test func tooFewSeedsAreSaid() {
        let curve = LearningCurve(
            measure: "AP", arms: [arm("margin", [[0.1, 0.9]]), arm("random", [[0.1, 0.2]])])
        #expect(curve.words.joined().contains("too few seeds"))
        #expect(
            LearningCurve(measure: "AP", arms: [arm("margin", [[]])]).words == ["No round is complete yet."])
    }
}
