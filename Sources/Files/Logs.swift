public import Logging

/// What happens inside, for whoever looks for a cause: nothing is logged that a caller has to know.
///
/// Libraries log at `debug`, and at `trace` what comes many times a second. Who runs the process decides where it goes, by
/// `LoggingSystem.bootstrap`, before anything else is done. Messages are constant; values stand beside them under the same keys
/// everywhere.
package enum Log {
    /// Of bytes on this machine and in stores.
    package static let files = Logger(label: "tilescope.files")
    /// Of scenes and pictures.
    package static let rasters = Logger(label: "tilescope.rasters")
}

extension Logger {
    /// The usual one of a job.
    public static var tilescope: Logger { Logger(label: "tilescope") }
}
