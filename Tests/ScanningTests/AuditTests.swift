import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// What an audit draws, and what it makes of the labels.
@Suite struct AuditTests {
    // MARK: - Bounds

    @Test func boundsOfASmallSampleAreThoseWorkedByHand() {
        // 5 of 10 cells, none marked. With 3 marked ones the chance of that is 21 in 252, half of it 4.2 %; with 4 it is 6 in 252, half of
        // it 1.2 %.
        let none = SharedCellBounds(count: 0, size: 5, cellCount: 10)
        #expect(none.lower == 0 && none.upper == 3)
        let all = SharedCellBounds(count: 5, size: 5, cellCount: 10)
        #expect(all.lower == 7 && all.upper == 10)
        let census = SharedCellBounds(count: 4, size: 10, cellCount: 10)
        #expect(census.lower == 4 && census.upper == 4)
    }

    /// Against the definition, number by number.
    @Test(arguments: UInt64(0)..<40) func boundsAreThoseOfTheHypergeometricDistribution(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let all = Int.random(in: 2...120, using: &random)
        let size = Int.random(in: 1..<all, using: &random)
        let count = Int.random(in: 0...size, using: &random)
        func chance(_ k: Int, _ marked: Int) -> Double {
            guard k <= marked, size - k <= all - marked else { return 0 }
            func logChoose(_ n: Int, _ k: Int) -> Double {
                lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
            }
            return exp(logChoose(marked, k) + logChoose(all - marked, size - k) - logChoose(all, size))
        }
        func tail(_ places: some Sequence<Int>, _ marked: Int) -> Double {
            places.reduce(0) { $0 + chance($1, marked) } + chance(count, marked) / 2
        }
        let possible = count...all - size + count
        let lower = possible.first { tail(stride(from: count + 1, through: size, by: 1), $0) > 0.025 }
        let upper = possible.last { tail(0..<count, $0) > 0.025 }
        let bounds = SharedCellBounds(count: count, size: size, cellCount: all)
        #expect(bounds.lower == lower && bounds.upper == upper, "\(count) of \(size) of \(all)")
    }

    @Test func countsAboveOneSpreadAsTheSampleShows() {
        let alike = CountBounds(of: [1, 1, 0, 1, 0, 1, 1, 0, 1, 0], cellCount: 1000)
        let clustered = CountBounds(of: [0, 0, 0, 6, 0, 0, 0, 0, 0, 0], cellCount: 1000)
        #expect(alike.estimate == 600 && clustered.estimate == 600)
        #expect(clustered.upper - clustered.lower > 2 * (alike.upper - alike.lower))
        #expect(alike.lower > 200 && clustered.lower >= 6)
    }

    // MARK: - Estimates

    @Test func everyCellLabelledGivesTheTruthItself() {
        let stratum = LabelledStratum(
            cellCount: 5, detectionCount: 4,
            cells: [(1, 1), (1, 0), (2, 2), (0, 1), (0, 2)].map {
                .init(detectionCount: $0.0, objectCount: $0.1)
            })
        let count = AuditEstimate([stratum], detectionCount: 4)
        #expect(count.objects == CountBounds(exactly: 6))
        #expect(count.wrong == CountBounds(exactly: 1) && count.missed == CountBounds(exactly: 3))
        #expect(count.precision == CountBounds(exactly: 0.75))
        let recall = count.recall
        #expect(abs((recall?.estimate ?? 0) - 0.5) < 1e-9)
        #expect(abs((recall?.lower ?? 0) - 0.5) < 1e-6 && abs((recall?.upper ?? 0) - 0.5) < 1e-6)
        #expect(count.labelsToHalve == nil)
    }

    @Test func theScanIsCorrectedByTheInverseOfTheChances() throws {
        // 2 of 10 sampled detections are wrong, of 100: 20. In 1 of 50 cells without one an object is missed, of 1,000: 20.
        let found = LabelledStratum(
            cellCount: 100, detectionCount: 100,
            cells: (0..<10).map { .init(detectionCount: 1, objectCount: $0 < 2 ? 0 : 1) })
        let below = LabelledStratum(
            cellCount: 1000, detectionCount: 0,
            cells: (0..<50).map { .init(detectionCount: 0, objectCount: $0 < 1 ? 1 : 0) })
        let count = AuditEstimate([found, below], detectionCount: 100)
        #expect(count.unbiasedEstimate == 100 && count.objects.estimate == 100)
        #expect(count.labelledObjectCount == 9)
        // Each bound by itself, then the root of the sum of squares.
        let wrong = SharedCellBounds(count: 2, size: 10, cellCount: 100)
        let missed = SharedCellBounds(count: 1, size: 50, cellCount: 1000)
        func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        let upper = 100 + root(Double(missed.upper) - 20, 20 - Double(wrong.lower))
        let lower = 100 - root(20 - Double(missed.lower), Double(wrong.upper) - 20)
        #expect(abs(count.objects.upper - upper) < 1e-9 && abs(count.objects.lower - lower) < 1e-9)
        let precision = try #require(count.precision)
        #expect(precision.estimate == 0.8 && precision.lower < 0.6 && precision.upper > 0.9)
        let recall = try #require(count.recall)
        #expect(abs(recall.estimate - 0.8) < 1e-9 && recall.lower < 0.6 && recall.upper > 0.95)
        let more = try #require(count.labelsToHalve)
        #expect((100...400).contains(more), "\(more)")
    }

