import Files
package import Foundation
import Synchronization

/// A program that was started as a child of this process, without a shell.
///
/// The child has a pipe as its standard input, which ends when it shall end: by `cancel`, and by the system when this process ends in
/// whatever way. A thread of its own reads what the child writes, and waits for it. The child gets nothing else that is open here.
package final class ChildProgram: Sendable {
    /// How a child has ended.
    package struct End: Hashable, Sendable {
        /// `nil` where a signal has ended it.
        package var exitCode: Int32?
        package var signal: Int32?
        /// The last of what it has written to standard error.
        package var errors: String

        package init(exitCode: Int32?, signal: Int32?, errors: String) {
            self.exitCode = exitCode
            self.signal = signal
            self.errors = errors
        }
    }

    /// How long a child may go on after it was asked to end.
    package struct Patience: Hashable, Sendable {
        package var untilTerminated: Duration
        package var untilKilled: Duration

        package init(untilTerminated: Duration = .seconds(20), untilKilled: Duration = .seconds(60)) {
            self.untilTerminated = untilTerminated
            self.untilKilled = untilKilled
        }
    }

    private struct Input {
        /// The writing end of the child's standard input; `nil` once it is closed.
        var descriptor: Int32?
        var cancelledAt: ContinuousClock.Instant?
    }

    package let processID: pid_t
    private let input: Mutex<Input>
    private let patience: Patience

    /// Starts it.
    ///
    /// - Parameter path: of an executable.
    /// - Parameter niceness: how much less processor time than others it gets.
    /// - Parameter line: called on the child's thread with each line of its standard output.
    /// - Parameter end: called there once, after all lines, when the child is gone.
    package init(
        starting path: String, _ arguments: [String], niceness: Int32 = 0, patience: Patience = Patience(),
        line: @escaping @Sendable (String) -> Void = { _ in }, end: @escaping @Sendable (End) -> Void
    ) throws {
        var pipes = ChildPipes()
        processID = try pipes.start(path, arguments)
        if niceness != 0 {
            // It runs as well without; its threads take it from the first one.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(processID), niceness)
        }
        input = Mutex(Input(descriptor: pipes.takeInput()))
        self.patience = patience
        let (output, errors) = pipes.takeOutputs()
        let thread = Thread { [self] in
            var reading = ChildReading(output: output, errors: errors, line: line)
            let status = wait(for: &reading)
            closeInput()
            // As `WIFEXITED` has it, which Swift does not import.
            let signal = status & 0x7F
            end(
                End(
                    exitCode: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal == 0 ? nil : signal,
                    errors: reading.lastErrors))
        }
        thread.start()
    }

    deinit { closeInput() }

    /// Asks it to end: at once by the end of its standard input, then by SIGTERM, then by SIGKILL.
    package func cancel() {
        input.withLock { if $0.cancelledAt == nil { $0.cancelledAt = .now } }
        closeInput()
    }

    private func closeInput() {
        let descriptor = input.withLock { input in
            defer { input.descriptor = nil }
            return input.descriptor
        }
        if let descriptor { close(descriptor) }
    }

    /// Between two looks whether the child has ended, or has to be ended.
    private static let pauseMilliseconds: Int32 = 250

    /// Reads until the child is gone.
    ///
    /// - Returns: its status, as `waitpid` gives it.
    private func wait(for reading: inout ChildReading) -> Int32 {
        var status: Int32 = 0
        var signalsSent = 0
        while true {
            // Its pipes close when it ends, so that this wakes then.
            if reading.isOpen { reading.read(milliseconds: Self.pauseMilliseconds) } else { usleep(2000) }
            let ended = waitpid(processID, &status, WNOHANG)
            if ended == processID {
                // What it has started may hold the pipes open: only what is there is read.
                reading.drain()
                return status
            }
            if ended < 0, errno != EINTR { return status }
            // Nobody else waits for it, so that the number is still its own.
            if let since = input.withLock({ $0.cancelledAt }).map({ ContinuousClock.now - $0 }) {
                if signalsSent < 1, since >= patience.untilTerminated {
                    signalsSent = 1
                    kill(processID, SIGTERM)
                }
                if signalsSent < 2, since >= patience.untilKilled {
                    signalsSent = 2
                    kill(processID, SIGKILL)
                }
            }
        }
    }
}

/// The pipes between this process and a child. None of their ends is inherited by other children.
private struct ChildPipes: ~Copyable {
    /// Reading end, writing end; −1 once somebody else has it, or before it is made.
    private var input: [Int32] = [-1, -1]
    private var output: [Int32] = [-1, -1]
    private var errors: [Int32] = [-1, -1]

    deinit {
        for descriptor in input + output + errors where descriptor >= 0 { close(descriptor) }
    }

