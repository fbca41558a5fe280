/// Which windows look most like an object among those that they overlap.
///
/// Beside an object that a model is sure of there are windows that show half of it, on which it hesitates. Nobody learns anything from
/// them, and one without the middle of the object would be labelled as background.
///
/// A window is a peak if no peak that looks more like an object shows the same one: non-maximum suppression by the score of the
/// background. Labelled windows count, too. Only what is asked for is decided, and the windows that it depends on: choices need some
/// hundreds of a million.
struct Peaks {
    private enum State: UInt8 { case open, peak, suppressed }

    /// At a stride of half a window, all eight around a window overlap it by more. Objects side by side are farther from each other.
    private static let greatestIoU: Float = 0.1

    private let places: [Candidates.Place]
    private let groups: [Int32]
    private let scores: FloatRows
    private let background: Int
    private let index: PlaceIndex
    /// Items by what `groups` says that they show.
    private var groupMembers: [Int32: [UInt32]] = [:]
    private var states: [State]

    /// - Parameter classes: of the candidates; -1 for those that are not considered.
    /// - Returns: `nil` where there is no background, or nothing has a place.
    init?(_ candidates: Candidates, classes: [Int32]) {
        guard let background = candidates.background, let scores = candidates.scores,
            !candidates.places.isEmpty
        else { return nil }
        (places, groups) = (candidates.places, candidates.groups)
        (self.scores, self.background) = (scores, background)
        index = PlaceIndex(candidates.places) { classes[$0] >= 0 }
        states = .init(repeating: .open, count: candidates.count)
        for item in groups.indices where groups[item] >= 0 && classes[item] >= 0 {
            groupMembers[groups[item], default: []].append(UInt32(item))
        }
    }

    /// - Parameter item: that is considered.
    mutating func contains(_ item: Int) -> Bool {
        // What has to be decided first lies on top. No window is there twice, as each looks more like an object than those below.
        var waiting = [item]
        while let item = waiting.last {
            guard states[item] == .open else {
                waiting.removeLast()
                continue
            }
            var (isSuppressed, best) = (false, Int?.none)
            forEachBetter(than: item) { other in
                switch states[other] {
                case .peak: isSuppressed = true
                case .suppressed: break
                case .open: if best.map({ looksMore(other, $0) }) ?? true { best = other }
                }
                return !isSuppressed
            }
            if isSuppressed {
                states[item] = .suppressed
            } else if let best {
                waiting.append(best)
            } else {
                states[item] = .peak
            }
        }
        return states[item] == .peak
    }

    /// Whether an item looks more like an object than another one. Of equal ones it is the first.
    private func looksMore(_ item: Int, _ other: Int) -> Bool {
        let (own, others) = (doubt(item), doubt(other))
        return own == others ? item < other : own < others
    }

    private func doubt(_ item: Int) -> Float { scores.values[item * scores.width + background] }

    /// Calls `body` for items that show the same object and look more like one, until it returns false.
    private func forEachBetter(than item: Int, _ body: (Int) -> Bool) {
        if !groups.isEmpty, groups[item] >= 0 {
            for other in groupMembers[groups[item]] ?? [] where looksMore(Int(other), item) {
                guard body(Int(other)) else { return }
            }
        }
        index.forEach(near: item) { other in
            guard places[other].iou(with: places[item]) > Self.greatestIoU, looksMore(other, item) else {
                return true
            }
            return body(other)
        }
    }
}
