public import Foundation

extension Process {
    /// Waits for the end of a program that was started, without the run loop that Foundation's own way makes on the waiting thread and
    /// wakes by timers from other threads: in hundreds of tests side by side, whose threads come and go, one such timer once ended all.
    public func waitForEnd() {
        var information = siginfo_t()
        // Foundation's thread takes the status: here it is only looked at. If it was faster, there is nothing to wait for.
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        // Until that thread has noticed, too.
        while isRunning { usleep(500) }
    }
}
