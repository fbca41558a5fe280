import ArgumentParser
import Commands

Tilescope.main()
Tilescope.finishOutput()
