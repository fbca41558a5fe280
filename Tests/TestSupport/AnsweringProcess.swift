import Foundation
import Synchronization

/// A program that reads one line of JSON after the other and answers each with one. It ends when its input closes, at
/// the latest when the tests end; so a suite starts it once, for all of its cases.
public final class AnsweringProcess: Sendable {
    public struct HasEnded: Error {
        public var program: String
    }

    private let program: String
    private let process: pid_t
    private let (input, output): (FileHandle, FileHandle)
    /// What has come after the last answer.
    private let rest = Mutex(Data())

    /// Starts it with nothing open but its standard streams: what other tests have open would stay so as long as it lives, and who
    /// reads a pipe, or waits for a process of Foundation's, waits until all have closed it.
    ///
    /// - Parameter program: the path of an executable.
    public init(_ program: String, _ arguments: [String]) throws {
        let (questions, answers) = (Pipe(), Pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, questions.fileHandleForReading.fileDescriptor, 0)
        posix_spawn_file_actions_adddup2(&actions, answers.fileHandleForWriting.fileDescriptor, 1)
        // Those that are not open do not matter.
        for stream in 3..<Int32(1024) { posix_spawn_file_actions_addclose(&actions, stream) }
        let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var settings = environment.map { strdup($0) } + [nil]
        defer { for text in words + settings { free(text) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, program, &actions, nil, &words, &settings)
        guard error == 0 else { throw POSIXError(.init(rawValue: error) ?? .ENOENT) }
        try questions.fileHandleForReading.close()
        try answers.fileHandleForWriting.close()
        (self.program, self.process) = (program, process)
        (input, output) = (questions.fileHandleForWriting, answers.fileHandleForReading)
    }

    /// Asks, and waits for the answer; one question at a time.
    public func answer<Answer: Decodable>(to question: some Encodable) throws -> Answer {
        var line = try JSONEncoder().encode(question)
        line.append(UInt8(ascii: "\n"))
        let answer = try rest.withLock { rest in
            // To write to a pipe that nobody reads would end us too.
            guard waitpid(process, nil, WNOHANG) == 0 else { throw HasEnded(program: program) }
            try input.write(contentsOf: line)
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest = Data(rest[(end + 1)...]) }
                    return Data(rest[..<end])
                }
                let more = output.availableData
                guard !more.isEmpty else { throw HasEnded(program: program) }
                rest.append(more)
            }
        }
        return try JSONDecoder().decode(Answer.self, from: answer)
    }
}
