import ArgumentParser
import Commands

Tilescope.prepareStreams()
Tilescope.main()
Tilescope.finishOutput()
