import COpenSSL
import NIOCore

/// The service's certificate and key, for TLS 1.2 and later.
final class TransportSecurity: @unchecked Sendable {
    // OpenSSL counts who uses it, under locks of its own, and nothing changes it after `init`.
    private let context: OpaquePointer

    /// - Parameters:
    ///   - certificate: a PEM file: the service's certificate, and after it those that vouch for it.
    ///   - key: a PEM file with the certificate's private key, without a passphrase.
    /// - Throws: where one cannot be read, or the key is another's.
    init(certificate: String, key: String) throws(ServiceError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw ServiceError(description: "OpenSSL cannot be used: \(Self.reason)")
        }
        self.context = context
        tilescope_ssl_require_tls_1_2(context)
        // Nobody is asked for a passphrase in a terminal that is not there.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw ServiceError(
                description: "\(certificate): cannot be read as certificates in PEM: \(Self.reason)")
        }
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else {
            throw ServiceError(
                description:
                    "\(key): cannot be used as the private key of \(certificate), in PEM without a passphrase: \(Self.reason)"
            )
        }
    }

    deinit { SSL_CTX_free(context) }

    /// The last error of this thread, in OpenSSL's words.
    private static var reason: String {
        let number = ERR_get_error()
        ERR_clear_error()
        return ERR_reason_error_string(number).map { String(cString: $0) } ?? "no reason is known"
    }

    /// For one connection.
    func session() -> TLSSession? { TLSSession(context) }
}

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
    fileprivate init?(_ context: OpaquePointer) {
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
        let waiting = tilescope_bio_waiting_count(toSend)
        var records = ByteBuffer()
        guard waiting > 0 else { return records }
        records.writeWithUnsafeMutableBytes(minimumWritableBytes: waiting) { bytes in
            var count = 0
            BIO_read_ex(toSend, bytes.baseAddress, waiting, &count)
            return count
        }
        return records
    }
}
