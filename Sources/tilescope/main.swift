import ArgumentParser
import Commands

Tilescope.prepareStreams()
Tilescope.checkArguments()
do {
    var command = try Tilescope.parseAsRoot()
    try command.run()
} catch {
    Tilescope.end(by: error)
}
Tilescope.finishOutput()
