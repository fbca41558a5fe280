internal import CGDAL
import Foundation
import Logging

/// A file system of GDAL's over those of stores and web servers, which reads what was asked for or fails.
///
/// GDAL 3.6 takes an answer that was cut off for the end of the file, and keeps the short piece; it does not ask again where
/// several ranges are read at once; and it reads on where the object was replaced, as if the new bytes were the old ones.
/// Under `/vsiwhole/` a short read is asked for again, after a pause, from a cache that was emptied, and each request
/// names the ETag that the file had when it was opened. Read only. Messages of requests that were repeated are forgotten.
enum WholeReads {
    /// Before GDAL's path of a file.
    static let prefix = "/vsiwhole"

    /// Makes it known to GDAL; once for a process.
    static func install() {
        guard let callbacks = VSIAllocFilesystemPluginCallbacksStruct() else { return }
        defer { VSIFreeFilesystemPluginCallbacksStruct(callbacks) }
        callbacks.pointee.stat = { _, name, status, flags in
            guard let name else { return -1 }
            return VSIStatExL("/" + String(cString: name), status, flags)
        }
        callbacks.pointee.open = { _, name, _ in
            guard let name,
                let file = FetchClock.timing({ RepeatedFile(opening: "/" + String(cString: name)) })
            else { return nil }
            return Unmanaged.passRetained(file).toOpaque()
        }
        callbacks.pointee.tell = { RepeatedFile.of($0)?.position ?? 0 }
        callbacks.pointee.seek = { handle, offset, origin in
            guard let file = RepeatedFile.of(handle) else { return -1 }
            file.seek(offset, from: origin)
            return 0
        }
        callbacks.pointee.read = { handle, buffer, size, count in
            guard let file = RepeatedFile.of(handle), let buffer, size > 0 else { return 0 }
            return FetchClock.timing { file.read(into: buffer, size * count) / size }
        }
        callbacks.pointee.read_multi_range = { handle, count, buffers, offsets, sizes in
            guard let file = RepeatedFile.of(handle), let buffers, let offsets, let sizes else { return -1 }
            let isRead = FetchClock.timing {
                file.read(Int(count), buffers: buffers, offsets: offsets, sizes: sizes)
            }
            return isRead ? 0 : -1
        }
        callbacks.pointee.eof = { RepeatedFile.of($0)?.isAtEnd == true ? 1 : 0 }
        callbacks.pointee.close = { handle in
            guard let handle else { return -1 }
            Unmanaged<RepeatedFile>.fromOpaque(handle).release()
            return 0
        }
        // GDAL keeps the pointer.
        VSIInstallPluginHandler(strdup(prefix + "/"), callbacks)
    }

    /// The pause before a request is repeated, which grows.
    ///
    /// - Parameter attempt: from 1 on.
    /// - Returns: false where it is not worth while, or the process shall end.
    static func pause(beforeAttempt attempt: Int) -> Bool {
        guard attempt <= GDAL.retryCount else { return false }
        Log.files.debug("request is repeated", metadata: ["attempt": "\(attempt)"])
        var seconds = GDAL.retryDelay * Double(1 << (attempt - 1))
        while seconds > 0, !Transfers.isEnding {
            // In short naps, so that Ctrl-C is heard.
            usleep(UInt32(min(seconds, 0.1) * 1e6))
            seconds -= 0.1
        }
        return !Transfers.isEnding
    }
}

/// How long each thread has waited for bytes of stores and web servers.
///
/// GDAL reads on the thread that asks it for pixels, so that who reads pixels can tell the waiting from the decoding.
package enum FetchClock {
    /// Has the thread's nanoseconds in the place of a pointer.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()
    private static var nanoseconds: UInt { UInt(bitPattern: pthread_getspecific(key)) }

    /// How long the calling thread has waited since it began.
    package static var seconds: Double { Double(nanoseconds) / 1e9 }

    fileprivate static func timing<Result>(_ body: () -> Result) -> Result {
        let start = ContinuousClock.now
        defer {
            let spent = UInt(max(0, (ContinuousClock.now - start) / .nanoseconds(1)))
            pthread_setspecific(key, UnsafeRawPointer(bitPattern: nanoseconds &+ spent))
        }
        return body()
    }
}

/// One open file, with the state that GDAL's file has.
private final class RepeatedFile {
    private let path: String
    private let byteCount: vsi_l_offset
    /// What the server calls these bytes; `nil` where it has no name for them.
    private let etag: String?
    private var handle: UnsafeMutablePointer<VSILFILE>?
    private(set) var position: vsi_l_offset = 0
    private(set) var isAtEnd = false

