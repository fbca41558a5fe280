public import Logging

/// What happens inside, for whoever looks for a cause: nothing is logged that a caller has to know.
///
/// Libraries log at `debug`, and at `trace` what comes many times a second. Who runs the process decides where it goes, by
/// `LoggingSystem.bootstrap`, before anything else is done. Messages are constant; values stand beside them under the same keys
/// everywhere.
package enum Log {
    /// Tells how bytes are read on this machine and from stores.
    package static let files = Logger(label: "tilescope.files")
    /// Tells how scenes and pictures are opened.
    package static let rasters = Logger(label: "tilescope.rasters")
}

extension Logger {
    /// The usual one of a job.
    public static var tilescope: Logger { Logger(label: "tilescope") }
}
