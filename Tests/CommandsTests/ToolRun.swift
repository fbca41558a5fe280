import Foundation

/// One run of the built `tilescope`, as a user starts it.
struct ToolRun {
    var exitCode: Int32
    /// What it wrote to standard output.
    var output: String
    /// What it wrote to standard error.
    var errors: String

    static let path = path(of: "tilescope")

    /// Programs lie beside the tests.
    static func path(of name: String) -> String {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name)
            .path(percentEncoded: false)
    }

    /// Runs to the end.
    ///
    /// - Parameter input: what it reads from standard input, at most as much as a pipe holds; else it inherits ours.
    /// - Parameter isInterrupted: whether Ctrl-C is pressed when it first shows how far it is.
    /// - Parameter isUnprivileged: whether it has no more rights than anybody, even where the tests are root's.
    init(
        _ arguments: [String], folder: String? = nil, input: [UInt8] = [], isInterrupted: Bool = false,
        isUnprivileged: Bool = false
    ) throws {
        let process = Process()
        let command = (isUnprivileged && geteuid() == 0 ? Self.asNobody : []) + [Self.path] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        let (output, errors) = (Pipe(), Pipe())
        if !input.isEmpty {
            let pipe = Pipe()
            process.standardInput = pipe
            try pipe.fileHandleForWriting.write(contentsOf: Data(input))
            try pipe.fileHandleForWriting.close()
        }
        (process.standardOutput, process.standardError) = (output, errors)
        if isInterrupted { Self.letSignalsThrough() }
        try process.run()
        var shown = Data()
        if isInterrupted {
            shown = errors.fileHandleForReading.availableData
            process.interrupt()
        }
        // What is printed fits the pipe of standard error, so that reading one after the other cannot block.
        self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shown += errors.fileHandleForReading.readDataToEndOfFile()
        self.errors = String(decoding: shown, as: UTF8.self)
        process.waitUntilExit()
        exitCode = process.terminationStatus
    }

    private static let asNobody = [
        "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
    ]

    /// Whether an unprivileged run can be started here.
    static let obeysPermissions = (try? ToolRun(["--version"], isUnprivileged: true))?.exitCode == 0

    /// A process inherits the signals that its starter blocks, and threads of Dispatch block all.
    static func letSignalsThrough() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGHUP, SIGTERM] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
