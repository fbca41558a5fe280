internal import CGDAL
import Files
import Foundation
import Synchronization

/// A file system of GDAL's in which each open slide is a TIFF, made while it is read.
enum SlideFiles {
    /// Before a slide's number.
    static let prefix = "/vsitilescopeslide/"

    /// Makes it known to GDAL; once for a process.
    static func install() { _ = isInstalled }

    private static let isInstalled: Void = {
        guard let callbacks = VSIAllocFilesystemPluginCallbacksStruct() else { return }
        defer { VSIFreeFilesystemPluginCallbacksStruct(callbacks) }
        callbacks.pointee.stat = { _, name, status, _ in
            guard let name, let slide = Slide.of(gdalPath: String(cString: name)), let status else {
                return -1
            }
            // `stat64`, which has the form of `stat` on 64-bit systems, and no name in Swift.
            let state = UnsafeMutableRawPointer(status).assumingMemoryBound(to: stat.self)
            state.pointee = stat()
            state.pointee.st_mode = S_IFREG
            state.pointee.st_size = slide.layout.byteCount
            return 0
        }
        callbacks.pointee.open = { _, name, _ in
            guard let name, let slide = Slide.of(gdalPath: String(cString: name)) else { return nil }
            return Unmanaged.passRetained(SlideFile(slide)).toOpaque()
        }
        callbacks.pointee.tell = { vsi_l_offset(SlideFile.of($0)?.position ?? 0) }
        callbacks.pointee.seek = { handle, offset, origin in
            guard let file = SlideFile.of(handle) else { return -1 }
            file.seek(offset, from: origin)
            return 0
        }
        callbacks.pointee.read = { handle, buffer, size, count in
            guard let file = SlideFile.of(handle), let buffer, size > 0 else { return 0 }
            return file.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) / size
        }
        callbacks.pointee.eof = { SlideFile.of($0)?.isAtEnd == true ? 1 : 0 }
        callbacks.pointee.close = { handle in
            guard let handle else { return -1 }
            Unmanaged<SlideFile>.fromOpaque(handle).release()
            return 0
        }
        // GDAL keeps the pointer.
        VSIInstallPluginHandler(strdup(prefix), callbacks)
    }()
}

/// One opening of a slide by GDAL, with the state that a file has.
private final class SlideFile {
    private let slide: Slide
    private(set) var position = 0
    private(set) var isAtEnd = false
    /// A tile that was read in parts.
    private var tile: [UInt8] = []
    private var tileStart = -1

    init(_ slide: Slide) { self.slide = slide }

    static func of(_ pointer: UnsafeMutableRawPointer?) -> SlideFile? {
        pointer.map { Unmanaged<SlideFile>.fromOpaque($0).takeUnretainedValue() }
    }

    func seek(_ offset: vsi_l_offset, from origin: Int32) {
        isAtEnd = false
        let offset = Int(truncatingIfNeeded: offset)
        position =
            switch origin {
            case SEEK_CUR: position &+ offset
            case SEEK_END: slide.layout.byteCount &+ offset
            default: offset
            }
    }

    /// - Returns: how many bytes came: less only at the end, and where a tile cannot be read.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count: Int
            switch slide.layout.piece(at: position) {
            case .end:
                isAtEnd = true
                return filled
            case .bytes(let bytes):
                count = min(bytes.count, rest.count)
                rest.copyBytes(from: bytes[..<count])
            case .tile(let column, let row, let level, let skipped):
                guard let read = readTile(column, row, level, skipped, into: rest) else { return filled }
                count = read
            }
            filled += count
            position += count
        }
        return filled
    }

    private func readTile(
        _ column: Int, _ row: Int, _ level: Int, _ skipped: Int, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let byteCount = SlideTIFF.tileByteCount
        if skipped == 0, buffer.count >= byteCount {
            let whole = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount])
            return slide.readTile(column: column, row: row, level: level, into: whole) ? byteCount : nil
        }
        if tileStart != position - skipped {
            if tile.isEmpty { tile = [UInt8](repeating: 0, count: byteCount) }
            tileStart = -1
            let isRead = tile.withUnsafeMutableBytes {
                slide.readTile(column: column, row: row, level: level, into: $0)
            }
            guard isRead else { return nil }
            tileStart = position - skipped
        }
        let count = min(byteCount - skipped, buffer.count)
        buffer.copyBytes(from: tile[skipped..<skipped + count])
        return count
    }
}
