import Foundation
import TestSupport
import Testing

/// A short run of the fuzzer; `make fuzz` is the long one.
@Test func damagedFilesOfEveryKindAreReadOrRefused() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: ToolRun.path(of: "tilescope-fuzz"))
    process.arguments = ["--inputs", "\(Effort.either(30, orLong: 300))", "--work", folder.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitForEnd()
    #expect(process.terminationStatus == 0, "\(lines)")
}