    /// Starts the program with the pipes as its standard streams, in a group of its own: Ctrl-C of this process's terminal is not for it.
    mutating func start(_ path: String, _ arguments: [String]) throws -> pid_t {
        // Pairs of sockets, which unlike pipes can be made so from Swift that no other child inherits them.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try check(socketpair(AF_UNIX, kind, 0, &input) == 0 ? 0 : errno, path)
        try check(socketpair(AF_UNIX, kind, 0, &output) == 0 ? 0 : errno, path)
        try check(socketpair(AF_UNIX, kind, 0, &errors) == 0 ? 0 : errno, path)
        var actions = posix_spawn_file_actions_t()
        try check(posix_spawn_file_actions_init(&actions), path)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, stream) in [
            (input[0], STDIN_FILENO), (output[1], STDOUT_FILENO), (errors[1], STDERR_FILENO),
        ] {
            try check(posix_spawn_file_actions_adddup2(&actions, descriptor, stream), path)
        }
        for descriptor in Self.inheritable {
            try check(posix_spawn_file_actions_addclose(&actions, descriptor), path)
        }
        var attributes = posix_spawnattr_t()
        try check(posix_spawnattr_init(&attributes), path)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Dispatch block all signals, and a service ignores some.
        var signals = sigset_t()
        sigemptyset(&signals)
        try check(posix_spawnattr_setsigmask(&attributes, &signals), path)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD] { sigaddset(&signals, signal) }
        try check(posix_spawnattr_setsigdefault(&attributes, &signals), path)
        try check(posix_spawnattr_setpgroup(&attributes, 0), path)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        try check(posix_spawnattr_setflags(&attributes, Int16(flags)), path)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        try check(posix_spawn(&process, path, &actions, &attributes, &words, environ), path)
        for descriptor in [input[0], output[1], errors[1]] { close(descriptor) }
        input[0] = -1
        output[1] = -1
        errors[1] = -1
        return process
    }

    /// What others have opened so that every child would get it, but for the standard streams. One that is closed meanwhile does not
    /// matter.
    private static var inheritable: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { descriptor in
            let flags = fcntl(descriptor, F_GETFD)
            return descriptor > STDERR_FILENO && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }

    mutating func takeInput() -> Int32 {
        defer { input[1] = -1 }
        return input[1]
    }

    mutating func takeOutputs() -> (Int32, Int32) {
        defer {
            output[0] = -1
            errors[0] = -1
        }
        return (output[0], errors[0])
    }

    private func check(_ code: Int32, _ path: String) throws {
        guard code == 0 else {
            throw ChildError(path: path, cause: String(cString: strerror(code)))
        }
    }
}

/// A program could not be started.
package struct ChildError: Error, Hashable, Sendable, CustomStringConvertible {
    package var path: String
    /// The system's own words.
    package var cause: String

    package var description: String { "\(path): cannot start the program: \(cause)" }
}

/// What is read of a child's standard output and error.
private struct ChildReading: ~Copyable {
    private var output: Int32
    private var errors: Int32
    private let line: (String) -> Void
    /// The beginning of a line.
    private var rest: [UInt8] = []
    private var errorBytes: [UInt8] = []
    private static let pieceByteCount = 1 << 16
    /// A longer line is none of those that somebody reads.
    private static let lineByteLimit = 1 << 16
    private static let errorByteLimit = 1 << 14

    init(output: Int32, errors: Int32, line: @escaping (String) -> Void) {
        self.output = output
        self.errors = errors
        self.line = line
    }

    deinit { for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) } }

    var isOpen: Bool { output >= 0 || errors >= 0 }

    /// Its last lines.
    var lastErrors: String { String(decoding: errorBytes, as: UTF8.self) }

    /// Reads what comes within some time.
    ///
    /// - Returns: whether something has come.
    @discardableResult
    mutating func read(milliseconds: Int32) -> Bool {
        // Those that are closed are passed over.
        var streams = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&streams, 2, milliseconds) > 0 else { return false }
        if streams[0].revents != 0 {
            let bytes = Self.piece(of: &output)
            take(bytes)
        }
        if streams[1].revents != 0 {
            errorBytes += Self.piece(of: &errors)
            if errorBytes.count > 2 * Self.errorByteLimit {
                errorBytes.removeFirst(errorBytes.count - Self.errorByteLimit)
            }
        }
        return true
    }

    /// Reads what is there already.
    mutating func drain() {
        // At most so much: something else may go on writing.
        for _ in 0..<1024 where isOpen { if !read(milliseconds: 0) { break } }
        if !rest.isEmpty { line(String(decoding: rest, as: UTF8.self)) }
        rest = []
    }

    /// - Parameter descriptor: becomes −1 at the end of its stream.
    private static func piece(of descriptor: inout Int32) -> [UInt8] {
        let source = descriptor
        var (count, isAtEnd) = (0, false)
        let bytes = [UInt8](unsafeUninitializedCapacity: pieceByteCount) { buffer, filled in
            count = Glibc.read(source, buffer.baseAddress, buffer.count)
            isAtEnd = count == 0 || count < 0 && errno != EINTR && errno != EAGAIN
            filled = max(0, count)
        }
        if isAtEnd {
            close(descriptor)
            descriptor = -1
        }
        return bytes
    }

    private mutating func take(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                line(String(decoding: rest, as: UTF8.self))
                rest.removeAll(keepingCapacity: true)
            } else if rest.count < Self.lineByteLimit {
                rest.append(byte)
            }
        }
    }
}
