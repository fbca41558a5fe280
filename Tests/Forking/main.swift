import Commands
import Foundation

/// `tilescope`, loaded once and run often. To load its libraries takes more time than most of the commands that tests run.
///
/// Each line of standard input asks for a run, which a fork of this process becomes: its arguments, the folder that it runs
/// in, and the files for its standard streams. The answer is a line with its status as `wait` gives it.
private struct Run: Decodable {
    var arguments: [String]
    var folder: String
    var input: String
    var output: String
    var errors: String

    /// Becomes the run.
    func begin() -> Never {
        guard open(input, O_RDONLY, as: STDIN_FILENO), open(output, O_WRONLY, as: STDOUT_FILENO),
            open(errors, O_WRONLY, as: STDERR_FILENO), chdir(folder) == 0
        else { fatalError("\(self): \(String(cString: strerror(errno)))") }
        Tilescope.prepareStreams()
        Tilescope.runToEnd(arguments)
    }

    private func open(_ path: String, _ mode: Int32, as stream: Int32) -> Bool {
        let file = Foundation.open(path, mode | O_APPEND)
        return file >= 0 && dup2(file, stream) == stream && close(file) == 0
    }
}

/// Gives this process the order of dictionaries and sets of its own that each process has. Without it, runs would agree
/// where they depend on an order. Before anything is hashed.
private func shuffleHashing() {
    guard let seeds = dlsym(nil, "_swift_stdlib_Hashing_parameters") else {
        fatalError("this Swift has its seeds of hashing elsewhere")
    }
    arc4random_buf(seeds, 16)
}

// Here nothing is decoded, hashed or started: a fork has only the thread that forks.
while let line = readLine() {
    let process = fork()
    guard process >= 0 else { fatalError(String(cString: strerror(errno))) }
    if process == 0 {
        shuffleHashing()
        try JSONDecoder().decode(Run.self, from: Data(line.utf8)).begin()
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
        guard errno == EINTR else { fatalError(String(cString: strerror(errno))) }
    }
    print(status)
    fflush(nil)
}
