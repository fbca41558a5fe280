import Pixels

/// The views of each window that a scan scores: the window's scores are the means over them.
///
/// The raw value is their number. A scan without views scores each window as it is.
public enum WindowViews: Int, Hashable, Sendable, Codable {
    /// The window as it is and its mirror image.
    case mirrored = 2
    /// Both, turned by 0, 90, 180 and 270 degrees: for scenes from above.
    case mirroredAndTurned = 8

    /// Why a dense scan has none, for people.
    public static let onlyExact =
        "a dense scan has no single windows that could be mirrored; leave out one of the two"

    /// In the order in which their scores are summed.
    var symmetries: [Symmetry] {
        switch self {
        case .mirrored: [.identity, Symmetry(isMirrored: true)]
        case .mirroredAndTurned: Symmetry.all
        }
    }

    /// Those of a scan with or without views.
    static func symmetries(_ views: WindowViews?) -> [Symmetry] { views?.symmetries ?? [.identity] }
}

/// A block as one view shows it. Its windows are cut out of it as they are: the block is turned once, and not each of them.
struct BlockView {
    let symmetry: Symmetry
    let image: Image
    /// What the block covers, in scene pixels.
    private let bounds: PixelRect

    /// - Parameter pixels: what the block's bounds hold.
    init(of pixels: Image, bounds: PixelRect, _ symmetry: Symmetry) {
        self.symmetry = symmetry
        self.bounds = bounds
        image = pixels.transformed(by: symmetry)
    }

    /// Where a part of the scene lies in the view.
    func place(of box: PixelRect) -> PixelRect {
        let inBlock = PixelRect(
            x: box.x0 - bounds.x0, y: box.y0 - bounds.y0, width: box.width, height: box.height)
        return symmetry.place(of: inBlock, width: bounds.width, height: bounds.height)
    }
}

extension [Float] {
    /// The means of lists that stand one after another, each summed in their order: the same bits however windows are
    /// shared out among lists.
    ///
    /// - Parameter listCount: of equal length.
    func means(ofLists listCount: Int) -> [Float] {
        guard listCount > 1 else { return self }
        let length = count / listCount
        var sums = Array(self[..<length])
        for list in 1..<listCount {
            for index in 0..<length { sums[index] += self[list * length + index] }
        }
        return sums.map { $0 / Float(listCount) }
    }
}
