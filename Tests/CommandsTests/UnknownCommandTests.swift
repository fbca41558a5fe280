import TestSupport
import Testing

/// What is said where a command is misspelt.
@Test(arguments: [
    ("scna a.tif", "tilescope has no command scna; did you mean tilescope scan?"),
    ("help scna", "tilescope has no command scna; did you mean tilescope scan?"),
    ("help bench merg", "did you mean tilescope bench merge?"),
    ("import cifar-10", "tilescope import has no command cifar-10; did you mean tilescope import cifar10?"),
    ("Evaluate m", "did you mean tilescope evaluate?"), ("bench merg", "did you mean tilescope bench merge?"),
    ("xyzzy", "tilescope has no command xyzzy\n  See 'tilescope --help'"),
]) func aMisspeltCommandGetsASuggestion(line: String, words: String) throws {
    let run = try ToolRun(line.split(separator: " ").map(String.init), folder: "/")
    #expect(run.exitCode == 64)
    #expect(run.errors.contains(words), "\(run.errors)")
}

@Test(arguments: ["help", "help scan", "--help", "--version", "scan --help", "import", "bench --help"])
func commandsThatThereAreAreFound(line: String) throws {
    let run = try ToolRun(line.split(separator: " ").map(String.init), folder: "/")
    #expect(run.exitCode == 0, "\(run.errors)")
}
