import Records

/// Writes drawn objects as a pack of 32x32 tiles, one of each class in turn.
///
/// - Parameter progress: gets the number of tiles drawn.
/// - Parameter shouldStop: asked now and then; when it says so, nothing is written and `interrupted` is thrown.
/// - Throws: `RecordsError`, `ScenesError`.
public func writeDrawnObjects(
    to path: String, countPerClass: Int, seed: UInt64, progress: (Int) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
) throws {
    precondition(countPerClass > 0)
    let classCount = DrawnObjects.classNames.count
    let count = countPerClass * classCount
    let writer = try TilePackWriter(
        path: path, tileWidth: 32, tileHeight: 32, classNames: DrawnObjects.classNames)
    let batchSize = 1000
    for start in stride(from: 0, to: count, by: batchSize) {
        if shouldStop() { throw ScenesError.interrupted("draw \(count) tiles", path) }
        let tiles = concurrentMap(min(batchSize, count - start)) { offset in
            let (index, label) = (start + offset).quotientAndRemainder(dividingBy: classCount)
            return DrawnObjects.image(label: label, index: index, seed: seed)
        }
        for (offset, tile) in tiles.enumerated() {
            try writer.append(tile, label: (start + offset) % classCount)
        }
        progress(start + tiles.count)
    }
    try writer.commit()
}
