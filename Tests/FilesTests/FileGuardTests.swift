import Files
import Foundation
import TestSupport
import Testing

@Suite struct FileGuardTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func changesWithTheFile() throws {
        let path = try folder.write([1, 2, 3], to: "a")
        let first = try #require(FileGuard(path: path))
        #expect(first.byteCount == 3)
        #expect(FileGuard(path: path) == first)
        var times = [timespec(tv_sec: 5, tv_nsec: 7), timespec(tv_sec: 5, tv_nsec: 7)]
        try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
        #expect(FileGuard(path: path)?.modificationTime == 5_000_000_007)
        _ = try folder.write([1, 2, 3], to: "b")
        #expect(FileGuard(path: folder.file("b"))?.inode != first.inode)
    }

    @Test func isThereForFilesOfThisMachineOnly() {
        #expect(FileGuard(path: folder.file("missing")) == nil)
        #expect(FileGuard(path: folder.path) == nil)
        #expect(FileGuard(path: "/vsimem/a") == nil)
    }
}
