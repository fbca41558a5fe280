import COpenSSL
import Foundation

/// The service's certificate and key, for TLS 1.2 and later.
final class TransportSecurity: @unchecked Sendable {
    // OpenSSL counts who uses it, under locks of its own, and nothing changes it after `init`.
    private let context: OpaquePointer

    /// - Parameters:
    ///   - certificate: a PEM file: the service's certificate, then intermediate ones.
    ///   - key: a PEM file with the certificate's private key, without a passphrase.
    /// - Throws: where one cannot be read, or the key is another's.
    init(certificate: String, key: String) throws(ServiceError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw ServiceError(description: "OpenSSL cannot be used: \(Self.reason)")
        }
        self.context = context
        guard tilescope_ssl_configure(context) == 1 else {
            throw ServiceError(description: "OpenSSL has no TLS 1.2: \(Self.reason)")
        }
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

    /// The first error of this thread since they were cleared: what the others come from.
    private static var reason: String {
        let number = ERR_get_error()
        ERR_clear_error()
        let systemFlag: UInt = 0x8000_0000
        if number & systemFlag != 0 { return String(cString: strerror(Int32(number & ~systemFlag))) }
        return ERR_reason_error_string(number).map { String(cString: $0) } ?? "no reason is known"
    }

    /// For one connection.
    func session() -> TLSSession? { TLSSession(context) }
}
