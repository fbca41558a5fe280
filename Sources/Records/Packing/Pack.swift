import Bytes
package import Files
import Foundation

/// What `pack` has done.
package struct PackResult: Sendable {
    /// An image that could not be packed.
    package struct Reject: Hashable, Sendable {
        package var path: String
        package var reason: String
    }
    package var path: String
    /// Images in the packed file.
    package var packedCount: Int
    package var rejectedCount: Int
    package var imageCount: Int
    /// Of the packed file.
    package var byteCount: Int
    /// The list of what was refused; `nil` where nothing was.
    package var quarantinePath: String?
    /// Images that an earlier run had finished already.
    package var resumedCount = 0
    /// Whether the file was there already, made with the same plan.
    package var wasThere = false
}

/// How far `pack` is.
package struct PackProgress: Hashable, Sendable {
    package var finishedCount: Int
    package var rejectedCount: Int
    package var imageCount: Int
}

/// Packs a collection into one file, in its order. The bytes do not depend on `threads`.
///
/// Images that cannot be read are listed beside the file, with the reason, and the rest goes on. A run that was cancelled
/// or killed is gone on with by the next that has the same plan. Memory: a few images for each thread.
///
/// - Parameter file: its path ends as `PackOutput` says; for `.tiles` the plan must crop and resize to the tile's side. Where it
///   replaces, it also replaces what was begun there by another plan.
/// - Throws: `RecordsError` where nothing could be packed, where a file of another plan is there, and, before anything is read,
///   where the disk has no room for tiles; `Cancelled`, which says how many images are done.
package func pack(
    _ collection: ImageCollection, to file: OutputFile, plan: PackPlan, threads: Int,
    job: Job<PackProgress> = Job()
) throws -> PackResult {
    guard let output = PackOutput(path: file.path) else {
        preconditionFailure("a path without a known ending")
    }
    let plan = plan.with(collection)
    let sidecars = RecordSidecars(of: file.path)
    let target = try file.packTarget()
    if !file.replaces {
        if let there = try finished(file.path, target, plan: plan, sidecars: sidecars) { return there }
        try checkNobodyElseHas(
            output.requiredPaths(of: sidecars) + [sidecars.quarantinePath], beside: target)
    }
    var ledger = try PackLedger.open(target, plan: plan, beginsAnew: file.replaces)
    let resumedCount = ledger.entries.count
    var rejectedCount = ledger.rejectedCount
    let transform = plan.transform
    if output == .tiles {
        try checkRoom(forTilesOf: collection, resumedCount, plan.transform, path: file.path, at: target)
    }
    let keys = collection.keys
    var finishedCount = resumedCount
    do {
        try forEachInOrder(
            resumedCount..<collection.count, threads: threads, window: 4 * threads,
            make: { number in
                let item = collection.items[number]
                return Result { () throws(Malformed) in
                    do {
                        let image = try transform.encoded(
                            collection.store.content(of: item), cancellation: job.cancellation)
                        let bytes = try output.encoded(image, of: item, key: keys[number])
                        return (bytes, CRC32C.checksum(bytes.span.bytes))
                    } catch {
                        throw Malformed(error.reason)
                    }
                }
            }, cancellation: job.cancellation,
            use: { number, made in
                switch made {
                case .success(let (bytes, checksum)): try ledger.append(bytes, checksum: checksum)
                case .failure(let refusal):
                    try ledger.append(refusal: refusal.reason)
                    rejectedCount += 1
                }
                finishedCount = number + 1
                job.report(
                    PackProgress(
                        finishedCount: finishedCount, rejectedCount: rejectedCount,
                        imageCount: collection.count))
            })
        var result = PackResult(
            path: file.path, packedCount: ledger.entries.count - rejectedCount, rejectedCount: rejectedCount,
            imageCount: collection.count, byteCount: ledger.byteCount, resumedCount: resumedCount)
        try finish(
            ledger, as: output, collection, to: file, at: target, plan: plan, sidecars: sidecars,
            cancellation: job.cancellation, result: &result)
        return result
    } catch is Cancelled {
        throw Cancelled(
            kept:
                "\(finishedCount) of \(collection.count) images are done; the same command resumes"
        )
    }
}

/// - Throws: where the disk has no room for the tiles. They are written twice: image by image, so that a run can go on, and in the
///   end as a pack.
private func checkRoom(
    forTilesOf collection: ImageCollection, _ resumedCount: Int, _ transform: ImageTransform, path: String,
    at target: String
) throws(RecordsError) {
    let side = transform.shorterSide ?? 0
    let tileByteCount = 3 * side * side
    try checkRoomOfTiles(
        path: path, pixelByteCount: collection.count * tileByteCount, at: target,
        heldByteCount: (2 * collection.count - resumedCount) * tileByteCount)
}

/// What an earlier run with the same plan has made.
private func finished(
    _ path: String, _ target: String, plan: PackPlan, sidecars: RecordSidecars
) throws(RecordsError) -> PackResult? {
    let byteCount: Int
    do throws(FileError) {
        let address = Address(path)
        guard try StoredFile.isThere(address) else { return nil }
        byteCount = try StoredFile(opening: address).byteCount
    } catch {
        throw RecordsError(reading: error)
    }
    guard let meta = try? sidecars.readMeta(), meta.plan == plan, meta.byteCount == byteCount,
        (0...plan.imageCount).contains(meta.recordCount)
    else {
        throw RecordsError(
            code: .cannotWrite, operation: "pack", path: path,
            cause:
                "the file exists and was made from other images or with other settings; give --overwrite to replace it"
        )
    }
    try PackLedger.removeRemains(of: target, plan: plan)
    let rejectedCount = plan.imageCount - meta.recordCount
    return PackResult(
        path: path, packedCount: meta.recordCount, rejectedCount: rejectedCount, imageCount: plan.imageCount,
        byteCount: meta.byteCount, quarantinePath: rejectedCount > 0 ? sidecars.quarantinePath : nil,
        resumedCount: plan.imageCount, wasThere: true)
}

