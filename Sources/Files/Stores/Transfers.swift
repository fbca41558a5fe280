import Synchronization

/// How far a file is on its way from a store or into one.
package struct TransferProgress: Hashable, Sendable {
    package var address: Address
    package var isUpload: Bool
    package var doneByteCount: Int
    package var byteCount: Int
}

/// What all transfers of this process report to, and what ends them.
///
/// One for the process: whether an input must be fetched first is known only deep in what reads it.
package enum Transfers {
    private static let job = Mutex(Job<TransferProgress>())

    package static func report(to job: Job<TransferProgress>) { Self.job.withLock { $0 = job } }

    static func report(_ progress: TransferProgress) { job.withLock { $0 }.report(progress) }

    /// Whether the process shall end.
    static var isEnding: Bool { job.withLock { $0 }.isCancelled }

    /// One transfer. A wish to end that was there before it ends it not: what an interrupted job keeps is still to be uploaded.
    struct Watch {
        private let wasEnding = Transfers.isEnding

        /// - Throws: where the process shall end since the transfer began.
        func check(_ operation: String, _ address: Address) throws(FileError) {
            guard Transfers.isEnding, !wasEnding else { return }
            throw FileError(.interrupted, operation, address.description, cause: "interrupted")
        }
    }
}
