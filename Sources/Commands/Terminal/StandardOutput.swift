import Foundation

extension Tilescope {
    /// Opens nothing in the place of a standard stream that is closed, so that no file of ours gets its number and with it what
    /// is printed. Called before anything else.
    public static func prepareStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

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
