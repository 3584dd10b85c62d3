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

/// How a body is read for fields that are credentials by API design.
enum class body_format : std::uint8_t {
    other,  ///< only the exchange's own credential values are looked for
    json,   ///< one JSON text
    lines,  ///< event stream or NDJSON: JSON texts in lines, after `data:` where that stands
    form,   ///< application/x-www-form-urlencoded
};

/// The format that a Content-Type names.
body_format format_of(std::string_view content_type) noexcept;

/// The format of a body: what it shows itself to be, else what its Content-Type names. Servers read JSON
/// under any type, and clients send it without one or under that of a form.
body_format format_of(std::string_view content_type, std::string_view body) noexcept;

/// Replaces credentials by `redacted:<8 hex>` of HMAC-SHA-256(key, value), so that uses of one key can be
/// told apart and none can be read. What is redacted stays as it is when it is redacted again. Immutable: may
/// be used from any thread at once. No function throws anything but std::bad_alloc; costs are linear in the
/// input, times the number of credentials.
class redactor {
public:
    /// `key`: the store's redaction key, 32 random bytes.
    explicit redactor(std::string_view key);

    /// "redacted:xxxxxxxx".
    std::string token(std::string_view value) const;

    /// Changes a raw head (start line and field lines, with or without the final empty line) in place:
    /// credential fields (the scheme word of Authorization stays), cookies, and credentials within the
    /// request target and within fields that hold a URL; then `credentials` wherever they stand.
    void redact_head(std::string& head, const std::vector<std::string>& credentials = {}) const;

    /// A request target or URL without credential query parameters and user info.
    std::string redact_target(std::string_view target) const;

    /// `body` with its credentials replaced; nothing when it has none (the usual case, and fast).
    /// `credentials`: from collect_credentials of the same exchange. `named`, where it is not null, takes
    /// the values of the fields that are credentials by API design, and passwords in the addresses of MCP
    /// servers, by the same rules (the first few where there are many); they are looked for as well.
    std::optional<std::string> redact_body(std::string_view body, const std::vector<std::string>& credentials,
                                           body_format format,
                                           std::vector<std::string>* named = nullptr) const;

    std::optional<std::string> redact_body(std::string_view body, const std::vector<std::string>& credentials,
                                           bool is_json) const {
        return redact_body(body, credentials, is_json ? body_format::json : body_format::other);
    }

    /// The same for credentials of which an event stream holds a part in each of several events, as values of
    /// members of one name; each part is replaced. One pass over all strings.
    std::optional<std::string> redact_across_events(std::string_view stream,
                                                    const std::vector<std::string>& credentials) const;

private:
    std::optional<std::string> replace(std::string_view body, std::vector<credential_range> ranges) const;

    struct mac;
    std::shared_ptr<const mac> mac_;
};

/// The credential values of an exchange, to find them again in its bodies: of a raw head of either direction
/// before redaction, and of the target where it is known apart from the head. Each once, longest first: after
/// the scheme for Authorization, the password of Basic (without one the user), cookie values of 16 bytes and
/// more, query values and passwords in URLs both raw and percent-decoded. Values of less than 8 bytes and
/// well-known placeholders for "no key" are words that a conversation may hold by chance, and are left out.
std::vector<std::string> collect_credentials(std::string_view head, std::string_view target = {});

}  // namespace tapes::http
