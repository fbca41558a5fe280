package import Bytes

extension SplitMix64 {
    /// A number in `0..<bound`, each as likely, by multiplication (Lemire 2019).
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number in `0..<1`.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Moves a random choice of `count` elements to the front, in random order. Our own loop: the order of the standard
    /// library's `shuffle` may change between versions of Swift.
    mutating func moveSample(_ count: Int, toFrontOf items: inout [UInt32]) {
        for index in 0..<min(count, items.count) {
            items.swapAt(index, index + below(items.count - index))
        }
    }
}

extension SplitMix64 {
    /// Chooses some of `0..<count`, each as likely. O(`count`).
    ///
    /// - Returns: for each whether it is chosen.
    package mutating func sample(_ chosenCount: Int, of count: Int) -> [Bool] {
        var isChosen = [Bool](repeating: false, count: count)
        var left = min(chosenCount, count)
        for index in 0..<count where below(count - index) < left {
            isChosen[index] = true
            left -= 1
        }
        return isChosen
    }
}