    @Test func nothingFoundIsNotNothingThere() {
        let below = LabelledStratum(
            cellCount: 9000, detectionCount: 0,
            cells: (0..<100).map { _ in .init(detectionCount: 0, objectCount: 0) })
        let count = AuditEstimate([below], detectionCount: 0)
        // The rule of three: 3 of 100, of 9,000.
        #expect(count.objects.estimate == 0 && count.objects.lower == 0)
        #expect((250...275).contains(count.objects.upper), "\(count.objects.upper)")
        #expect(count.precision == nil && count.recall == nil)
    }

    @Test func whatWasSeenIsThere() {
        let stratum = LabelledStratum(
            cellCount: 1000, detectionCount: 0,
            cells: (0..<200).map { .init(detectionCount: 0, objectCount: $0 < 1 ? 3 : 0) })
        let count = AuditEstimate([stratum], detectionCount: 0)
        #expect(count.objects.lower >= 3 && count.objects.estimate == 15)
    }

    // MARK: - Cells

    @Test(arguments: UInt64(0)..<30) func cellsCoverTheSceneOnce(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (width, height) = (Int.random(in: 1...90, using: &random), Int.random(in: 1...90, using: &random))
        let cells = AuditCells(width: width, height: height, side: .random(in: 1...40, using: &random))
        var owners = [Int](repeating: -1, count: width * height)
        for cell in 0..<cells.count {
            let rect = cells.rect(ofCell: cell)
            #expect(rect.area > 0)
            for y in rect.y0..<rect.y1 {
                for x in rect.x0..<rect.x1 {
                    #expect(owners[y * width + x] == -1)
                    owners[y * width + x] = cell
                    #expect(cells.cell(of: PixelRect(x: x, y: y, width: 1, height: 1)) == cell)
                }
            }
        }
        #expect(!owners.contains(-1))
        #expect(cells.cell(of: PixelRect(x: width + 5, y: height + 5, width: 9, height: 9)) == cells.count - 1)
    }

    // MARK: - Draws

    /// A scan of noise; both classes are found in a few dozen places.
    private static let noise = Result {
        try TemporaryFolder.lasting { folder in
            var scan = TinyScan(scenePath: try folder.scene(width: 260, height: 200).path)
            scan.threshold = 0.6
            try scan.run(into: ScanFolder(path: folder.file("found")))
        }
    }

    private func scene(side: Int? = nil) throws -> (scene: AuditScene, state: ScanState) {
        let state = try ScanFolder(path: Self.noise.get().file("found")).openToRead()
        let scene = try AuditScene(
            of: state, by: state.context.rule, side: side, limits: ScanLimits(), cancellation: Cancellation())
        return (scene, state)
    }

    @Test func allDetectionsAreInCellsThatCountAsFound() throws {
        let (scene, state) = try scene()
        let detections = try state.folder.readDetections()
        #expect(Array(scene.detections) == detections && detections.count > 30)
        for detection in detections {
            #expect(scene.kind(ofCell: scene.cells.cell(of: detection.box)) == .found)
        }
        let counts = scene.counts()
        #expect(counts.values.reduce(0, +) == detections.count)
        #expect(scene.cells.columnCount == 33 && scene.cells.rowCount == 25)
    }

