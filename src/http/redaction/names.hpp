#pragma once

#include "redaction/letters.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// What the name of a field tells about its value.
enum class name_kind : std::uint8_t {
    plain,
    shaped,  ///< its shape says that it holds a credential, which is replaced where it stands
    named,   ///< it is known to hold a credential, which is looked for elsewhere as well
};

/// Where a name stands: that of a header field has no case, that of a member may have humps (`apiKey`).
enum class name_place : std::uint8_t { header, member };

/// Names that a user has added. One without `*` is a known name, one with `*` a shape.
class name_list {
public:
    name_list() = default;
    name_list(const std::vector<std::string>& names, name_place where);

    bool empty() const noexcept { return known_.empty() && shapes_.empty(); }
    /// Tells what the list says of a name: without regard to case, and with `_` and `-` as one.
    name_kind kind_of(std::string_view name) const;

private:
    name_place where_ = name_place::header;
    std::vector<std::string> known_;
    std::vector<std::string> shapes_;
};

/// The names that are looked at beside the known ones.
struct name_rules {
    name_list headers;
    name_list fields;  ///< of bodies, and of parameters in queries and forms
};

/// Returns a name in lower case, its words with `-` between them: `apiKey` (of a member), `api_key` and
/// `API-Key` are "api-key".
std::string canonical_name(std::string_view name, name_place where);

/// Tells whether `pattern`, in which `*` stands for any characters, covers all of `text`.
bool matches_shape(std::string_view pattern, std::string_view text) noexcept;

/// Tells whether the shape of a name says that it holds a credential, and no list says otherwise.
bool has_credential_shape(std::string_view name, name_place where);

/// Tells whether a name with these letters may be anything but plain to member_kind, where no rules add to
/// the known names.
bool may_be_credential(letter_set letters) noexcept;

/// Tells what the name of a member of a JSON object says, outside of the conversation.
name_kind member_kind(std::string_view name, const name_rules& rules);

/// Tells what the name of a parameter of a query says.
name_kind query_kind(std::string_view name, const name_rules& rules);

/// Tells what the name of a parameter of a form says.
name_kind form_kind(std::string_view name, const name_rules& rules);

}  // namespace tapes::http
