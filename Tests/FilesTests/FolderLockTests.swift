import Files
import Foundation
import TestSupport
import Testing

@Suite struct FolderLockTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func theSecondIsToldWhoIsInTheFolder() throws {
        let first = try FolderLock(folder.path, name: "lock")
        let error = #expect(throws: FileError.self) { _ = try FolderLock(folder.path, name: "lock") }
        #expect(error?.code == .locked && error?.cause.contains("process \(getpid()) ") == true)
        #expect(FolderLock.isHeld(folder.path, name: "lock"))
        withExtendedLifetime(first) {}
    }

    @Test func aLockThatWasLeftBehindKeepsNobodyOut() throws {
        do { _ = try FolderLock(folder.path, name: "lock") }
        #expect(!FolderLock.isHeld(folder.path, name: "lock"))
        _ = try FolderLock(folder.path, name: "lock")
    }

    /// Nobody has the lock of a folder that was removed with its lock and made again.
    @Test func theLockOfARemovedFolderIsNone() throws {
        let first = try FolderLock(folder.path, name: "lock")
        #expect(unlink(folder.file("lock")) == 0)
        _ = try FolderLock(folder.path, name: "lock")
        withExtendedLifetime(first) {}
    }
}
