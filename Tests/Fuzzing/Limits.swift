import Foundation

/// What one input may take. Beyond it the process is ended by a signal, or by memory that it does not get.
enum Limits {
    /// Time of the processor. Time on a clock would count what other processes do.
    private static let seconds = 10
    /// Time on a clock, for an input that waits for ever.
    private static let waitingSeconds: UInt32 = 300
    /// Memory beyond what the process has when it begins.
    private static let byteCount = 1 << 30

    /// Limits the memory from now on; not under a sanitizer, which takes most of the addresses for itself.
    static func set() {
        guard !isSanitized else { return }
        let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = status.split(separator: " ").first.flatMap { Int($0) } ?? 0
        let most = UInt(pages * Int(sysconf(Int32(_SC_PAGESIZE))) + byteCount)
        var limit = rlimit(rlim_cur: most, rlim_max: most)
        precondition(setrlimit(Int32(RLIMIT_AS.rawValue), &limit) == 0)
    }

    static func begin() {
        // Commands ask for signals, and Ctrl-C is to end us.
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
        setTimer(seconds)
        alarm(waitingSeconds)
    }

    static func end() {
        setTimer(0)
        alarm(0)
    }

    private static func setTimer(_ seconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = seconds
        precondition(setitimer(Int32(ITIMER_PROF.rawValue), &timer, nil) == 0)
    }

    private static var isSanitized: Bool {
        ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }
    }
}
