import ArgumentParser
import Files
import Foundation

extension Tilescope {
    /// Runs another command in this process, as if somebody had typed it, and shows it.
    static func call(_ arguments: [String]) throws {
        say("\n$ \(DemoPlan.line(arguments))")
        // Before what the command writes to standard error.
        fflush(nil)
        var command = try parseAsRoot(arguments)
        try command.run()
    }
}
