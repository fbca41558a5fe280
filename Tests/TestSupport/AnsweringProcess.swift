import Foundation
import Synchronization

/// A program that reads one line of JSON after the other and answers each with one. It ends when its input closes, at
/// the latest when the tests end; so a suite starts it once, for all of its cases.
public final class AnsweringProcess: Sendable {
    public struct HasEnded: Error {
        public var program: String
    }

    private let program: String
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    /// What has come after the last answer.
    private let rest = Mutex(Data())

    /// - Parameter program: the path of an executable.
    public init(_ program: String, _ arguments: [String]) throws {
        self.program = program
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
    }

    /// Asks, and waits for the answer; one question at a time.
    public func answer<Answer: Decodable>(to question: some Encodable) throws -> Answer {
        var line = try JSONEncoder().encode(question)
        line.append(UInt8(ascii: "\n"))
        let answer = try rest.withLock { rest in
            // To write to a pipe that nobody reads would end us too.
            guard process.isRunning else { throw HasEnded(program: program) }
            try input.fileHandleForWriting.write(contentsOf: line)
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest = Data(rest[(end + 1)...]) }
                    return Data(rest[..<end])
                }
                let more = output.fileHandleForReading.availableData
                guard !more.isEmpty else { throw HasEnded(program: program) }
                rest.append(more)
            }
        }
        return try JSONDecoder().decode(Answer.self, from: answer)
    }
}
