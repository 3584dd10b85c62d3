#pragma once

#include <tapes/http/head.hpp>
#include <tapes/relay/options.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay {

/// The header field that holds a client's token. It is meant for the relay and not forwarded.
inline constexpr std::string_view token_field = "x-tapes-token";

/// What a client showed when TLS was set up.
struct certificate {
    std::string name;     ///< of its subject; "" where there is no certificate, or none that is trusted
    std::string problem;  ///< why it is not trusted, or that there is none
};

/// Who asks, or why a request is refused.
struct caller {
    std::string name;
    std::string_view refusal;  ///< for the client; "" where the request may pass
    std::string reason;        ///< for the log: the same, with what is known of a certificate
};

/// Who may use the relay: holders of tokens (proxy.clients), of certificates (proxy.client_ca), or of both
/// where both are configured; the token's name counts then. A token stands in the field X-Tapes-Token, as the
/// first segments of the path (`/t/TOKEN/…`, for programs that can set no field) or in `Proxy-Authorization:
/// Bearer`; the first of them that is there decides. Immutable after construction, so it may be used by all
/// threads.
class caller_list {
public:
    explicit caller_list(const options& settings);

    /// Tells whether anybody is refused at all.
    bool active() const noexcept { return !known_.empty() || wants_certificate_; }

    /// Finds out who asks, and appends to `bare` the request's head without any of the places of a token, so
    /// that nothing behind the listener ever sees one. `head` was parsed from `bytes`.
    caller identify(std::string_view bytes, const http::request_head& head, const certificate& shown,
                    std::string& bare) const;

private:
    using digest = std::array<unsigned char, 32>;
    struct known_caller {
        digest token;
        std::string name;
    };
    /// The places of a token in a head.
    struct token_places {
        std::optional<std::string> token;  ///< the first that is there
        std::string target;                ///< without the prefix
    };

    static digest digest_of(std::string_view token);
    token_places places_of(const http::request_head& head) const;
    const std::string* find(std::string_view token) const;

    std::vector<known_caller> known_;
    bool wants_certificate_;
};

}  // namespace tapes::relay
