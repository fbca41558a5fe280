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
        #expect(AuditEstimate.labelsToHalve([stratum]) == nil)
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
        // By scipy 1.17: the mean of two gamma distributions, then the root of the sum of squares.
        #expect(near(count.wrong, 3.087, 69.820) && near(count.missed, 1.007, 98.785))
        #expect(near(count.objects, 46.682, 180.580))
        let precision = try #require(count.precision)
        #expect(
            precision.estimate == 0.8 && abs(precision.lower - 0.302) < 0.01
                && abs(precision.upper - 0.969) < 0.01)
        let recall = try #require(count.recall)
        #expect(abs(recall.estimate - 0.8) < 1e-9 && recall.lower < 0.6 && recall.upper > 0.95)
        let more = try #require(AuditEstimate.labelsToHalve([found, below]))
        #expect((60...400).contains(more), "\(more)")
    }

    private func near(_ bounds: CountBounds, _ lower: Double, _ upper: Double) -> Bool {
        abs(bounds.lower - lower) < 0.1 && abs(bounds.upper - upper) < 0.1
    }

    /// What is missed in one stratum without detections.
    private func missed(_ counts: [Int], of cellCount: Int) -> LabelledStratum {
        LabelledStratum(
            cellCount: cellCount, detectionCount: 0,
            cells: counts.map { .init(detectionCount: 0, objectCount: $0) })
    }

    @Test func nothingFoundIsNotNothingThere() {
        let below = missed([Int](repeating: 0, count: 100), of: 9000)
        let count = AuditEstimate([below], detectionCount: 0)
        // The rule of three: 3 of 100, of 9,000.
        #expect(count.objects.estimate == 0 && count.objects.lower == 0)
        #expect(abs(count.objects.upper - 267.676) < 0.1, "\(count.objects.upper)")
        #expect(count.precision == nil && count.recall == nil)
        // Whoever finds nothing in another stratum too, which was looked at more closely, knows no less.
        let other = missed([Int](repeating: 0, count: 20), of: 1000)
        #expect(AuditEstimate([below, other], detectionCount: 0).objects == count.objects)
    }

    @Test func objectsInGroupsAreLessCertain() {
        let alike = AuditEstimate([missed([1, 1, 0, 1, 0, 1, 1, 0, 1, 0], of: 1000)], detectionCount: 0)
            .objects
        let clustered = AuditEstimate([missed([0, 0, 0, 6, 0, 0, 0, 0, 0, 0], of: 1000)], detectionCount: 0)
            .objects
        #expect(alike.estimate == 600 && clustered.estimate == 600)
        #expect(abs(alike.lower - 310.5) < 1 && abs(alike.upper - 1140.2) < 2, "\(alike)")
        #expect(abs(clustered.lower - 11.6) < 1 && abs(clustered.upper - 2676) < 5, "\(clustered)")
    }

    @Test func cellsThatAreAllAlikeDoNotShowHowOthersDiffer() {
        let count = AuditEstimate([missed([Int](repeating: 1, count: 10), of: 100)], detectionCount: 0)
            .objects
        #expect(count.estimate == 100 && near(count, 81.010, 136.530), "\(count)")
    }

    @Test func whatWasSeenIsThere() {
        let seen = missed([3] + [Int](repeating: 0, count: 199), of: 1000)
        let count = AuditEstimate([seen], detectionCount: 0)
        #expect(count.objects.estimate == 15 && near(count.objects, 3, 53.311), "\(count.objects)")
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
        #expect(
            cells.cell(of: PixelRect(x: width + 5, y: height + 5, width: 9, height: 9)) == cells.count - 1)
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

    private func scene(side: Int = 8) throws -> (scene: AuditScene, state: ScanState) {
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

    @Test(arguments: [20, 60, 150, 400]) func eachStratumGetsSomeAndAllTogetherAreWhatWasAskedFor(count: Int)
        throws
    {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: count, seed: 1)
        #expect(plan.count == count)
        #expect(plan.strata.reduce(0) { $0 + $1.cellCount } == scene.cells.count)
        for stratum in plan.strata {
            #expect(
                stratum.sampledCount >= min(2, stratum.cellCount) && stratum.sampledCount <= stratum.cellCount
            )
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
    @Test(arguments: [0.0, 0.5, 1.0]) func estimatesAreRightOnAverageWhateverTheModelIsWorth(worth: Double)
        throws
    {
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

    /// Looks at every cell and every detection.
    private func plainParts(
        _ plan: AuditPlan, of scene: AuditScene, in polygon: [[Double]]
    ) -> [StratifiedCells.Part] {
        func isInside(_ cell: Int) -> Bool {
            let box = scene.cells.rect(ofCell: cell)
            return [polygon].contains(x: Double(box.x0 + box.x1) / 2, y: Double(box.y0 + box.y1) / 2)
        }
        var parts = [StratifiedCells.Part](repeating: .init(), count: plan.strata.count)
        for cell in 0..<scene.cells.count where isInside(cell) {
            if let stratum = plan.stratum(ofCell: cell, of: scene) { parts[stratum].cellCount += 1 }
        }
        for detection in scene.detections {
            let cell = scene.cells.cell(of: detection.box)
            guard isInside(cell), let stratum = plan.stratum(ofCell: cell, of: scene) else { continue }
            parts[stratum].detectionCounts[detection.label, default: 0] += 1
        }
        return parts
    }

    @Test(arguments: UInt64(0)..<10) func cellsOfPolygonsAgreeWithLookingAtEveryCell(seed: UInt64) throws {
        let (scene, _) = try scene()
        let plan = AuditPlan(of: [scene], count: 100, seed: 1)
        let stratified = try StratifiedCells(of: scene, by: plan, cancellation: Cancellation())
        let centres = scene.cells.centres
        var random = SplitMix64(seed: seed)
        var cellCount = 0
        for round in 0..<30 {
            // Rings that cross themselves and reach beyond the scene, some with a hole; the first one holds the whole scene.
            let polygon =
                round == 0
                ? [[-1.0, -1, 300, -1, 300, 300, -1, 300]]
                : (0...round % 2).map { _ in
                    (0..<2 * Int.random(in: 3...8, using: &random)).map { _ in
                        Double.random(in: -40..<300, using: &random)
                    }
                }
            let cells = centres.cells(in: polygon)
            let parts = stratified.parts(in: cells)
            #expect(parts == plainParts(plan, of: scene, in: polygon))
            #expect(Set(cells.joined()).count == cells.joined().count)
            cellCount += parts.reduce(0) { $0 + $1.cellCount }
        }
        #expect(cellCount > 2 * scene.cells.count)
        let cancellation = Cancellation()
        cancellation.request()
        #expect(throws: Cancelled.self) {
            try StratifiedCells(of: scene, by: plan, cancellation: cancellation)
        }
    }

    @Test func onlyTheAreaOfTheScanIsDrawnFrom() throws {
        let folder = try TemporaryFolder()
        var scan = TinyScan(scenePath: try folder.scene(width: 260, height: 200).path)
        scan.threshold = 0.6
        scan.selection = WindowSelection(area: ScanArea(x0: 0, y0: 0, x1: 130, y1: 200))
        try scan.run(into: ScanFolder(path: folder.file("found")))
        let state = try ScanFolder(path: folder.file("found")).openToRead()
        let scene = try AuditScene(
            of: state, by: state.context.rule, side: 8, limits: ScanLimits(), cancellation: Cancellation())
        let counted = (0..<scene.cells.count).filter { scene.kind(ofCell: $0) != nil }
        #expect(abs(2 * counted.count - scene.cells.count) <= 2 * scene.cells.rowCount)
        #expect(counted.allSatisfy { scene.cells.rect(ofCell: $0).x0 <= 130 })
        let units = AuditPlan(of: [scene], count: 100, seed: 1).draw(from: [scene])
        #expect(Set(units.map(\.cell)).isSubset(of: counted))
    }
}
