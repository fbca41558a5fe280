/// Places values that live for a while in one block of memory, so that those which never live together share it.
struct MemoryPlan {
    /// Bytes that the block must have.
    private(set) var byteCount = 0
    private var placed: [(bytes: Range<Int>, lifetime: ClosedRange<Int>)] = []

    /// One cache line, and a full AVX-512 register.
    static let alignment = 64

    static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }

    /// Reserves memory; first fit, so place the large ones first for a tight plan.
    ///
    /// - Parameter lifetime: first and last moment at which the value is needed, on any clock.
    /// - Returns: the offset in the block.
    mutating func place(byteCount size: Int, lifetime: ClosedRange<Int>) -> Int {
        let size = Self.aligned(size)
        let busy = placed.filter { $0.lifetime.overlaps(lifetime) }.map(\.bytes)
            .sorted { $0.lowerBound < $1.lowerBound }
        var offset = 0
        for bytes in busy {
            if offset + size <= bytes.lowerBound { break }
            offset = max(offset, bytes.upperBound)
        }
        placed.append((offset..<offset + size, lifetime))
        byteCount = max(byteCount, offset + size)
        return offset
    }
}

/// A block of zeroed memory on a 64-byte boundary.
///
/// `@unchecked Sendable`: it only owns the memory; who may write what when is the schedule's matter: workers write
/// disjoint parts within a phase and meet at a barrier before anyone reads what another wrote.
final class MemoryBlock: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = max(byteCount, MemoryPlan.alignment)
        start = .allocate(byteCount: self.byteCount, alignment: MemoryPlan.alignment)
        start.initializeMemory(as: UInt8.self, repeating: 0, count: self.byteCount)
    }

    deinit { start.deallocate() }
}
