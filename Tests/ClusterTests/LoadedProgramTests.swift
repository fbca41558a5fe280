import Cluster
import Files
import Foundation
import TestSupport
import Testing

@Suite struct LoadedProgramTests {
    @Test func aProgramRunsWithoutWhatNoLoaderReads() throws {
        let folder = try TemporaryFolder()
        let program = try Data(contentsOf: URL(filePath: "/proc/self/exe"))
        let loaded = try #require(LoadedProgram.stripped(program))
        // A test program has its symbols and what debuggers want.
        #expect(loaded.count < program.count)
        let path = folder.file("program")
        try LoadedProgram.stripped(Data(contentsOf: URL(filePath: "/bin/sh")))?.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-c", "exit 7"]
        try process.run()
        process.waitForEnd()
        #expect(process.terminationStatus == 7)
        // Once is enough.
        #expect(LoadedProgram.stripped(loaded) == loaded)
    }

    @Test func otherFilesAreLeftAsTheyAre() throws {
        let program = try Data(contentsOf: URL(filePath: "/bin/sh"))
        let loaded = try #require(LoadedProgram.stripped(program))
        for byteCount in [0, 3, 63, 64, 200, loaded.count - 1] {
            #expect(LoadedProgram.stripped(program.prefix(byteCount)) == nil, "\(byteCount)")
        }
        #expect(LoadedProgram.stripped(Data("#!/bin/sh\n".utf8) + program) == nil)
        // A slice begins elsewhere.
        #expect(LoadedProgram.stripped((Data([1, 2]) + program).dropFirst(2)) == loaded)
        // Segments, or their list, that lie nowhere.
        for place in [64 + 8..<64 + 16, 32..<40] {
            for last in [UInt8(0x7F), 0xFF] {
                var damaged = program
                damaged.replaceSubrange(place, with: Array(repeating: 0xFF, count: 7) + [last])
                #expect(LoadedProgram.stripped(damaged) == nil)
            }
        }
    }
}
