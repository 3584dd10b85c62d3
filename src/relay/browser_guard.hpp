#pragma once

#include <tapes/http/head.hpp>
#include <tapes/relay/options.hpp>

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay {

/// Refuses what web pages from elsewhere send to an address of loopback, whatever the listener is bound to.
/// Any page can have the browser send requests there, and with DNS rebinding read the answers, too; an
/// upstream that guards itself against that by its Host (Ollama, CVE-2024-28224) sees the relay's. Immutable,
/// so it may be used by all threads.
///
/// Three things show that such a page is at work: an Origin (RFC 6454) of http or https that is not loopback;
/// `Sec-Fetch-Site: cross-site` (Fetch Metadata) where no Origin says more; a Host that is not of this
/// machine, from a browser. Editors and desktop programs have schemes of their own in Origin
/// (vscode-webview:, app:, tauri:), which no page from elsewhere can have; programs have neither field; and
/// who uses the relay as a proxy sends targets in absolute form, which no page can: all of these pass.
class browser_guard {
public:
    explicit browser_guard(const options& settings);

    /// Why a request is refused. Views of the request's head and of constants.
    struct refusal {
        std::string_view field;    ///< the one that shows it; "" where the request may pass
        std::string_view value;    ///< as the client sent it
        std::string_view message;  ///< for the client

        explicit operator bool() const noexcept { return !field.empty(); }
    };
    /// `reached` is the address of this machine that the client has connected to.
    refusal check(const http::request_head& head, const boost::asio::ip::address& reached) const;

private:
    enum class origin_kind { allowed, local, other_scheme, opaque, foreign };

    origin_kind classify(std::string_view origin) const;
    bool names_this_machine(std::string_view host) const;

    bool active_;  ///< not all origins are allowed
    std::string listen_host_;
    std::string machine_;  ///< its own name, which systems resolve to loopback as well
    std::vector<std::string> allowed_;
};

}  // namespace tapes::relay
