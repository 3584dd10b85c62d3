#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
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

/// What is wrong with a certificate is kept as the connection's verify result, and told in HTTP.
int go_on(int, X509_STORE_CTX*) {
    return 1;
}

void ask_for_certificates(SSL_CTX* context, const std::string& authorities) {
    if (SSL_CTX_load_verify_file(context, authorities.c_str()) != 1) {
        throw tls_error("proxy.client_ca \"" + authorities + "\" must be a PEM file of certificates");
    }
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authorities.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, go_on);
    // A session that is resumed shows no certificate: each connection is asked.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

/// Returns the characters of an ASN.1 string as UTF-8, without controls; "" where it is malformed.
std::string text_of(const ASN1_STRING* value) {
    unsigned char* bytes = nullptr;
    const int size = value == nullptr ? -1 : ASN1_STRING_to_UTF8(&bytes, value);
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    std::string made{reinterpret_cast<const char*>(bytes),
                     std::min<std::size_t>(static_cast<std::size_t>(size), 200)};
    OPENSSL_free(bytes);
    std::erase_if(made, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    return made;
}

/// Returns the first DNS name, e-mail address or URI of the subject's other names (RFC 5280 §4.2.1.6), else
/// its common name.
std::string subject_of(const X509* shown) {
    std::string found;
    auto* const names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(shown, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && found.empty(); ++i) {
        const auto* const one = sk_GENERAL_NAME_value(names, i);
        if (one->type == GEN_DNS || one->type == GEN_EMAIL || one->type == GEN_URI) {
            found = text_of(one->d.ia5);
        }
    }
    GENERAL_NAMES_free(names);
    auto* const subject = X509_get_subject_name(shown);
    const int common = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (found.empty() && common >= 0) {
        found = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, common)));
    }
    return found;
}

}  // namespace

certificate certificate_of(const SSL* connection) {
    certificate found;
    const auto* const shown = connection == nullptr ? nullptr : SSL_get0_peer_certificate(connection);
    if (shown == nullptr) {
        found.problem = "none was shown";
    } else if (const auto verified = SSL_get_verify_result(connection); verified != X509_V_OK) {
        found.problem = X509_verify_cert_error_string(verified);
    } else {
        found.name = subject_of(shown);
        found.problem = found.name.empty() ? "it has no name" : "";
    }
    return found;
}

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

ssl_context make_server_context(const std::string& certificate, const std::string& key,
                                const std::string& client_ca) {
    if (certificate.empty() && key.empty()) {
        if (!client_ca.empty()) {
            throw std::runtime_error("proxy.client_ca needs proxy.tls_cert and proxy.tls_key");
        }
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
    if (!client_ca.empty()) {
        ask_for_certificates(made.get(), client_ca);
    }
    return made;
}

}  // namespace tapes::relay
