import ArgumentParser
import Commands

Tilescope.main()
