#pragma once

#include <tapes/read/request_parts.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// A member of a JSON object: its key without escapes, and its value as it stands.
struct json_member {
    std::string key;
    std::string_view value;
};

/// The members of an object, or the elements of an array, whose keys are empty. Of a repeated key the last
/// member counts, at its own place.
struct json_members {
    std::vector<json_member> all;
    std::string_view rest;  ///< of a text that breaks off: from where no value could be read on
    std::string rest_key;   ///< of the member that breaks off
    bool whole = false;

    /// The value of a member; empty where there is none.
    std::string_view find(std::string_view key) const noexcept;
};

/// Reads an object or an array; of any other value nothing, which is not whole. Linear but for sorting.
json_members read_members(std::string_view json);

/// Returns the inside of a JSON string without escapes; "" of any other value.
std::string string_of(std::string_view value);

/// Appends what a JSON value means to `out`, in a form in which two values are the same bytes where a
/// provider's cache sees no difference, see request_part. Where the value is nested too deeply, or is no JSON
/// by its brackets, that is returned; the form is then that of its bytes.
request_fault append_value_form(std::string_view value, std::string& out);
/// The same of an object with these members, which are sorted.
request_fault append_object_form(std::vector<json_member> members, std::string& out);
/// Appends a text with a name, which is told from any other.
void append_named_form(std::string_view name, std::string_view text, std::string& out);

}  // namespace tapes::read
