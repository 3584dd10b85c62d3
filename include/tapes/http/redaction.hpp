#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

struct credential_range;

/// How a body is searched for fields that are credentials by API design.
enum class body_format : std::uint8_t {
    other,  ///< only the exchange's own credential values are looked for
    json,   ///< one JSON text
    lines,  ///< event stream or NDJSON: JSON texts in lines, after `data:` where that stands
    form,   ///< application/x-www-form-urlencoded
};

/// Returns the format that a Content-Type names.
body_format format_of(std::string_view content_type) noexcept;

/// Returns the format that the beginning of a body shows, else the one that its Content-Type names. Servers
/// read JSON under any type, and clients send it without a type or under that of a form.
body_format format_of(std::string_view content_type, std::string_view body) noexcept;

/// Replaces credentials by `redacted:<8 hex>` of HMAC-SHA-256(key, value), so that two keys can be told apart
/// and neither can be read. Redacting a second time changes nothing. Immutable, so any number of threads may
/// use one redactor. No function throws anything but std::bad_alloc. The cost of a call is linear in its
/// input, times the number of credentials.
class redactor {
public:
    /// `key` is the redaction key of the store, 32 random bytes.
    explicit redactor(std::string_view key);

    /// Returns what stands in the place of a credential: "redacted:xxxxxxxx".
    std::string token(std::string_view value) const;

    /// Redacts a raw head (start line and field lines, with or without the final empty line) in place:
    /// credential fields (the scheme of an Authorization stays), cookies, credentials within the request
    /// target and within fields that hold a URL, and then each of `credentials` wherever it stands.
    void redact_head(std::string& head, const std::vector<std::string>& credentials = {}) const;

    /// Returns a request target or URL with its credential parameters and its user info redacted.
    std::string redact_target(std::string_view target) const;

    /// Returns `body` with its credentials replaced, or nothing when it has none, which is the usual case and
    /// fast. `credentials` comes from collect_credentials of the same exchange. `named`, where it is not
    /// null, takes the values of the fields that are credentials by API design, and the passwords in
    /// addresses of MCP servers, at most 32; the body is searched for these values as well.
    std::optional<std::string> redact_body(std::string_view body, const std::vector<std::string>& credentials,
                                           body_format format,
                                           std::vector<std::string>* named = nullptr) const;

    std::optional<std::string> redact_body(std::string_view body, const std::vector<std::string>& credentials,
                                           bool is_json) const {
        return redact_body(body, credentials, is_json ? body_format::json : body_format::other);
    }

    /// Returns `stream` with those credentials replaced that it holds in parts: in the values of members of
    /// one name in several events. Each part is replaced. Makes one pass over all strings.
    std::optional<std::string> redact_across_events(std::string_view stream,
                                                    const std::vector<std::string>& credentials) const;

private:
    std::optional<std::string> replace(std::string_view body, std::vector<credential_range> ranges) const;

    struct mac;
    std::shared_ptr<const mac> mac_;
};

/// Collects the credentials of a raw head of either direction before its redaction, and of the target where
/// it is known apart from the head, so that they can be found again in the bodies. Each value comes once, the
/// longest first: what stands behind the scheme of an Authorization, the password of Basic (the user where
/// there is no password), cookie values of 16 bytes and more, query values and passwords in URLs both raw and
/// percent-decoded. Values of less than 8 bytes and well-known placeholders for "no key" are left out: a
/// conversation may hold them by chance.
std::vector<std::string> collect_credentials(std::string_view head, std::string_view target = {});

}  // namespace tapes::http
