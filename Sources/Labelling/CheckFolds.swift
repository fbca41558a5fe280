/// Parts of photographs, each to be looked at by a model that has learnt from the others.
package enum CheckFolds {
    /// A photograph that is labelled completely.
    package struct Photograph: Hashable, Sendable {
        /// Its number.
        package var index: Int
        /// What its labels are kept under: two files with the same photograph have the same.
        package var source: String
        package var hasObjects: Bool

        package init(index: Int, source: String, hasObjects: Bool) {
            self.index = index
            self.source = source
            self.hasObjects = hasObjects
        }
    }

    /// Parts of about as many photographs with objects and as many without. One that is there twice is in one part: else what a model
    /// has learnt by heart would be measured. Empty where fewer than two different ones show objects.
    ///
    /// - Returns: numbers of photographs, in their order.
    package static func folds(_ photographs: [Photograph], count: Int) -> [[Int]] {
        let full = Self.groups(photographs.filter(\.hasObjects))
        let count = min(count, full.count)
        guard count > 1 else { return [] }
        var folds = [[Int]](repeating: [], count: count)
        for groups in [full, Self.groups(photographs.filter { !$0.hasObjects })] {
            for (place, group) in groups.enumerated() { folds[place % count] += group }
        }
        return folds.map { $0.sorted() }
    }

    /// By source, in the order of sources: it does not depend on names.
    private static func groups(_ photographs: [Photograph]) -> [[Int]] {
        Dictionary(grouping: photographs, by: \.source).sorted { $0.key < $1.key }.map {
            $0.value.map(\.index)
        }
    }
}
