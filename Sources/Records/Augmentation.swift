import Pixels

/// How a training sample is varied each time it is seen.
public struct Augmentation: Hashable, Sendable, Codable {
    /// The tile is moved by up to so many pixels in each direction; black moves in.
    public var padding: Int
    /// Left and right change places for one sample in two.
    public var mirror: Bool

    /// - Parameter padding: 0 or more.
    public init(padding: Int, mirror: Bool) {
        precondition(padding >= 0)
        (self.padding, self.mirror) = (padding, mirror)
    }

    public static let none = Augmentation(padding: 0, mirror: false)
    /// He et al. 2015, section 4.2: 4 pixels on each side, and mirror.
    public static let cifar = Augmentation(padding: 4, mirror: true)

    /// The variation of one sample: a function of these three numbers alone.
    ///
    /// - Parameter position: in the epoch's order.
    package func crop(seed: UInt64, epoch: Int, position: Int) -> Crop {
        guard self != .none else { return .whole }
        var random = SplitMix64(seed: seed, stream: epoch, position)
        let (x, y) = (shift(using: &random), shift(using: &random))
        return Crop(x: x, y: y, mirrored: mirror && random.next() >> 63 == 1)
    }

    /// A number in `-padding...padding`.
    private func shift(using random: inout SplitMix64) -> Int {
        Int(random.next().multipliedFullWidth(by: UInt64(2 * padding + 1)).high) - padding
    }
}

/// A tile's own rectangle, moved, perhaps mirrored.
///
/// Black where it leaves the tile, as 0 bytes *before* the preprocessing: what `RandomCrop(32, padding=4)` of
/// torchvision does when it stands, as usual, before `ToTensor` and `Normalize`.
package struct Crop: Hashable {
    /// In pixels to the right.
    package var x: Int
    /// In pixels down.
    package var y: Int
    package var mirrored: Bool

    package init(x: Int, y: Int, mirrored: Bool) { (self.x, self.y, self.mirrored) = (x, y, mirrored) }

    package static let whole = Crop(x: 0, y: 0, mirrored: false)

    /// Copies a tile through the crop, row by row.
    ///
    /// - Parameter source: the tile's first byte to its last; rows are `stride` bytes apart.
    /// - Parameter target: `height * width * 3` bytes.
    func copy(
        _ source: UnsafeRawBufferPointer, stride: Int, into target: UnsafeMutableBufferPointer<UInt8>,
        width: Int, height: Int
    ) {
        precondition(target.count == width * height * 3)
        guard let to = target.baseAddress, let from = source.baseAddress else { return }
        // Columns and rows of the target whose source lies inside the tile.
        let columns = max(0, -x)..<max(0, -x, min(width, width - x))
        let rows = max(0, -y)..<max(0, -y, min(height, height - y))
        if columns.count < width || rows.count < height { target.update(repeating: 0) }
        guard !columns.isEmpty, !rows.isEmpty else { return }
        precondition(source.count >= (rows.upperBound + y - 1) * stride + (columns.upperBound + x) * 3)
        for row in rows {
            let sourceRow = from + (row + y) * stride + (columns.lowerBound + x) * 3
            if mirrored {
                let bytes = sourceRow.assumingMemoryBound(to: UInt8.self)
                var pixel = to + (row * width + width - 1 - columns.lowerBound) * 3
                for column in 0..<columns.count {
                    (pixel[0], pixel[1], pixel[2]) = (
                        bytes[3 * column], bytes[3 * column + 1], bytes[3 * column + 2]
                    )
                    pixel -= 3
                }
            } else {
                UnsafeMutableRawPointer(to + (row * width + columns.lowerBound) * 3)
                    .copyMemory(from: sourceRow, byteCount: columns.count * 3)
            }
        }
    }
}
