import Files
import Synchronization

/// Shows how far files are on their way from and into stores, where that takes long.
final class TransferLine: Sendable {
    private let line = Mutex(ProgressLine?.none)
    /// Smaller files are not shown.
    private static let leastByteCount = 32 << 20

    /// Shows the transfers of this process from now on. Ctrl-C ends them, where the command catches it.
    static func begin() {
        let line = TransferLine()
        Transfers.report(to: Job(cancellation: .ofSignals, progress: { line.show($0) }))
    }

    private func show(_ progress: TransferProgress) {
        guard progress.byteCount >= Self.leastByteCount else { return }
        line.withLock { line in
            let current = line ?? ProgressLine()
            let verb = progress.isUpload ? "uploading" : "fetching"
            let (done, all) = (progress.doneByteCount >> 20, progress.byteCount >> 20)
            current.show("\(verb) \(progress.address.description): \(done) of \(all) MiB")
            line = progress.doneByteCount < progress.byteCount ? current : nil
        }
    }
}
