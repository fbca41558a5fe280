#include <openssl/err.h>
#include <openssl/ssl.h>

// Macros, which Swift does not import: TLS 1.2 at least, no renegotiation, our order of ciphers, and no buffers for idle connections.
// Returns 1 where it could.
static inline int tilescope_ssl_configure(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
