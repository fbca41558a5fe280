import Foundation
import TestSupport
import Testing
import Training

@Suite struct EventFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func keepsWhatIsWrittenBehindItsVersion() throws {
        let file = try EventFile(in: folder.path, firstStep: 8, time: 1000.5)
        let scalars = [Event.Scalar("train/loss", 0.25), Event.Scalar("größe", -3e-20)]
        try file.append(Event(wallTime: 1e9 + 0.125, step: 8, content: .scalars(scalars)))
        try file.append(Event(wallTime: 1e9 + 1, step: 1 << 40, content: .scalars([])))
        let entries = try EventReader.entries(of: file.path)
        #expect(
            entries == [
                .init(wallTime: 1000.5, step: 7, fileVersion: "brain.Event:2"),
                .init(wallTime: 1000.5, step: 8, isSessionStart: true),
                .init(
                    wallTime: 1e9 + 0.125, step: 8, scalars: ["train/loss": 0.25, "größe": -3e-20]),
                .init(wallTime: 1e9 + 1, step: 1 << 40),
            ])
    }

    @Test func theNameOfALaterFileComesLater() throws {
        var paths: [String] = []
        for time in [1_700_000_000, 1_700_000_000.5, 1_600_000_000, 1_800_000_000] {
            paths.append(try EventFile(in: folder.path, time: time).path)
        }
        #expect(paths == paths.sorted())
        #expect(Set(paths).count == 4)
        #expect(paths[3].contains("events.out.tfevents.1800000000"))
        #expect(try folder.names.allSatisfy(EventFile.isEventFile))
    }

    @Test func framesEachEntryByLengthAndChecksums() throws {
        let file = try EventFile(in: folder.path, time: 0)
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: file.path)))
        // wall_time is 0.0 and is written; step 0; then the version: 9 + 2 + 2 + 13 bytes.
        #expect(bytes[..<8] == [26, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            Array(bytes[12..<38]) == [9, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 26, 13] + Array("brain.Event:2".utf8))
    }

    @Test func aBrokenByteIsSeen() throws {
        let file = try EventFile(in: folder.path)
        var bytes = try Data(contentsOf: URL(filePath: file.path))
        bytes[20] ^= 1
        try bytes.write(to: URL(filePath: file.path))
        #expect(throws: EventReader.Broken.self) { try EventReader.entries(of: file.path) }
    }

    @Test func saysWhereItCannotBeWritten() {
        let error = #expect(throws: TrainingError.self) { _ = try EventFile(in: folder.path + "/none") }
        #expect(error?.code == .cannotWrite)
        #expect(error?.description.contains("No such file or directory") == true)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func aFullDiskIsAnErrorOfTheEventFile() throws {
        let disk = try SmallDisk(kilobytes: 64)
        let file = try EventFile(in: disk.folder.path)
        let error = #expect(throws: TrainingError.self) {
            for step in 0..<10_000 {
                try file.append(Event(wallTime: 0, step: step, content: .scalars([.init("a", 1)])))
            }
        }
        #expect(error?.code == .noSpace)
        #expect(try EventReader.entries(of: file.path).count > 100)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func whatCannotBeBegunLeavesNothing() throws {
        let disk = try SmallDisk(kilobytes: 8)
        _ = try disk.folder.write([UInt8](repeating: 0, count: 8192), to: "full")
        let error = #expect(throws: TrainingError.self) { _ = try EventFile(in: disk.folder.path) }
        #expect(error?.code == .noSpace)
        #expect(try disk.folder.names == ["full"])
    }
}
