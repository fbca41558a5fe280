import COpenSSL
import NIOCore

/// The server's side of one connection: plain bytes on one side, TLS records on the other.
///
/// One event loop uses it.
final class TLSSession {
    enum Input {
        case bytes(ByteBuffer)
        /// More has to be received first.
        case waiting
        /// The other side has said that it sends no more.
        case end
        case failed
    }

    private let session: OpaquePointer
    // The session owns both.
    private let received: OpaquePointer
    private let toSend: OpaquePointer
    /// What one record holds at most.
    private static let recordByteCount = 16 << 10

    /// - Parameter context: an `SSL_CTX`.
    init?(_ context: OpaquePointer) {
        guard let session = SSL_new(context) else { return nil }
        guard let received = BIO_new(BIO_s_mem()), let toSend = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            return nil
        }
        (self.session, self.received, self.toSend) = (session, received, toSend)
        SSL_set_bio(session, received, toSend)
        SSL_set_accept_state(session)
    }

    deinit { SSL_free(session) }

    /// Records from the network.
    func receive(_ records: ByteBuffer) -> Bool {
        records.withUnsafeReadableBytes { bytes in
            var count = 0
            return bytes.isEmpty
                || BIO_write_ex(received, bytes.baseAddress, bytes.count, &count) == 1 && count == bytes.count
        }
    }

    /// The next plain bytes of what was received. While the handshake lasts it goes on with that.
    func read() -> Input {
        ERR_clear_error()
        var buffer = ByteBuffer()
        var count = 0
        let status = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.recordByteCount) { bytes in
            SSL_read_ex(session, bytes.baseAddress, bytes.count, &count)
            return count
        }
        if status > 0 { return .bytes(buffer) }
        switch SSL_get_error(session, 0) {
        case SSL_ERROR_WANT_READ: return .waiting
        case SSL_ERROR_ZERO_RETURN: return .end
        default: return .failed
        }
    }

    /// Whether both sides have agreed on keys.
    var isEstablished: Bool { SSL_is_init_finished(session) == 1 }

    /// Makes records of plain bytes.
    ///
    /// - Returns: whether it could.
    func write(_ plain: ByteBuffer) -> Bool {
        ERR_clear_error()
        return plain.withUnsafeReadableBytes { bytes in
            var count = 0
            return bytes.isEmpty
                || SSL_write_ex(session, bytes.baseAddress, bytes.count, &count) == 1 && count == bytes.count
        }
    }

    /// Makes the record that tells the other side of the end.
    func end() {
        ERR_clear_error()
        SSL_shutdown(session)
    }

    /// Records for the network.
    func recordsToSend() -> ByteBuffer {
        let waiting = BIO_ctrl_pending(toSend)
        var records = ByteBuffer()
        guard waiting > 0 else { return records }
        records.writeWithUnsafeMutableBytes(minimumWritableBytes: waiting) { bytes in
            var count = 0
            let status = BIO_read_ex(toSend, bytes.baseAddress, waiting, &count)
            return status == 1 ? count : 0
        }
        return records
    }
}
