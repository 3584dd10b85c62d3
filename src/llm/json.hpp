#pragma once

#include <tapes/llm/api.hpp>

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

using json_value = simdjson::ondemand::value;
using json_object = simdjson::ondemand::object;
using json_field = simdjson::ondemand::field;

/// One JSON object, read on demand from a padded copy of `body` (invalid UTF-8 replaced). Buffers are kept
/// per thread between documents unless they grew large. The functions here throw simdjson::simdjson_error,
/// which the mapping functions turn into a `map_error`.
class json_reader {
public:
    explicit json_reader(std::string_view body);
    ~json_reader();
    json_reader(const json_reader&) = delete;
    json_reader& operator=(const json_reader&) = delete;

    json_object root() { return document_.get_object(); }

    /// Throws unless nothing stands behind the root. Call when all of it has been iterated.
    void require_end();

private:
    struct scratch;
    std::unique_ptr<scratch> scratch_;
    simdjson::ondemand::document document_;
};

/// What an error in reading means for a mapping.
map_error to_map_error(simdjson::error_code code) noexcept;

/// The field that an iteration yields.
json_field field_of(simdjson::simdjson_result<json_field>& member);

/// The key of a field, "" where it is no well-formed string. Valid until the next key on this thread is read.
std::string_view key_of(json_field& member);

/// Assigns a string value to `out` (lone surrogates as U+FFFD). False, and `out` as it was, for other types.
bool read_text(json_value from, std::string& out);

/// An integer, or nothing.
std::optional<std::int64_t> read_integer(json_value from);

bool is_null(json_value from);
bool is_object(json_value from);
bool is_array(json_value from);

/// What stands as `error` is one: an object, or a text that is not empty.
bool is_error(json_value from);

/// The JSON text of a value, checked to be well-formed and not too deep.
std::string read_raw(json_value from);
std::string read_raw(json_object from);

}  // namespace tapes::llm