/// Refuses to replace files of other programs: ours lie beside a packed file, or beside one that was begun.
private func checkNobodyElseHas(_ paths: [String], beside target: String) throws(RecordsError) {
    guard !PackLedger.isBegun(target) else { return }
    for other in paths where try isThere(other) {
        throw RecordsError(
            code: .cannotWrite, operation: "write beside the packed file", path: other,
            cause: "it is there already; name another output, or give --overwrite to replace it")
    }
}

private func isThere(_ path: String) throws(RecordsError) -> Bool {
    do { return try StoredFile.isThere(Address(path)) } catch { throw RecordsError(reading: error) }
}

extension OutputFile {
    /// Where a packed file and its ledger lie.
    fileprivate func packTarget() throws(RecordsError) -> String {
        do { return try target() } catch { throw RecordsError(writing: error) }
    }
}

/// Writes what lies beside the file, and the file's name last.
private func finish(
    _ ledger: consuming PackLedger, as output: PackOutput, _ collection: ImageCollection, to file: OutputFile,
    at target: String, plan: PackPlan, sidecars: RecordSidecars, cancellation: Cancellation,
    result: inout PackResult
) throws {
    let entries = ledger.entries
    let rejects = zip(collection.items, entries).compactMap { item, entry -> PackResult.Reject? in
        guard case .refused(let reason) = entry else { return nil }
        return PackResult.Reject(path: collection.store.location(of: item), reason: reason)
    }
    guard result.packedCount > 0 else {
        try sidecars.writeQuarantine(rejects)
        ledger.remove()
        throw RecordsError(
            code: .malformed, operation: "pack", path: collection.path,
            cause: "none of its \(collection.count) images could be read; the first: "
                + "\(rejects.first?.reason ?? ""); all reasons are in \(sidecars.quarantinePath)")
    }
    // All is written before the old file goes, so that a full disk does not cost it.
    let staged = try sidecars.staged()
    let tilesPath = target + ".partial.tiles"
    do {
        result.byteCount = try writeEnd(
            &ledger, as: output, collection, tilesPath: tilesPath, transform: plan.transform,
            sidecars: staged, cancellation: cancellation)
        try staged.writeQuarantine(rejects)
        try staged.write(
            .init(
                classNames: collection.classNames, recordCount: result.packedCount,
                byteCount: result.byteCount, plan: plan))
        if output != .tiles { try ledger.synchronize() }
        // What lies beside the old file must not be taken for a part of it.
        do {
            try removeReplaced(by: output == .tiles ? tilesPath : PackLedger.dataPath(of: target), as: file)
        } catch {
            throw RecordsError(writing: error)
        }
        // Another machine may have been faster; its side files are not ours to replace.
        if !file.replaces, try isThere(file.path) {
            throw RecordsError(
                code: .cannotWrite, operation: "write", path: Address(file.path).description,
                cause: "it is there already; name another output, or give --overwrite to replace it")
        }
        try staged.replace(sidecars)
        if output == .tiles {
            do { try moveFile(tilesPath, to: file) } catch { throw RecordsError(writing: error) }
            ledger.remove()
        } else {
            try ledger.finish(as: file)
        }
    } catch {
        staged.remove()
        unlink(tilesPath)
        throw error
    }
    result.quarantinePath = rejects.isEmpty ? nil : sidecars.quarantinePath
}

/// Writes what only the end of all images allows: their index and checksums, or all of a file of tiles.
///
/// - Returns: bytes of the packed file.
private func writeEnd(
    _ ledger: inout PackLedger, as output: PackOutput, _ collection: ImageCollection, tilesPath: String,
    transform: ImageTransform, sidecars: RecordSidecars, cancellation: Cancellation
) throws -> Int {
    switch output {
    case .records:
        let packed = zip(collection.keys, ledger.entries).compactMap { key, entry in
            if case .packed(let start, _, let checksum) = entry { (key, start, checksum) } else { nil }
        }
        try sidecars.writeIndex(packed.lazy.map { (key: $0.0, start: $0.1) })
        try sidecars.writeChecksums(packed.lazy.map { $0.2 })
    case .tar: try ledger.append(trailer: Tar.end)
    case .tiles:
        return try writeTiles(
            ledger, collection, to: tilesPath, transform: transform, cancellation: cancellation)
    }
    return ledger.byteCount
}

/// - Returns: bytes of the file.
private func writeTiles(
    _ ledger: borrowing PackLedger, _ collection: ImageCollection, to path: String,
    transform: ImageTransform, cancellation: Cancellation
) throws -> Int {
    let side = transform.shorterSide ?? 0
    let writer = try TilePackWriter(
        .replacing(path), tileWidth: side, tileHeight: side, classNames: collection.classNames,
        origin: transform.origin)
    let entries = ledger.entries
    let packed = try ledger.reader()
    for (item, entry) in zip(collection.items, entries) {
        if cancellation.isRequested { throw Cancelled() }
        guard case .packed(let start, let byteCount, _) = entry else { continue }
        let pixels = try packed.read(byteCount, at: start)
        try writer.append(pixels.span, label: item.label)
    }
    try writer.commit()
    do { return try FileReader(path: path).byteCount } catch { throw RecordsError(reading: error) }
}

extension PackLedger {
    fileprivate var rejectedCount: Int {
        entries.reduce(0) { count, entry in if case .refused = entry { count + 1 } else { count } }
    }
}
