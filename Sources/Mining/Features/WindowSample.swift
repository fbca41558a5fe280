import Bytes
package import Pixels

/// Which windows of scenes are looked at without a model: all, or of many a seeded sample.
package struct WindowSample {
    /// By scene, in pixels of the scene as it is seen, in the order of reading.
    package private(set) var windows: [[PixelRect]] = []
    /// How many there are; `nil` where they are too many to ask each whether it lies in the area.
    package private(set) var totalCount: Int?
    /// Whether some are left out.
    package var isPart: Bool { totalCount.map { $0 > count } ?? true }
    package var count: Int { windows.reduce(0) { $0 + $1.count } }

    /// So many windows are listed; of more, some are drawn. A scene of 200,000 by 200,000 pixels has many million.
    package static let listedLimit = 1 << 20
    /// Windows are drawn at most so often for each that is wanted: most may lie outside the area.
    private static let drawnLimit = 200

    /// - Parameter limit: windows to look at, of all scenes together.
    /// - Parameter listedLimit: for tests.
    package init(
        _ fields: [WindowField], limit: Int, seed: UInt64, listedLimit: Int = Self.listedLimit
    ) {
        var random = SplitMix64(seed: seed, stream: 2)
        let count = fields.reduce(0) { $0 + $1.count }
        if count <= listedLimit {
            windows = fields.map { field in (0..<field.count).compactMap(field.window) }
            let wantedCount = self.count
            totalCount = wantedCount
            guard wantedCount > limit else { return }
            let kept = random.sample(limit, of: wantedCount)
            var first = 0
            for index in windows.indices {
                let all = windows[index]
                windows[index] = all.indices.filter { kept[first + $0] }.map { all[$0] }
                first += all.count
            }
            return
        }
        if !fields.contains(where: \.hasArea) { totalCount = count }
        // The scene of an index among all.
        var ends: [Int] = []
        for field in fields { ends.append((ends.last ?? 0) + field.count) }
        var chosen: Set<Int> = []
        for _ in 0..<Self.drawnLimit * limit where chosen.count < limit {
            let index = random.below(count)
            let scene = Self.scene(of: index, ends)
            guard fields[scene].window(index - (scene > 0 ? ends[scene - 1] : 0)) != nil else { continue }
            chosen.insert(index)
        }
        windows = fields.map { _ in [] }
        for index in chosen.sorted() {
            let scene = Self.scene(of: index, ends)
            let window = fields[scene].window(index - (scene > 0 ? ends[scene - 1] : 0))
            windows[scene] += [window].compactMap(\.self)
        }
    }

    private static func scene(of index: Int, _ ends: [Int]) -> Int {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= index { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
