/// What one machine may use for a scan. Results do not depend on it.
public struct ScanLimits: Hashable, Sendable, Codable {
    /// Bound on the pixels of one block, in number. About four blocks are in memory at a time, at three bytes a pixel; with
    /// views, one of them as often as there are views. A dense scan has blocks of its own, which are part of its task.
    public var blockPixelLimit: Int
    /// Memory for merging, in bytes. Suppression goes strip by strip; a method that needs all candidates at once fails beyond it.
    public var mergeByteCount: Int

    public init(blockPixelLimit: Int = 2 << 20, mergeByteCount: Int = 256 << 20) {
        precondition(blockPixelLimit > 0 && mergeByteCount > 0)
        (self.blockPixelLimit, self.mergeByteCount) = (blockPixelLimit, mergeByteCount)
    }
}
