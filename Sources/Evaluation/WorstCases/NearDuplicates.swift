public import Records

/// Finds samples that show nearly the same picture.
///
/// Each picture is made small and grey; the signs of the differences between neighbours are 64 bits, which change little
/// when a picture is brightened, scaled or compressed again. Pictures whose bits differ in at most three places are then
/// compared as small pictures in colour.
///
/// - Source: the bits are those of "difference hashing" (Krawetz 2013).
public struct NearDuplicates: Sendable {
    /// Two samples that look alike.
    public struct Pair: Hashable, Sendable, Codable {
        /// The number of the earlier one in the data.
        public var first: Int
        public var second: Int
        /// Root mean square of the differences of both small pictures, in levels of 255.
        public var difference: Double
    }

    private var samples: [Int] = []
    private var bits: [UInt64] = []
    /// `[N, side, side, 3]`
    private var thumbnails: [UInt8] = []

    private static let side = 12
    private static let bitDistance = 3

    public init() {}

    /// Adds the pictures of a batch. About 1.5 kB of memory and 20 µs for each of 32x32 pixels.
    ///
    /// - Parameter samples: their numbers in the data.
    public mutating func add(_ batch: Batch, samples: [Int]) {
        guard batch.count > 0 else { return }
        let byteCount = batch.pixelsNHWC.count / batch.count
        let side = Int((Double(byteCount) / 3).squareRoot())
        self.samples += samples
        for picture in 0..<batch.count {
            let pixels = batch.pixelsNHWC[picture * byteCount..<(picture + 1) * byteCount]
            let small = Self.shrunk(pixels, from: side, width: Self.side, height: Self.side)
            thumbnails += small.map { UInt8($0.rounded()) }
            bits.append(Self.bits(of: Self.shrunk(pixels, from: side, width: 9, height: 8)))
        }
    }

    /// Pairs of pictures, the most similar first.
    ///
    /// Pictures are compared where a quarter of their bits is the same, as any two within three bits have: about O(*n*)
    /// for different pictures.
    ///
    /// - Parameter tolerance: root mean square of the differences up to which two pictures count as the same.
    public func pairs(tolerance: Double = 10) -> [Pair] {
        var found: Set<[Int]> = []
        var pairs: [Pair] = []
        for quarter in 0..<4 {
            let groups = Dictionary(grouping: bits.indices) { bits[$0] >> UInt64(16 * quarter) & 0xFFFF }
            for group in groups.values {
                for (place, first) in group.enumerated() {
                    for second in group[(place + 1)...]
                    where (bits[first] ^ bits[second]).nonzeroBitCount <= Self.bitDistance {
                        let difference = difference(first, second)
                        guard difference <= tolerance, found.insert([first, second]).inserted else {
                            continue
                        }
                        pairs.append(
                            Pair(first: samples[first], second: samples[second], difference: difference))
                    }
                }
            }
        }
        return pairs.sorted { ($0.difference, $0.first, $0.second) < ($1.difference, $1.first, $1.second) }
    }

    private func difference(_ a: Int, _ b: Int) -> Double {
        let count = Self.side * Self.side * 3
        var sum = 0
        for offset in 0..<count {
            let distance = Int(thumbnails[a * count + offset]) - Int(thumbnails[b * count + offset])
            sum += distance * distance
        }
        return (Double(sum) / Double(count)).squareRoot()
    }

    /// Whether each pixel is darker than its right neighbour, of 9x8 pixels.
    private static func bits(of pixels: [Float]) -> UInt64 {
        var bits: UInt64 = 0
        for row in 0..<8 {
            for column in 0..<8 {
                let start = (row * 9 + column) * 3
                let (here, next) = (light(pixels, start), light(pixels, start + 3))
                bits = bits << 1 | (here < next ? 1 : 0)
            }
        }
        return bits
    }

    private static func light(_ pixels: [Float], _ start: Int) -> Float {
        0.299 * pixels[start] + 0.587 * pixels[start + 1] + 0.114 * pixels[start + 2]
    }

    /// Means over rectangles of whole pixels.
    private static func shrunk(_ pixels: ArraySlice<UInt8>, from side: Int, width: Int, height: Int)
        -> [Float]
    {
        var result = [Float](repeating: 0, count: width * height * 3)
        pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<height {
                let rows = row * side / height..<max((row + 1) * side / height, row * side / height + 1)
                for column in 0..<width {
                    let first = column * side / width
                    let columns = first..<max((column + 1) * side / width, first + 1)
                    for channel in 0..<3 {
                        var sum = 0
                        for y in rows {
                            for x in columns { sum += Int(pixels[(y * side + x) * 3 + channel]) }
                        }
                        result[(row * width + column) * 3 + channel] =
                            Float(sum) / Float(rows.count * columns.count)
                    }
                }
            }
        }
        return result
    }
}