    @Test(arguments: [20, 60, 150, 400]) func eachStratumGetsSomeAndAllTogetherAreWhatWasAskedFor(count: Int) throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: count, seed: 1)
        #expect(plan.count == count)
        #expect(plan.strata.reduce(0) { $0 + $1.cellCount } == scene.cells.count)
        for stratum in plan.strata {
            #expect(stratum.sampledCount >= min(2, stratum.cellCount) && stratum.sampledCount <= stratum.cellCount)
        }
        let units = plan.draw(from: [scene])
        #expect(Set(units.map(\.cell)).count == count)
        for unit in units { #expect(plan.stratum(ofCell: unit.cell, of: scene) == unit.stratum) }
        // All of them where more are asked for than there are.
        #expect(AuditPlan(of: [scene], count: 100_000, seed: 1).count == scene.cells.count)
    }

    @Test func cellsAreDrawnWithTheChancesThatAreWrittenDown() throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: 120, seed: 0)
        var counts = [Int](repeating: 0, count: scene.cells.count)
        let rounds = 1000
        for seed in 0..<rounds {
            for unit in AuditPlan(plan, seed: UInt64(seed)).draw(from: [scene]) { counts[unit.cell] += 1 }
        }
        for cell in counts.indices {
            let stratum = try #require(plan.stratum(ofCell: cell, of: scene))
            let chance = plan.strata[stratum].inclusionProbability
            let deviation = (Double(rounds) * chance * (1 - chance)).squareRoot()
            // Five standard deviations: one of a million cells is beyond.
            #expect(abs(Double(counts[cell]) - Double(rounds) * chance) <= 5 * deviation + 1)
        }
    }

    @Test func aLargerAuditHoldsASmallerOne() throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: 100, seed: 3)
        let units = plan.draw(from: [scene])
        var larger = plan
        larger.extend(to: 260)
        let more = larger.draw(from: [scene], after: plan.strata.map(\.sampledCount))
        #expect(more.count == 260 && Array(more.prefix(100)) == units)
        #expect(Set(more.map(\.cell)).count == 260)
    }

    @Test func whoStopsEarlyHasLabelledEachStratumInProportion() throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: 200, seed: 5)
        let half = Dictionary(grouping: plan.draw(from: [scene]).prefix(100), by: \.stratum)
        for (number, stratum) in plan.strata.enumerated() {
            let count = half[number]?.count ?? 0
            #expect(abs(2 * count - stratum.sampledCount) <= 4, "\(count) of \(stratum.sampledCount)")
        }
    }

    /// Objects that have nothing to do with the detections, as of a model that knows nothing; and some that have.
    @Test(arguments: [0.0, 0.5, 1.0]) func estimatesAreRightOnAverageWhateverTheModelIsWorth(worth: Double) throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: 100, seed: 0)
        var random = SplitMix64(seed: 9)
        let cells = 0..<scene.cells.count
        let detections = scene.counts(inCells: Set(cells)).mapValues { $0.values.reduce(0, +) }
        let objects = cells.map { cell -> Int in
            guard Double.random(in: 0..<1, using: &random) < worth else {
                return Double.random(in: 0..<1, using: &random) < 0.1 ? 1 : 0
            }
            return detections[cell] ?? 0
        }
        var counts = [Int](repeating: 0, count: plan.strata.count)
        for cell in cells {
            counts[try #require(plan.stratum(ofCell: cell, of: scene))] += detections[cell] ?? 0
        }
        let truth = objects.reduce(0, +)
        let rounds = 600
        var (sum, squares, rightCount) = (0.0, 0.0, 0)
        for seed in 0..<rounds {
            let units = Dictionary(
                grouping: AuditPlan(plan, seed: UInt64(seed)).draw(from: [scene]), by: \.stratum)
            let strata = plan.strata.indices.map { stratum in
                LabelledStratum(
                    cellCount: plan.strata[stratum].cellCount, detectionCount: counts[stratum],
                    cells: (units[stratum] ?? []).map {
                        .init(detectionCount: detections[$0.cell] ?? 0, objectCount: objects[$0.cell])
                    })
            }
            let count = AuditEstimate(strata, detectionCount: scene.detectionCount)
            sum += count.unbiasedEstimate
            squares += count.unbiasedEstimate * count.unbiasedEstimate
            if count.objects.lower <= Double(truth), count.objects.upper >= Double(truth) { rightCount += 1 }
        }
        let mean = sum / Double(rounds)
        let error = (max(0, squares / Double(rounds) - mean * mean) / Double(rounds)).squareRoot()
        #expect(abs(mean - Double(truth)) <= 4 * error + 1e-9, "\(mean) for \(truth), error \(error)")
        // 95 % of 600 have a standard deviation of 0.9 %.
        #expect(Double(rightCount) / Double(rounds) > 0.92, "\(rightCount) of \(rounds)")
    }

    @Test func onlyTheAreaOfTheScanIsDrawnFrom() throws {
        let folder = try TemporaryFolder()
        var scan = TinyScan(scenePath: try folder.scene(width: 260, height: 200).path)
        scan.threshold = 0.6
        scan.selection = WindowSelection(area: ScanArea(x0: 0, y0: 0, x1: 130, y1: 200))
        try scan.run(into: ScanFolder(path: folder.file("found")))
        let state = try ScanFolder(path: folder.file("found")).openToRead()
        let scene = try AuditScene(
            of: state, by: state.context.rule, side: nil, limits: ScanLimits(), cancellation: Cancellation())
        let counted = (0..<scene.cells.count).filter { scene.kind(ofCell: $0) != nil }
        #expect(abs(2 * counted.count - scene.cells.count) <= 2 * scene.cells.rowCount)
        #expect(counted.allSatisfy { scene.cells.rect(ofCell: $0).x0 <= 130 })
        let units = AuditPlan(of: [scene], count: 100, seed: 1).draw(from: [scene])
        #expect(Set(units.map(\.cell)).isSubset(of: counted))
    }
}
