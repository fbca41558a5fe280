public import Foundation

extension Process {
    /// Waits for the end of a program that was started.
    ///
    /// Foundation's own way runs a loop on the waiting thread, which timers wake from other threads. The threads of tests come and go,
    /// and such a timer seems to have found its loop gone once: all tests ended with it.
    public func waitForEnd() {
        var information = siginfo_t()
        // Foundation's thread takes the status: here it is only looked at. If it was faster, there is nothing to wait for.
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        // Until that thread has noticed, too.
        while isRunning { usleep(500) }
    }
}
