public import Files
import Records

/// Writes drawn objects as a pack of 32x32 tiles, one of each class in turn.
///
/// - Parameter job: told the number of tiles drawn. Where it is cancelled, nothing is written.
/// - Throws: `RecordsError`, also, before anything is drawn, where the disk has no room for the pack; `Cancelled`.
public func writeDrawnObjects(
    to output: OutputFile, countPerClass: Int, seed: UInt64, job: Job<Int> = Job()
) throws {
    precondition(countPerClass > 0)
    let classCount = DrawnObjects.classNames.count
    let count = countPerClass * classCount
    let writer = try TilePackWriter(
        output, tileWidth: 32, tileHeight: 32, classNames: DrawnObjects.classNames)
    try writer.checkRoom(pixelByteCount: count * 32 * 32 * 3)
    let batchSize = 100
    for start in stride(from: 0, to: count, by: batchSize) {
        try job.checkCancellation()
        let tiles = concurrentMap(min(batchSize, count - start)) { offset in
            let (index, label) = (start + offset).quotientAndRemainder(dividingBy: classCount)
            return DrawnObjects.image(label: label, index: index, seed: seed)
        }
        for (offset, tile) in tiles.enumerated() {
            try writer.append(tile, label: (start + offset) % classCount)
        }
        job.report(start + tiles.count)
    }
    try writer.commit()
}
