#pragma once

#include "redaction/automaton.hpp"
#include "redaction/names.hpp"

#include <tapes/http/redaction.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::http {

/// The bytes of a text that are to be replaced, and the credential that they stand for.
struct credential_range {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string value;
    bool recurs = true;  ///< the text is to be searched for it elsewhere, too
};

/// The credentials that were found in a text, of whose memory somebody is told before it is taken.
class credential_ranges {
public:
    credential_ranges() = default;
    /// `charge` may be empty, and must outlive this.
    explicit credential_ranges(const charge_bytes& charge) noexcept : charge_{&charge} {}

    void add(credential_range one);
    /// Tells of memory that is needed beside.
    void charge(std::size_t bytes) const {
        if (charge_ != nullptr && *charge_) {
            (*charge_)(bytes);
        }
    }
    /// Returns an empty list whose memory is told of as that of this one.
    credential_ranges beside() const {
        credential_ranges made;
        made.charge_ = charge_;
        return made;
    }
    std::size_t size() const noexcept { return all_.size(); }
    bool empty() const noexcept { return all_.empty(); }
    credential_range& operator[](std::size_t at) noexcept { return all_[at]; }
    auto begin() noexcept { return all_.begin(); }
    auto end() noexcept { return all_.end(); }
    auto begin() const noexcept { return all_.begin(); }
    auto end() const noexcept { return all_.end(); }
    /// Removes those from `first` on of which `is_none` is true.
    template <class IsNone>
    void remove(std::size_t first, IsNone&& is_none) {
        const auto from = all_.begin() + static_cast<std::ptrdiff_t>(first);
        all_.erase(std::remove_if(from, all_.end(), std::forward<IsNone>(is_none)), all_.end());
    }

private:
    std::vector<credential_range> all_;
    const charge_bytes* charge_ = nullptr;
};

/// Finds the credentials in a URL or request target: values of credential parameters after `?` or `#`, and
/// user info.
credential_ranges credentials_in_url(std::string_view url, const name_rules& rules = {});

/// Appends the values of a form body that are credentials by their names.
void credentials_in_form(std::string_view body, const name_rules& rules, credential_ranges& out);

/// Returns the first offset at or after `from` where a JSON text has a member that may be a credential by its
/// name, or that may hold one, or npos. One fast pass, so that most bodies need no other.
std::size_t find_json_hint(std::string_view body, std::size_t from, const name_rules& rules);

/// What comes of a JSON text behind an error in it.
enum class broken_json : unsigned char {
    ends,    ///< it may be a part of one that is whole
    goes_on  ///< its members are looked at, and a credential that its end cuts off
};

/// Appends, in order, the string values of one JSON text (or of several, one after the other) that are
/// credentials by API design. `base` is added to their offsets. Linear, whatever the text.
void credentials_in_json(std::string_view text, std::size_t base, const name_rules& rules,
                         credential_ranges& out, broken_json broken = broken_json::goes_on);

/// Does the same for an event stream or NDJSON: in each line, after `data:` where that stands, and in an
/// event whose data has several lines.
void credentials_in_lines(std::string_view body, const name_rules& rules, credential_ranges& out);

/// Appends the values that are credentials by their places in a body of that format.
void credentials_in_body(std::string_view body, body_format format, const name_rules& rules,
                         credential_ranges& out);

/// Returns those of the credentials that are to be searched for elsewhere, at most 32.
std::vector<std::string> named_credentials(const credential_ranges& in_body);

/// Collects the credentials of a head, see http::collect_credentials.
std::vector<std::string> collect_credentials(std::string_view head, std::string_view target,
                                             const name_rules& rules);

/// Finds the credentials that stand in successive values of one member (the deltas of an event stream), but
/// in no single value. Returns one place for each value that holds a part, in order. Memory is bounded beside
/// what is found, of which `charge` is told.
std::vector<occurrence> credentials_across_values(std::string_view body, const credential_set& credentials,
                                                  const charge_bytes& charge);

}  // namespace tapes::http
