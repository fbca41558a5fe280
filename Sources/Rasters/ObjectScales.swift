import Foundation

extension SceneScale {
    /// How much smaller or larger an object may be seen than those that a network learnt from.
    public static let tolerance = 0.5...1.4

    /// Scenes are not resampled for less.
    private static let negligible = 0.05

    /// Factors at which objects of some sizes look about as large as those that a network learnt from: as few as keep each within
    /// `tolerance` of them.
    ///
    /// - Parameter sizes: from the smallest object to the largest: the longer side, in pixels of the scene.
    /// - Parameter seen: the longer sides that the network learnt from, in pixels that are seen.
    /// - Returns: the largest first, which is that for the smallest objects. There are 16 at most; then the tolerance may be exceeded.
    public static func factors(showing sizes: ClosedRange<Double>, as seen: ClosedRange<Double>) -> [Double] {
        precondition(sizes.lowerBound > 0 && seen.lowerBound > 0)
        let (least, most) = (tolerance.lowerBound * seen.lowerBound, tolerance.upperBound * seen.upperBound)
        let span = sizes.upperBound / sizes.lowerBound
        // What rounding adds asks for no scale more.
        let wanted = (log(span) / log(most / least) - 1e-9).rounded(.up)
        let count = Int(min(Double(ScaleStack.limit), max(1, wanted)))
        let step = pow(span, 1 / Double(count))
        return (0..<count).map { number in
            let smallest = sizes.lowerBound * pow(step, Double(number))
            let largest = smallest * step
            // The middle of the one becomes the middle of the other where that suffices.
            let middle = (seen.lowerBound * seen.upperBound / (smallest * largest)).squareRoot()
            let possible = least / smallest...max(least / smallest, most / largest)
            // A scene that is nearly right is seen as it is: resampling would only blur it.
            if abs(middle - 1) < negligible, possible.contains(1) { return 1 }
            return min(max(middle, possible.lowerBound), possible.upperBound)
        }
    }
}
