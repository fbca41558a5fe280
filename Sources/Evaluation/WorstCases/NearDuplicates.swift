public import Records

/// Finds samples that show nearly the same picture.
///
/// Each picture is made small; the signs of the differences between neighbours in grey are 64 bits, which change little when
/// a picture is brightened, scaled or compressed again. Pictures whose bits differ in at most seven places are then compared
/// as small pictures in colour.
///
/// - Source: the bits are those of "difference hashing" (Krawetz 2013).
public struct NearDuplicates: Sendable {
    /// Two samples that look alike.
    public struct Pair: Hashable, Sendable, Codable {
        /// The number of the earlier one in the data.
        public var first: Int
        public var second: Int
        /// The correlation of both small pictures: 1 where they differ in brightness and contrast at most.
        public var correlation: Double
    }

    /// What was found.
    public struct Found: Hashable, Sendable {
        /// The most similar first.
        public var pairs: [Pair]
        /// Whether these are all; else the search ended at the limit.
        public var isComplete: Bool

        /// Nothing, as where nothing was sought.
        public init() { (pairs, isComplete) = ([], true) }
    }

    /// Pairs after which the search ends: data in which most pictures are alike have more than a person looks at.
    public static let pairLimit = 10_000

    private var samples: [Int] = []
    private var bits: [UInt64] = []
    /// `[N, side, side, 3]`
    private var thumbnails: [UInt8] = []

    /// Of each picture's small one.
    private var sums: [Sums] = []

    /// Of all its values.
    private struct Sums {
        var sum = 0
        /// Times the number of values squared.
        var variance = 0

        init(_ values: ArraySlice<UInt8>) {
            var square = 0
            for value in values {
                sum += Int(value)
                square += Int(value) * Int(value)
            }
            variance = square * values.count - sum * sum
        }
    }

    private static let side = 12
    private static let bitDistance = 7

    public init() {}

    /// Adds the pictures of a batch. A picture takes 460 bytes.
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
            sums.append(Sums(thumbnails.suffix(small.count)))
            bits.append(Self.bits(of: Self.shrunk(pixels, from: side, width: 9, height: 8)))
        }
    }

    /// Finds pairs of pictures that look alike.
    ///
    /// Pictures are compared where one of the eight bytes of their bits is the same, as it is in any two within seven bits:
    /// 50,000 pictures take about a second, and twice as many four times as long. Beside the pictures no more is held than
    /// the pairs found.
    ///
    /// - Parameter threshold: the correlation from which on two pictures count as the same.
    /// - Parameter limit: pairs after which the search ends.
    public func pairs(threshold: Double = 0.95, limit: Int = Self.pairLimit) -> Found {
        var found = Found()
        for byte in 0..<8 where found.isComplete {
            addPairs(sharing: byte, threshold: threshold, limit: limit, to: &found)
        }
        found.pairs.sort { ($1.correlation, $0.first, $0.second) < ($0.correlation, $1.first, $1.second) }
        return found
    }

    /// Pairs that share this byte of their bits and none before it.
    private func addPairs(sharing byte: Int, threshold: Double, limit: Int, to found: inout Found) {
        var groups = [[Int]](repeating: [], count: 256)
        for (picture, bits) in bits.enumerated() {
            groups[Int(truncatingIfNeeded: bits >> UInt64(8 * byte) & 0xFF)].append(picture)
        }
        for group in groups {
            for (place, first) in group.enumerated() {
                for second in group[(place + 1)...] {
                    let difference = bits[first] ^ bits[second]
                    guard difference.nonzeroBitCount <= Self.bitDistance,
                        Self.firstEqualByte(difference) == byte
                    else { continue }
                    let correlation = correlation(first, second)
                    guard correlation >= threshold else { continue }
                    guard found.pairs.count < limit else {
                        found.isComplete = false
                        return
                    }
                    found.pairs.append(
                        Pair(first: samples[first], second: samples[second], correlation: correlation))
                }
            }
        }
    }

    private static func firstEqualByte(_ difference: UInt64) -> Int? {
        (0..<8).first { difference >> UInt64(8 * $0) & 0xFF == 0 }
    }

    /// Of all values of both small pictures; two pictures of one colour each count as the same where the colours are.
    private func correlation(_ a: Int, _ b: Int) -> Double {
        let (ofA, ofB) = (sums[a], sums[b])
        let count = Self.side * Self.side * 3
        guard ofA.variance > 0, ofB.variance > 0 else {
            return ofA.variance == ofB.variance && ofA.sum == ofB.sum ? 1 : 0
        }
        var product = 0
        for offset in 0..<count {
            product += Int(thumbnails[a * count + offset]) * Int(thumbnails[b * count + offset])
        }
        return Double(product * count - ofA.sum * ofB.sum)
            / (Double(ofA.variance) * Double(ofB.variance)).squareRoot()
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
