#pragma once

#include <tapes/llm/api.hpp>

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::llm {

using json_value = simdjson::ondemand::value;
using json_object = simdjson::ondemand::object;

/// Reads one JSON object on demand from a padded copy of `body` (invalid UTF-8 replaced). Buffers are kept
/// per thread between documents unless they grew large. The functions here throw simdjson::simdjson_error,
/// which `map_json` turns into a `map_error`.
class json_reader {
public:
    explicit json_reader(std::string_view body);
    ~json_reader();
    json_reader(const json_reader&) = delete;
    json_reader& operator=(const json_reader&) = delete;

    json_object root() { return document_.get_object(); }

    /// Throws where something stands behind the root. Call it when all of the root has been iterated.
    void require_end();

private:
    struct scratch;
    std::unique_ptr<scratch> scratch_;
    simdjson::ondemand::document document_;
};

/// Tells what an error in reading means for a mapping.
map_error to_map_error(simdjson::error_code code) noexcept;

/// Maps a body that is one JSON object: returns what `read(root)` returns, or why the body cannot be read.
template <class Read>
map_error map_json(std::string_view body, Read&& read) {
    try {
        json_reader json(body);
        const map_error mapped = read(json.root());
        json.require_end();
        return mapped;
    } catch (const simdjson::simdjson_error& failed) {
        return to_map_error(failed.error());
    }
}

/// A member of an object. The key is "" where it is no well-formed string, and valid until the next key on
/// this thread is read.
struct json_member {
    std::string_view key;
    json_value value;
};

/// The members of an object, to be iterated once: `for (auto [key, value] : members_of(object))`.
class members_of {
    using position = simdjson::simdjson_result<simdjson::ondemand::object_iterator>;

public:
    class iterator {
    public:
        explicit iterator(position at) : at_{at} {}
        json_member operator*() { return read(*at_); }
        iterator& operator++() {
            ++at_;
            return *this;
        }
        bool operator!=(const iterator& end) const { return at_ != end.at_; }

    private:
        position at_;
    };

    explicit members_of(json_object object) : object_(object) {}
    iterator begin() { return iterator(object_.begin()); }
    iterator end() { return iterator(object_.end()); }

private:
    static json_member read(simdjson::simdjson_result<simdjson::ondemand::field> field);

    json_object object_;
};

/// Goes back to the start of an object, so that its members can be iterated again.
inline void rewind(json_object& object) {
    (void)object.reset().value();
}

/// Assigns a string value to `out` (lone surrogates as U+FFFD). False, and `out` as it was, for other types.
bool read_text(json_value from, std::string& out);

/// Assigns the string member `key` of an object to `out`, the last one where the key is repeated. Leaves
/// `out` as it was where there is no such member, or `from` is no object.
void read_text_member(json_value from, std::string_view key, std::string& out);
void read_text_member(json_object from, std::string_view key, std::string& out);

/// Assigns a string that names something (an id, a model, a reason). Leaves `out` as it was for other types,
/// and for `""` and `"null"`, which some servers write for null.
void read_name(json_value from, std::string& out);

/// Returns a whole number, however it is written (`3`, `3.0`, `"3"`), or nothing for other values.
std::optional<std::int64_t> read_integer(json_value from);

/// Assigns a count. Leaves `out` as it was for what is no whole number, and for a zero that follows a count:
/// servers end with figures that they did not fill in.
void read_count(json_value from, std::optional<std::int64_t>& out);

/// Returns a boolean, or `fallback` for other values.
bool read_flag(json_value from, bool fallback = false);

bool is_null(json_value from);
bool is_object(json_value from);
bool is_array(json_value from);

/// Tells whether a value carries something: it is not null, false, "", [] or {}.
bool is_filled(json_value from);

/// Returns true where the value of a member `error` tells an error: an object, or a text that is not empty.
bool is_error(json_value from);

/// Returns the JSON text of a value, checked to be well-formed and not too deep.
std::string read_raw(json_value from);
std::string read_raw(json_object from);

}  // namespace tapes::llm
