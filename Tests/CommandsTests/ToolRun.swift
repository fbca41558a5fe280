import Foundation
import TestSupport
import Testing

/// One run of `tilescope`, as a user starts it.
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

    /// Runs to the end: in a fork of a process in which the tool is loaded, unless it is interrupted or unprivileged.
    ///
    /// - Parameter input: what it reads from standard input.
    /// - Parameter isInterrupted: whether Ctrl-C is pressed when it first shows how far it is.
    /// - Parameter isUnprivileged: whether it has no more rights than anybody, even where the tests are root's.
    /// - Parameter environment: changes to that of the tests; `nil` for variables that it does not have.
    init(
        _ arguments: [String], folder: String? = nil, input: [UInt8] = [], isInterrupted: Bool = false,
        isUnprivileged: Bool = false, environment: [String: String?] = [:]
    ) throws {
        guard isInterrupted || isUnprivileged || !environment.isEmpty || !LoadedTool.isUsed else {
            self = try LoadedTool.run(
                arguments, folder: folder ?? FileManager.default.currentDirectoryPath, input: input)
            return
        }
        try self.init(
            starting: arguments, folder: folder, input: input, isInterrupted: isInterrupted,
            isUnprivileged: isUnprivileged, environment: environment)
    }

    init(exitCode: Int32, output: String, errors: String) {
        (self.exitCode, self.output, self.errors) = (exitCode, output, errors)
    }

    /// Starts the built program.
    private init(
        starting arguments: [String], folder: String?, input: [UInt8], isInterrupted: Bool,
        isUnprivileged: Bool, environment: [String: String?]
    ) throws {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(
            environment.compactMapValues(\.self)
        ) { $1 }
        .filter { environment[$0.key] != .some(nil) }
        let command = (isUnprivileged && geteuid() == 0 ? Self.asNobody : []) + [Self.path] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        let streams = try TemporaryFolder()
        process.standardInput = FileHandle(forReadingAtPath: try streams.write(input, to: "input"))
        defer { withExtendedLifetime(streams) {} }
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
        process.waitForEnd()
        exitCode = process.terminationStatus
    }

    /// Starts the tool and ends it without warning.
    ///
    /// - Parameter environment: what it has besides that of the tests.
    /// - Parameter moment: waits for it, as long as the process runs.
    static func kill(
        _ arguments: [String], folder: String? = nil, environment: [String: String],
        when moment: (Process) throws -> Void
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        try moment(process)
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitForEnd()
        try #require(process.terminationReason == .uncaughtSignal, "it ended before it was killed")
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

extension TemporaryFolder {
    /// Runs the tool in this folder, once for each line, each time to a good end.
    func runTool(_ lines: String...) throws {
        for line in lines {
            let run = try ToolRun(line.split(separator: " ").map(String.init), folder: path)
            try #require(run.exitCode == 0, "\(line): \(run.errors)")
        }
    }
}
