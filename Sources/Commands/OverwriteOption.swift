import ArgumentParser
import Files

/// Whether what is there already is replaced: one flag for every command that writes.
struct OverwriteOption: ParsableArguments {
    @Flag(
        name: .customLong("overwrite"), help: "Replace what is there already; without this it is an error.")
    var isGiven = false

    /// The command's outputs, to be checked before it works.
    ///
    /// - Parameter inputs: paths and addresses of all that the command reads.
    func outputs(reading inputs: [String?]) -> OutputFiles {
        OutputFiles(inputs: inputs.compactMap { $0.map { Address($0) } }, replaces: isGiven)
    }
}
