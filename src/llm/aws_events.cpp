// AWS event streams: docs.aws.amazon.com, Amazon Transcribe, "Event stream encoding"; smithy.io, "Amazon
// Event Stream Specification". A message is its length, the length of its headers, a checksum of the two,
// headers, payload, and a checksum of all that.
#include "json.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/text/base64.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tapes::llm {
namespace {

constexpr std::size_t prelude_bytes = 12;
constexpr std::size_t checksum_bytes = 4;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t rest = i;
        for (int bit = 0; bit < 8; ++bit) {
            rest = (rest & 1U) != 0 ? 0xEDB88320U ^ (rest >> 1U) : rest >> 1U;
        }
        table[i] = rest;
    }
    return table;
}();

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size = 4) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    return number;
}

void append_number(std::string& to, std::uint32_t number, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        to += static_cast<char>(number >> static_cast<unsigned>(shift) & 0xFFU);
    }
}

/// The sizes of header values by their types; those of strings and bytes say their sizes themselves.
std::optional<std::size_t> size_of_value(unsigned type, std::string_view rest) noexcept {
    constexpr std::array<std::size_t, 10> sizes{0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    constexpr unsigned bytes = 6;
    constexpr unsigned text = 7;
    if (type >= sizes.size()) {
        return std::nullopt;
    }
    return type != bytes && type != text ? sizes[type]
           : rest.size() < 2             ? rest.size() + 1
                                         : 2 + number_at(rest, 0, 2);
}

/// Reads the headers that are known here. False where they do not fill their bytes.
bool read_headers(std::string_view headers, std::string_view& message_type, aws_event& to) noexcept {
    while (!headers.empty()) {
        const std::size_t name_size = static_cast<unsigned char>(headers[0]);
        if (name_size == 0 || headers.size() < name_size + 2) {
            return false;
        }
        const auto name = headers.substr(1, name_size);
        const unsigned type = static_cast<unsigned char>(headers[name_size + 1]);
        headers.remove_prefix(name_size + 2);
        const auto size = size_of_value(type, headers);
        if (!size || *size > headers.size()) {
            return false;
        }
        constexpr unsigned text = 7;
        const auto value = type == text ? headers.substr(2, *size - 2) : std::string_view{};
        headers.remove_prefix(*size);
        if (name == ":message-type") {
            message_type = value;
        } else if (name == ":event-type" || name == ":exception-type" || name == ":error-code") {
            to.type = value;
        } else if (name == ":error-message") {
            to.message = value;
        }
    }
    return true;
}

/// Returns the text within a chunk's payload, `{"bytes":"<base64>",…}`; "" for another payload.
std::string text_in_chunk(std::string_view payload) {
    std::string encoded;
    try {
        json_reader json(payload);
        read_text_member(json.root(), "bytes", encoded);
    } catch (const simdjson::simdjson_error&) {
        return {};
    }
    return text::decoded_base64(encoded).value_or(std::string{});
}

std::string error_json(const aws_event& one) {
    std::string message{one.message};
    if (!one.payload.empty()) {
        try {
            json_reader json(one.payload);
            for (auto [key, value] : members_of(json.root())) {
                if (key == "message" || key == "Message" || key == "originalMessage") {
                    read_name(value, message);
                }
            }
        } catch (const simdjson::simdjson_error&) {
            message = one.payload;
        }
    }
    std::string out = R"({"type":"error","error":{"type":)";
    merkle::append_json_string(out, one.type);
    out.append(R"(,"message":)");
    merkle::append_json_string(out, message);
    return out.append("}}");
}

/// Tells whether this is one JSON object: else it would tear the object that it is put into.
bool is_json_object(std::string_view payload) {
    return map_json(payload, [](json_object root) {
               for (auto [key, value] : members_of(root)) {
                   (void)key;
                   (void)read_raw(value);
               }
               return map_error::none;
           }) == map_error::none;
}

void append_data(std::string& out, std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out.append("data: ").append(text).append("\n\n");
}

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) noexcept {
    std::uint32_t sum = ~before;
    for (const char c : bytes) {
        sum = crc_table[(sum ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (sum >> 8U);
    }
    return ~sum;
}

std::size_t aws_event_reader::length_of(std::string_view begun) noexcept {
    if (begun.size() < prelude_bytes) {
        return 0;
    }
    const std::size_t length = number_at(begun, 0);
    const std::size_t headers = number_at(begun, 4);
    broken_ = length > most_bytes || length < prelude_bytes + checksum_bytes ||
              headers > length - prelude_bytes - checksum_bytes ||
              number_at(begun, 8) != crc32(begun.substr(0, 8));
    return broken_ ? 0 : length;
}

void aws_event_reader::feed(std::string_view bytes, const std::function<void(const aws_event&)>& on_event) {
    std::size_t at = 0;
    while (at < bytes.size() && !broken_) {
        if (partial_.empty()) {
            const auto rest = bytes.substr(at);
            const auto length = length_of(rest);
            if (!broken_ && length != 0 && length <= rest.size()) {
                take(rest.substr(0, length), at, on_event);
                at += length;
                continue;
            }
            if (broken_) {
                break;
            }
        }
        if (partial_.size() < prelude_bytes) {  // its length is not known yet
            const auto more = std::min(prelude_bytes - partial_.size(), bytes.size() - at);
            partial_.append(bytes.substr(at, more));
            at += more;
        }
        const auto length = length_of(partial_);
        if (length == 0) {
            continue;
        }
        const auto more = std::min(length - partial_.size(), bytes.size() - at);
        partial_.append(bytes.substr(at, more));
        at += more;
        if (partial_.size() == length) {
            const auto whole = std::exchange(partial_, {});
            take(whole, 0, on_event);
        }
    }
    if (broken_) {
        partial_ = {};
    }
}

void aws_event_reader::take(std::string_view message, std::size_t begin,
                            const std::function<void(const aws_event&)>& on_event) {
    const auto end = message.size() - checksum_bytes;
    const std::size_t headers = number_at(message, 4);
    aws_event one;
    one.begin = begin;
    one.bytes = message.size();
    std::string_view message_type;
    if (number_at(message, end) != crc32(message.substr(0, end)) ||
        !read_headers(message.substr(prelude_bytes, headers), message_type, one)) {
        broken_ = true;
        return;
    }
    one.failed = message_type == "exception" || message_type == "error";
    one.payload = message.substr(prelude_bytes + headers, end - prelude_bytes - headers);
    on_event(one);
}

std::string json_of(const aws_event& one) {
    if (one.failed) {
        return error_json(one);
    }
    if (one.type == "chunk") {
        return text_in_chunk(one.payload);
    }
    auto payload = one.payload;
    constexpr std::string_view mark =
        "\xEF\xBB\xBF";  // which a JSON text may begin with, and a value may not
    payload.remove_prefix(payload.starts_with(mark) ? mark.size() : 0);
    if (!is_json_object(payload)) {
        return {};
    }
    std::string out{"{"};
    merkle::append_json_string(out, one.type);
    return out.append(":").append(payload).append("}");
}

std::string as_server_sent_events(std::string_view aws_stream) {
    std::string out;
    aws_event_reader reader;
    reader.feed(aws_stream, [&](const aws_event& one) { append_data(out, json_of(one)); });
    return out;
}

std::string unread_events(std::string_view aws_stream) {
    std::size_t end = 0;
    aws_event_reader reader;
    reader.feed(aws_stream, [&](const aws_event& one) { end = one.begin + one.bytes; });
    std::string out;
    const auto rest = aws_stream.substr(end);
    if (!rest.empty()) {
        append_data(out, std::string{rest});
    }
    constexpr std::string_view key = "\"bytes\"";
    for (auto at = rest.find(key); at != std::string_view::npos; at = rest.find(key, at)) {
        at = std::min(rest.find_first_not_of(" \t\r\n:\"", at + key.size()), rest.size());
        const auto size = std::min(rest.find_first_not_of(base64_digits, at), rest.size()) - at;
        // Four digits are three bytes; of what was cut within them the rest says nothing whole.
        if (auto text = text::decoded_base64(rest.substr(at, size - size % 4))) {
            append_data(out, std::move(*text));
        }
    }
    return out;
}

void append_aws_event(std::string& to, std::string_view message_type, std::string_view event_type,
                      std::string_view payload) {
    const auto name_of_type = message_type == "exception" ? ":exception-type" : ":event-type";
    std::string headers;
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{name_of_type, event_type},
                                      {":content-type", "application/json"},
                                      {":message-type", message_type}}) {
        append_number(headers, static_cast<std::uint32_t>(name.size()), 1);
        headers.append(name);
        append_number(headers, 7, 1);
        append_number(headers, static_cast<std::uint32_t>(value.size()), 2);
        headers.append(value);
    }
    std::string message;
    append_number(
        message, static_cast<std::uint32_t>(prelude_bytes + headers.size() + payload.size() + checksum_bytes),
        4);
    append_number(message, static_cast<std::uint32_t>(headers.size()), 4);
    append_number(message, crc32(message), 4);
    message.append(headers).append(payload);
    append_number(message, crc32(message), 4);
    to.append(message);
}

}  // namespace tapes::llm
