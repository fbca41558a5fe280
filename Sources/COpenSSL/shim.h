#include <openssl/err.h>
#include <openssl/ssl.h>

// Macros with casts, which Swift does not import.

static inline void tilescope_ssl_require_tls_1_2(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

static inline size_t tilescope_bio_waiting_count(BIO *bio) { return BIO_ctrl_pending(bio); }
