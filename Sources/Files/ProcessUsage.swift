import Foundation

/// What this process has taken so far.
package enum ProcessUsage {
    /// Time of processors, of all threads, in seconds.
    package static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The most memory that it held, in bytes.
    ///
    /// From the kernel's account of this program; what `getrusage` says includes the process that started it.
    package static var peakMemoryByteCount: Int { memory("VmHWM:") }

    /// The memory that it holds now, in bytes.
    package static var residentByteCount: Int { memory("VmRSS:") }

    private static func memory(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return (line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0) * 1024
    }
}
