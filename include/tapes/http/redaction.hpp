#pragma once

#include <tapes/http/credential_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

class credential_ranges;
struct occurrence;
enum class field_kind : std::uint8_t;

/// What is redacted beside what is known here (docs/credentials.md). In names, `*` stands for any characters,
/// case does not count, and `_` is `-`. What a name without `*` holds is looked for elsewhere, too.
struct redaction_settings {
    std::vector<std::string> headers = {};  ///< names of header fields
    std::vector<std::string> fields = {};   ///< names of members of bodies, and of parameters
    std::vector<std::string> values = {};   ///< credentials of every exchange
};

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

/// Returns why a name cannot stand in redaction_settings::headers, or in ::fields; "" where it can.
std::string header_name_fault(std::string_view name);
std::string field_name_fault(std::string_view name);

/// Is told how many bytes more a result is about to hold, beside those that it was told of before. May throw.
using charge_bytes = std::function<void(std::size_t bytes)>;

/// Replaces credentials by `redacted:<8 hex>` of HMAC-SHA-256(key, value), so that two keys can be told apart
/// and neither can be read. Redacting a second time changes nothing. Immutable, so any number of threads may
/// use one redactor. No function throws anything but std::bad_alloc and what a `charge` throws. The cost
/// of a call is linear in its input, however many the credentials are.
class redactor {
public:
    /// `key` is the redaction key of the store, 32 random bytes.
    explicit redactor(std::string_view key, const redaction_settings& more = {});

    /// Returns the credentials of a head and a target (see collect_credentials), and those of the settings.
    std::vector<std::string> credentials_of(std::string_view head, std::string_view target = {}) const;

    /// Returns what stands in the place of a credential: "redacted:xxxxxxxx".
    std::string token(std::string_view value) const;

    /// Redacts a raw head (start line and field lines, with or without the final empty line) in place:
    /// credential fields (the scheme of an Authorization stays), cookies, in a request what has the shape of
    /// one, credentials within the request target and within fields that hold a URL or JSON, and then each of
    /// `credentials` wherever it stands.
    void redact_head(std::string& head, const credential_set& credentials = {}) const;

    /// Returns a request target or URL with its credential parameters and its user info redacted.
    std::string redact_target(std::string_view target) const;

    /// Returns a short text, such as a path or a name, with each of `credentials` replaced, also where it is
    /// percent-encoded.
    std::string without(std::string text, const credential_set& credentials) const;

    /// Returns `body` with its credentials replaced, or nothing when it has none, which is the usual case and
    /// fast. `credentials` comes from collect_credentials of the same exchange. `named`, where it is not
    /// null, takes the values of the fields that are credentials by API design, and the passwords in
    /// addresses of MCP servers, at most 32; the body is searched for these values as well. `charge` is told
    /// of the memory that the result and what is found take.
    std::optional<std::string> redact_body(std::string_view body, const credential_set& credentials,
                                           body_format format, std::vector<std::string>* named = nullptr,
                                           const charge_bytes& charge = {}) const;

    std::optional<std::string> redact_body(std::string_view body, const credential_set& credentials,
                                           bool is_json) const {
        return redact_body(body, credentials, is_json ? body_format::json : body_format::other);
    }

    /// Returns `stream` with those credentials replaced that it holds in parts: in the values of members of
    /// one name in several events. Each part is replaced. Makes one pass over all strings.
    std::optional<std::string> redact_across_events(std::string_view stream,
                                                    const credential_set& credentials,
                                                    const charge_bytes& charge = {}) const;

private:
    std::string redacted_part(field_kind kind, std::string_view part) const;
    struct findings;
    class replacing;
    std::optional<std::string> replace(std::string_view body, findings found) const;

    struct mac;
    struct additions;
    std::shared_ptr<const mac> mac_;
    std::shared_ptr<const additions> additions_;
};

/// Collects the credentials of a raw head of either direction before its redaction, and of the target where
/// it is known apart from the head, so that they can be found again in the bodies. Each value comes once, the
/// longest first, at most 64 of 64 KiB together, and as many of cookies, the first that come: what stands
/// behind the scheme of an Authorization, the password of Basic (the user where there is no password), cookie
/// values, query values and passwords in URLs both raw and percent-decoded, fields of JSON. Values of less
/// than 16 bytes, numbers, dates, UUIDs and well-known placeholders for "no key" are left out: a conversation
/// may hold them by chance. So are those of fields that only have the shape of a credential.
std::vector<std::string> collect_credentials(std::string_view head, std::string_view target = {});

/// Returns in which forms the user info of a URL ("user:password", decoded) may recur.
std::vector<std::string> credentials_of_user_info(std::string_view user_info);

}  // namespace tapes::http
