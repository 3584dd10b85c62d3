#include "tls.hpp"

#include <openssl/err.h>

#include <stdexcept>
#include <system_error>

namespace tapes::relay {

namespace {

std::string reason_of(unsigned long code) {
    if (ERR_SYSTEM_ERROR(code)) {
        return std::generic_category().message(ERR_GET_REASON(code));
    }
    const char* const reason = ERR_reason_error_string(code);
    return reason == nullptr ? "not usable" : reason;
}

std::runtime_error tls_error(const std::string& message) {
    const auto code = ERR_get_error();
    ERR_clear_error();
    return std::runtime_error{message + ": " + reason_of(code)};
}

/// Refuses encrypted keys: OpenSSL's own function asks on the terminal, and a daemon would wait for an
/// answer.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

ssl_context make_context(const SSL_METHOD* method) {
    ssl_context made{SSL_CTX_new(method)};
    if (!made) {
        throw tls_error("cannot set TLS up");
    }
    SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    // Idle streams are to hold no buffers; a write is tried again from a copy of its bytes.
    SSL_CTX_set_mode(made.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
}

/// The protocols that the relay offers and accepts (RFC 7301): HTTP/1.1 alone.
constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    auto* chosen = const_cast<unsigned char*>(*out);
    if (SSL_select_next_proto(&chosen, size, http_1_1, sizeof http_1_1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ssl_context make_client_context(const std::string& extra_ca) {
    auto made = make_context(TLS_client_method());
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_verify_paths(made.get());
    if (!extra_ca.empty() && SSL_CTX_load_verify_file(made.get(), extra_ca.c_str()) != 1) {
        throw tls_error("proxy.upstream_ca \"" + extra_ca + "\" must be a PEM file of certificates");
    }
    SSL_CTX_set_alpn_protos(made.get(), http_1_1, sizeof http_1_1);
    return made;
}

ssl_context make_server_context(const std::string& certificate, const std::string& key) {
    if (certificate.empty() && key.empty()) {
        return {};
    }
    if (certificate.empty() || key.empty()) {
        throw std::runtime_error("proxy.tls_cert and proxy.tls_key must be given together");
    }
    auto made = make_context(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(made.get(), certificate.c_str()) != 1) {
        throw tls_error("proxy.tls_cert \"" + certificate + "\" must be a PEM file of certificates");
    }
    SSL_CTX_set_default_passwd_cb(made.get(), no_pass_phrase);
    if (SSL_CTX_use_PrivateKey_file(made.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(made.get()) != 1) {
        throw tls_error("proxy.tls_key \"" + key +
                        "\" must be the certificate's private key in PEM, unencrypted");
    }
    SSL_CTX_set_alpn_select_cb(made.get(), choose_protocol, nullptr);
    return made;
}

}  // namespace tapes::relay
