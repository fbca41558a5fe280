import Foundation

extension Tilescope {
    /// Writes out what was printed, and ends with 1 where it could not be written, as on a full disk. A reader that went
    /// away has seen what it wanted.
    public static func finishOutput() {
        // Of all streams; standard output is the only one that is buffered here.
        let isWritten = fflush(nil) == 0
        let cause = String(cString: strerror(errno))
        var status = stat()
        let isForReader =
            fstat(STDOUT_FILENO, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
        guard !isWritten && !isForReader else { return }
        ProgressLine.tell("Error: cannot write to standard output: \(cause)")
        exit(1)
    }
}
