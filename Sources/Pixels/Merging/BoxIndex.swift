/// Finds those of many boxes that may overlap another one enough. Boxes may have any size, come and move.
///
/// Each box stands in the cell of its top left corner. Large boxes stand in large cells: a cell of level *n* has a side of
/// √2 · 2ⁿ, and a box stands in the smallest that is not smaller than its longer side. Cells share buckets, so that what is
/// found may lie anywhere, and may be found twice.
struct BoxIndex {
    /// A box's place in the list of its bucket; −1 stands for none.
    private struct Node {
        var next: Int32
        var previous: Int32
        var bucket: UInt32
        var level: UInt32
    }

    private let iouThreshold: Double
    /// Sides of cells by level, and one through them.
    private let sides: [Double]
    private let inverseSides: [Double]
    /// By bucket; −1 where it is empty.
    private var firstNodes: [Int32]
    /// What is left of 64 bits after those of a bucket's number.
    private let bucketShift: UInt64
    private var nodes: [Node] = []
    /// Boxes by level, and a bit for each level that has some.
    private var counts: [Int]
    private var levels: UInt64 = 0

    /// - Parameter capacity: how many boxes will come at most, about.
    /// - Parameter iouThreshold: in `0...1`; only boxes that overlap more matter. That bounds how their sizes differ.
    init(capacity: Int, iouThreshold: Float) {
        // A little less, because an IoU is rounded.
        self.iouThreshold = Double(iouThreshold) * 0.9999
        sides = (0...33).map { Double(1 << $0) * 2.0.squareRoot() }
        inverseSides = sides.map { 1 / $0 }
        counts = sides.map { _ in 0 }
        let bits = max(4, min(24, Int.bitWidth - 1 - capacity.leadingZeroBitCount))
        firstNodes = Array(repeating: -1, count: 1 << bits)
        bucketShift = UInt64(64 - bits)
    }

    /// Adds a box. Its number is the count of those before.
    ///
    /// - Parameter group: boxes of one group see each other.
    mutating func insert(_ box: PixelBox, group: Int32) {
        let level = level(ofSide: max(box.width, box.height))
        nodes.append(Node(next: -1, previous: -1, bucket: 0, level: UInt32(level)))
        link(nodes.count - 1, level, bucket(of: box, level, group))
    }

    /// Says where a box is now.
    mutating func move(_ number: Int, to box: PixelBox, group: Int32) {
        let level = level(ofSide: max(box.width, box.height))
        let bucket = bucket(of: box, level, group)
        let node = nodes[number]
        guard bucket != node.bucket || level != Int(node.level) else { return }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
        if node.previous >= 0 {
            nodes[Int(node.previous)].next = node.next
        } else {
            firstNodes[Int(node.bucket)] = node.next
        }
        counts[Int(node.level)] -= 1
        if counts[Int(node.level)] == 0 { levels &= ~(1 << UInt64(node.level)) }
        link(number, level, bucket)
    }

    /// Calls `body` with the numbers of all boxes of a group whose IoU with a box may be above the threshold, and of some others,
    /// until it returns true.
    @inline(__always)
    func visit(near box: PixelBox, group: Int32, _ body: (Int) -> Bool) {
        let side = max(box.width, box.height)
        let lowest = level(ofSide: side * iouThreshold)
        let highest = iouThreshold > 0 ? level(ofSide: side / iouThreshold) : sides.count - 1
        var rest = levels & ~0 << UInt64(lowest)
        while rest != 0 {
            let level = rest.trailingZeroBitCount
            guard level <= highest else { return }
            rest &= rest - 1
            let columns = cells(box.x0, box.x1, level)
            let rows = cells(box.y0, box.y1, level)
            if Double(columns.count) * Double(rows.count) > Double(nodes.count + 16) {
                for number in nodes.indices where body(number) { return }
                return
            }
            for row in rows {
                for column in columns {
                    var number = firstNodes[Int(bucket(column, row, level, group))]
                    while number >= 0 {
                        if body(Int(number)) { return }
                        number = nodes[Int(number)].next
                    }
                }
            }
        }
    }

    private mutating func link(_ number: Int, _ level: Int, _ bucket: UInt32) {
        let next = firstNodes[Int(bucket)]
        if next >= 0 { nodes[Int(next)].previous = Int32(number) }
        nodes[number] = Node(next: next, previous: -1, bucket: bucket, level: UInt32(level))
        firstNodes[Int(bucket)] = Int32(number)
        counts[level] += 1
        levels |= 1 << UInt64(level)
    }

    /// The cells of a level in which those boxes begin that may overlap what lies between two places enough. Along each axis, two
    /// boxes share a part of the longer side that is not smaller than their IoU.
    @inline(__always)
    private func cells(_ start: Double, _ end: Double, _ level: Int) -> ClosedRange<Int> {
        let common = (end - start) * iouThreshold
        let longest = iouThreshold > 0 ? min(sides[level], (end - start) / iouThreshold) : sides[level]
        let first = roundedDown((start + common - longest) * inverseSides[level])
        return first...max(first, roundedDown((end - common) * inverseSides[level]))
    }

    /// The smallest level whose cells have at least this side.
    @inline(__always)
    private func level(ofSide side: Double) -> Int {
        guard side > sides[0] else { return 0 }
        let level = min(Int(side.exponent), sides.count - 1)
        return side <= sides[level] || level == sides.count - 1 ? level : level + 1
    }

    @inline(__always)
    private func bucket(of box: PixelBox, _ level: Int, _ group: Int32) -> UInt32 {
        bucket(
            roundedDown(box.x0 * inverseSides[level]), roundedDown(box.y0 * inverseSides[level]), level, group
        )
    }

    /// Mixes bits as SplitMix64 does.
    @inline(__always)
    private func bucket(_ column: Int, _ row: Int, _ level: Int, _ group: Int32) -> UInt32 {
        var bits = UInt64(bitPattern: Int64(column)) &* 0x9E37_79B9_7F4A_7C15
        bits ^= UInt64(bitPattern: Int64(row)) &* 0xBF58_476D_1CE4_E5B9
        bits ^= UInt64(UInt32(bitPattern: group)) << 6 | UInt64(level)
        bits = (bits ^ bits &>> 29) &* 0x94D0_49BB_1331_11EB
        return UInt32(bits &>> bucketShift)
    }

    /// The built-in rounding is a call on CPUs of the first 64-bit kind.
    @inline(__always)
    private func roundedDown(_ value: Double) -> Int {
        let whole = Int(value)
        return Double(whole) > value ? whole - 1 : whole
    }
}
