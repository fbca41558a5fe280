package import Files
import Pixels

/// How many cells and detections each stratum has, in any part of a scene.
///
/// A survey has tens of thousands of polygons, and a scene millions of cells: what a part has is added up from its own cells.
package struct StratifiedCells: Sendable {
    /// What a stratum has in a part of a scene.
    package struct Part: Hashable, Sendable {
        package var cellCount = 0
        /// By label.
        package var detectionCounts: [Int: Int] = [:]

        package init() {}
    }

    private let stratumCount: Int
    /// By cell; `noStratum` for cells that no stratum holds.
    private let strata: [UInt16]
    /// Labels of the detections.
    private let labels: [Int]
    /// The detections by the cell of their centre.
    private let detections: PlacesByCell

    private static let noStratum = UInt16.max
    /// A plan has no more strata.
    package static let stratumLimit = Int(noStratum)

    /// - Parameter plan: of this scene, or of several with this one among them.
    /// - Throws: `Cancelled`.
    package init(of scene: AuditScene, by plan: AuditPlan, cancellation: Cancellation) throws(Cancelled) {
        precondition(plan.strata.count <= Self.stratumLimit)
        stratumCount = plan.strata.count
        var strata = [UInt16](repeating: Self.noStratum, count: scene.cells.count)
        var point = CancellationPoint(cancellation)
        for cell in strata.indices {
            try point.pass()
            if let stratum = plan.stratum(ofCell: cell, of: scene) { strata[cell] = UInt16(stratum) }
        }
        self.strata = strata
        labels = scene.detections.map(\.label)
        detections = PlacesByCell(scene.detections.map { scene.cells.cell(of: $0.box) })
    }

    /// In the order of the strata.
    ///
    /// Cost: O(cells of the part), and O(log *n*) for each range of *n* detections.
    ///
    /// - Parameter ranges: of cells, without one cell twice.
    package func parts(in ranges: [Range<Int>]) -> [Part] {
        var parts = [Part](repeating: Part(), count: stratumCount)
        for range in ranges {
            for stratum in strata[range] where stratum != Self.noStratum {
                parts[Int(stratum)].cellCount += 1
            }
            for (cell, place) in detections.entries(in: range) where strata[cell] != Self.noStratum {
                parts[Int(strata[cell])].detectionCounts[labels[place], default: 0] += 1
            }
        }
        return parts
    }
}
