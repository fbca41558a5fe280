import ArgumentParser
import Cluster
import Devices
import Files
import Foundation

/// Scores what it is told to by the program that starts it.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Score ranges of windows for another program, by messages on standard input and output.",
        discussion: """
            For schedulers such as Spark, which start it on the machines of a cluster. It ends with its standard input, and with \
            the process that has started it. docs/worker-protocol.md has the messages.
            """)

    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count"))
    var workers = 1
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
    }

    func run() throws {
        Self.endWithParent()
        signal(SIGPIPE, SIG_IGN)
        // What a library prints must not get among the messages.
        let output = dup(STDOUT_FILENO)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        var worker = Worker(
            machine: Machine(workers: workers), version: Tilescope.configuration.version,
            input: .standardInput, output: FileHandle(fileDescriptor: output))
        try worker.run()
    }

    /// Else it would go on scoring for nobody where the process that has started it was killed.
    private static func endWithParent() {
        let parent = getppid()
        let thread = Thread {
            // The system's own signal for it (prctl) is not one of the calls that Swift can import.
            while getppid() == parent { usleep(200_000) }
            _exit(1)
        }
        thread.start()
    }
}