    static func of(_ pointer: UnsafeMutableRawPointer?) -> RepeatedFile? {
        pointer.map { Unmanaged<RepeatedFile>.fromOpaque($0).takeUnretainedValue() }
    }

    /// - Parameter path: GDAL's of the file itself.
    init?(opening path: String) {
        // Of an older file of the name nothing shall be left.
        VSICurlPartialClearCache(path)
        guard let handle = VSIFOpenExL(path, "rb", 1) else { return nil }
        VSIFSeekL(handle, 0, SEEK_END)
        let byteCount = VSIFTellL(handle)
        let headers = VSIGetFileMetadata(path, "HEADERS", nil)
        defer { CSLDestroy(headers) }
        let total = CSLFetchNameValue(headers, "Content-Range").map { String(cString: $0) }
        // Replaced between the two requests.
        if let total = total?.split(separator: "/").last.flatMap({ UInt64($0) }), total != byteCount {
            VSIFCloseL(handle)
            return nil
        }
        let etag = CSLFetchNameValue(headers, "ETag").map { String(cString: $0) }
        // A weak one names no bytes.
        self.etag = etag.flatMap { $0.hasPrefix("W/") ? nil : $0 }
        (self.path, self.handle, self.byteCount) = (path, handle, byteCount)
    }

    /// A header that only the same bytes answer.
    private var condition: String? { etag.map { "If-Match: \($0)" } }

    /// Whether the server has other bytes by now.
    private var isReplaced: Bool {
        let now = StoredFile.etag(of: Address(path))
        return etag != nil && now != nil && now != etag
    }

    deinit { if let handle { VSIFCloseL(handle) } }

    func seek(_ offset: vsi_l_offset, from origin: Int32) {
        isAtEnd = false
        position =
            switch origin {
            case SEEK_CUR: position &+ offset
            case SEEK_END: byteCount &+ offset
            default: offset
            }
    }

    /// - Returns: bytes that were read; less than asked for only at the end of the file, and 0 where they cannot be read.
    func read(into buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard position < byteCount else {
            isAtEnd = true
            return 0
        }
        let left = Int(clamping: byteCount - position)
        guard fetch(into: buffer, min(count, left), at: position) else { return 0 }
        isAtEnd = count > left
        position += vsi_l_offset(min(count, left))
        return min(count, left)
    }

    /// Several ranges at once, as GDAL does it best; where one fails, one after the other.
    func read(
        _ count: Int, buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        offsets: UnsafePointer<vsi_l_offset>, sizes: UnsafePointer<Int>
    ) -> Bool {
        let isRead = quietly {
            handle.map { VSIFReadMultiRangeL(Int32(count), buffers, offsets, sizes, $0) == 0 } ?? false
        }
        return isRead
            || (0..<count).allSatisfy { index in
                buffers[index].map { fetch(into: $0, sizes[index], at: offsets[index]) } ?? false
            }
    }

    private func fetch(into buffer: UnsafeMutableRawPointer, _ count: Int, at offset: vsi_l_offset) -> Bool {
        var attempt = 0
        while true {
            let isRead = quietly {
                guard let handle, VSIFSeekL(handle, offset, SEEK_SET) == 0 else { return false }
                return VSIFReadL(buffer, 1, count, handle) == count
            }
            if isRead { return true }
            attempt += 1
            // What came short stays in the cache, and an error in the handle.
            if let handle { VSIFCloseL(handle) }
            VSICurlPartialClearCache(path)
            handle = nil
            guard !isReplaced, WholeReads.pause(beforeAttempt: attempt) else { break }
            handle = quietly { VSIFOpenExL(path, "rb", 1) }
        }
        StoredFile.report("\(count) bytes at \(offset) did not arrive, or the file was replaced")
        return false
    }

    /// With the condition, and without a message of what is tried again.
    private func quietly<Result>(_ body: () -> Result) -> Result {
        // What a library has complained of before is for whoever called it.
        let (kind, number) = (CPLGetLastErrorType(), CPLGetLastErrorNo())
        let words = String(cString: CPLGetLastErrorMsg())
        CPLPushErrorHandler(CPLQuietErrorHandler)
        defer {
            CPLPopErrorHandler()
            CPLErrorSetState(kind, number, words)
        }
        return GDAL.with(header: condition, body)
    }
}
