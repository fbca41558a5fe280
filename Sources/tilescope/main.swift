import Commands

Tilescope.prepareStreams()
Tilescope.checkArguments()
Tilescope.runToEnd(Array(CommandLine.arguments.dropFirst()))
