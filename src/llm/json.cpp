#include "json.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/text/work_meter.hpp>

#include <charconv>
#include <cmath>
#include <new>
#include <system_error>
#include <utility>

namespace tapes::llm {
namespace {

constexpr std::size_t kept_bytes = std::size_t{1} << 20;

char first_of(json_value& from) {
    const std::string_view token = from.raw_json_token();
    return token.empty() ? '\0' : token.front();
}

std::string checked(std::string_view json) {
    while (!json.empty() &&
           (json.back() == ' ' || json.back() == '\n' || json.back() == '\r' || json.back() == '\t')) {
        json.remove_suffix(1);
    }
    std::string canonical;
    switch (merkle::canonicalize(json, canonical)) {
        case merkle::canonical_error::not_json:
            throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
        case merkle::canonical_error::too_deep:
            throw simdjson::simdjson_error(simdjson::DEPTH_ERROR);
        case merkle::canonical_error::none:
        case merkle::canonical_error::number_out_of_range:
            break;
    }
    return std::string(json);
}

// The root is no object: is that another JSON value or no JSON at all?
simdjson::error_code why_no_object(std::string_view body) {
    std::string canonical;
    return merkle::canonicalize(body, canonical) == merkle::canonical_error::none ? simdjson::INCORRECT_TYPE
                                                                                  : simdjson::TAPE_ERROR;
}

std::optional<std::int64_t> whole(double value) {
    constexpr double beyond = 9223372036854775808.0;  // 2^63
    if (!(value >= -beyond && value < beyond) || value != std::trunc(value)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> integer_in_text(json_value from) {
    std::string text;
    read_text(from, text);
    const char* const end = text.data() + text.size();
    std::int64_t number = 0;
    if (const auto read = std::from_chars(text.data(), end, number);
        read.ec == std::errc() && read.ptr == end) {
        return number;
    }
    double value = 0;
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end ? whole(value) : std::nullopt;
}

// `begin` is behind the opening quote.
std::string_view decode_key(const char* const begin) {
    // Not `unescaped_key`: it writes into the parser's buffer, which an object that is read twice overruns.
    const char* end = begin;
    bool escaped = false;
    for (; *end != '"'; ++end) {  // a key without its end is no document
        if (*end == '\\') {
            escaped = true;
            ++end;
        }
    }
    if (!escaped) {
        return {begin, end};
    }
    thread_local std::string decoded;
    decoded.clear();
    const std::string_view literal(begin - 1, static_cast<std::size_t>(end - begin) + 2);
    return merkle::decode_json_string(literal, decoded) != 0 ? std::string_view(decoded) : std::string_view();
}

}  // namespace

struct json_reader::scratch {
    simdjson::ondemand::parser parser;
    std::string buffer;
};

namespace {

// A template, because `scratch` is private to the reader.
template <class Scratch>
std::unique_ptr<Scratch>& spare() {
    thread_local std::unique_ptr<Scratch> idle;
    return idle;
}

}  // namespace

json_reader::json_reader(std::string_view body) : scratch_(std::move(spare<scratch>())) {
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);  // a byte order mark, which RFC 8259 §8.1 lets parsers ignore
    }
    if (!scratch_) {
        scratch_ = std::make_unique<scratch>();
    }
    text::count_work(body.size() + 1);
    std::string& buffer = scratch_->buffer;
    buffer.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    buffer.assign(body);
    const auto parse = [&] {
        buffer.reserve(buffer.size() + simdjson::SIMDJSON_PADDING);
        return scratch_->parser.iterate(buffer.data(), buffer.size(), buffer.capacity()).get(document_);
    };
    simdjson::error_code failed = parse();
    if (failed == simdjson::UTF8_ERROR) {
        buffer.clear();
        merkle::append_utf8(buffer, body);
        failed = parse();
    }
    if (failed == simdjson::MEMALLOC) {
        throw std::bad_alloc();
    }
    if (failed != simdjson::SUCCESS) {
        throw simdjson::simdjson_error(failed);
    }
    const std::size_t first = body.find_first_not_of(" \n\r\t");
    if (first == std::string_view::npos || body[first] != '{') {
        throw simdjson::simdjson_error(why_no_object(body));
    }
}

json_reader::~json_reader() {
    document_ = {};
    if (scratch_->buffer.capacity() <= kept_bytes) {
        spare<scratch>() = std::move(scratch_);
    }
}

void json_reader::require_end() {
    if (document_.current_location().error() == simdjson::SUCCESS) {
        throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
    }
}

map_error to_map_error(simdjson::error_code code) noexcept {
    switch (code) {
        case simdjson::INCORRECT_TYPE:
        case simdjson::NO_SUCH_FIELD:
            return map_error::wrong_shape;
        case simdjson::DEPTH_ERROR:
            return map_error::too_deep;
        default:
            return map_error::not_json;
    }
}

json_member members_of::read(simdjson::simdjson_result<simdjson::ondemand::field> field) {
    simdjson::ondemand::field member = std::move(field).take_value();
    text::count_work(1);
    return {decode_key(member.key().raw()), member.value()};
}

bool read_text(json_value from, std::string& out) {
    const std::string_view token = from.raw_json_token();
    if (token.empty() || token.front() != '"') {
        return false;
    }
    // Not `get_string`: it refuses lone surrogates, and copies twice.
    text::count_work(token.size());
    out.clear();
    out.reserve(token.size());
    if (merkle::decode_json_string(token, out) == 0) {
        throw simdjson::simdjson_error(simdjson::STRING_ERROR);
    }
    return true;
}

void read_name(json_value from, std::string& out) {
    std::string name;
    if (read_text(from, name) && !name.empty() && name != "null") {
        out = std::move(name);
    }
}

std::optional<std::int64_t> read_integer(json_value from) {
    std::int64_t number = 0;
    const char first = first_of(from);
    if (first == '"') {
        return integer_in_text(from);
    }
    if (first != '-' && (first < '0' || first > '9')) {
        return std::nullopt;
    }
    if (from.get_int64().get(number) == simdjson::SUCCESS) {
        return number;
    }
    double value = 0;
    return from.get_double().get(value) == simdjson::SUCCESS ? whole(value) : std::nullopt;
}

void read_count(json_value from, std::optional<std::int64_t>& out) {
    const auto count = read_integer(from);
    if (count && (*count != 0 || !out)) {
        out = count;
    }
}

void read_text_member(json_object from, std::string_view key, std::string& out) {
    for (auto [name, value] : members_of(from)) {
        if (name == key) {
            read_text(value, out);
        }
    }
}

void read_text_member(json_value from, std::string_view key, std::string& out) {
    if (is_object(from)) {
        read_text_member(from.get_object().value(), key, out);
    }
}

bool read_flag(json_value from, bool fallback) {
    bool flag = fallback;
    return from.get_bool().get(flag) == simdjson::SUCCESS ? flag : fallback;
}

bool is_null(json_value from) {
    return first_of(from) == 'n';
}
bool is_object(json_value from) {
    return first_of(from) == '{';
}
bool is_array(json_value from) {
    return first_of(from) == '[';
}

bool is_filled(json_value from) {
    using simdjson::ondemand::json_type;
    switch (from.type()) {
        case json_type::string:
            return std::string_view{from.raw_json_token()}.substr(0, 2) != "\"\"";
        case json_type::array: {
            simdjson::ondemand::array elements = from.get_array();
            return !elements.is_empty();
        }
        case json_type::object: {
            json_object members = from.get_object();
            return !members.is_empty();
        }
        case json_type::boolean:
            return from.get_bool();
        case json_type::null:
            return false;
        default:
            return true;
    }
}

bool is_error(json_value from) {
    std::string text;
    return is_object(from) || (read_text(from, text) && !text.empty());
}

std::string read_raw(json_value from) {
    switch (first_of(from)) {
        case '{':
            return read_raw(from.get_object().value());
        case '[':
            return checked(from.get_array().value().raw_json());
        default:
            return checked(from.raw_json_token());
    }
}

std::string read_raw(json_object from) {
    return checked(from.raw_json());
}

}  // namespace tapes::llm
