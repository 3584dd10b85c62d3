// Our own and no library's: a relay passes a head on as it came, and refuses whatever two parsers could read
// in two ways; libraries normalize the first and forgive the second.
#include <tapes/http/head.hpp>
#include <tapes/text/list.hpp>

#include <array>
#include <cstring>

namespace tapes::http {

namespace {

/// The bytes of a token (RFC 9110 §5.6.2).
constexpr auto token_bytes = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

bool is_token(std::string_view text) noexcept {
    for (const char c : text) {
        if (!token_bytes[static_cast<unsigned char>(c)]) {
            return false;
        }
    }
    return !text.empty();
}

head_error parse_fields(std::string_view bytes, const head_limits& limits, std::vector<field>& out) {
    while (bytes != "\r\n") {
        const auto end = bytes.find("\r\n");
        const auto line = bytes.substr(0, end);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
            return head_error::bad_field;
        }
        const auto value = line.substr(colon + 1);
        if (std::memchr(value.data(), '\0', value.size()) != nullptr) {
            return head_error::bad_field;
        }
        if (std::memchr(value.data(), '\r', value.size()) != nullptr) {
            return head_error::bad_line_end;
        }
        if (out.size() == limits.fields) {
            return head_error::too_large;
        }
        out.push_back({line.substr(0, colon), text::trimmed(value), bytes.substr(0, end + 2), false});
        bytes.remove_prefix(end + 2);
    }
    return head_error::none;
}

/// Reads one decimal number, or a list of equal ones (RFC 9110 §8.6).
bool parse_content_length(std::string_view value, bool& known, std::uint64_t& length) noexcept {
    bool good = true;
    for (bool more = true; more && good;) {
        more = value.find(',') != std::string_view::npos;
        const auto element = text::take_element(value);
        std::uint64_t number = 0;
        good = !element.empty() && element.size() <= 18;
        for (const char c : element) {
            good = good && text::is_digit(c);
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
        }
        good = good && (!known || number == length);
        known = true;
        length = number;
    }
    return good;
}

struct lengths {
    bool has_length = false;
    bool has_coding = false;
    std::uint64_t length = 0;
};

head_error read_lengths(const std::vector<field>& fields, int minor_version, lengths& out) noexcept {
    for (const auto& one : fields) {
        if (equal_names(one.name, "content-length")) {
            if (!parse_content_length(one.value, out.has_length, out.length)) {
                return head_error::bad_content_length;
            }
        } else if (equal_names(one.name, "transfer-encoding")) {
            // Only exactly `chunked`, once, is understood in the same way everywhere.
            if (out.has_coding || minor_version == 0 || !equal_names(one.value, "chunked")) {
                return head_error::bad_transfer_encoding;
            }
            out.has_coding = true;
        }
    }
    return head_error::none;
}

bool wants_keep_alive(const connection_options& options, int minor_version) noexcept {
    return !options.close && (minor_version == 1 || options.keep_alive);
}

bool parse_version(std::string_view text, int& minor) noexcept {
    if (text != "HTTP/1.1" && text != "HTTP/1.0") {
        return false;
    }
    minor = text.back() - '0';
    return true;
}

head_error check_hosts(const request_head& head) noexcept {
    int hosts = 0;
    for (const auto& one : head.fields) {
        hosts += equal_names(one.name, "host") ? 1 : 0;
    }
    if (hosts > 1) {
        return head_error::repeated_host;
    }
    return hosts == 0 && head.minor_version == 1 ? head_error::missing_host : head_error::none;
}

}  // namespace

std::string_view describe(head_error error) noexcept {
    switch (error) {
        case head_error::none:
            return "no error";
        case head_error::too_large:
            return "the head is larger, or has more fields, than the limit";
        case head_error::bad_line_end:
            return "a line of the head does not end in CRLF";
        case head_error::bad_start_line:
            return "the start line is malformed";
        case head_error::bad_version:
            return "the version is neither HTTP/1.1 nor HTTP/1.0";
        case head_error::bad_field:
            return "a header field is malformed";
        case head_error::bad_content_length:
            return "Content-Length is not one decimal number";
        case head_error::bad_transfer_encoding:
            return "Transfer-Encoding is not exactly \"chunked\" in HTTP/1.1";
        case head_error::both_lengths:
            return "both Content-Length and Transfer-Encoding are present";
        case head_error::missing_host:
            return "the Host field is missing";
        case head_error::repeated_host:
            return "the Host field is repeated";
    }
    return "unknown error";
}

std::size_t head_scanner::scan(std::string_view bytes, head_error& error) noexcept {
    while (at_ < bytes.size()) {
        const auto* const found =
            static_cast<const char*>(std::memchr(bytes.data() + at_, '\n', bytes.size() - at_));
        if (found == nullptr) {
            at_ = bytes.size();
            return 0;
        }
        const auto lf = static_cast<std::size_t>(found - bytes.data());
        if (lf == line_ || bytes[lf - 1] != '\r') {
            error = head_error::bad_line_end;
            return 0;
        }
        const bool empty = lf == line_ + 1;
        at_ = lf + 1;
        line_ = at_;
        if (empty) {
            return at_;
        }
    }
    return 0;
}

head_error parse_request(std::string_view bytes, const head_limits& limits, request_head& out) {
    out.fields.clear();
    if (bytes.size() > limits.bytes) {
        return head_error::too_large;
    }
    const auto end = bytes.find("\r\n");
    const auto line = bytes.substr(0, end);
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
        return head_error::bad_start_line;
    }
    out.method = line.substr(0, first);
    out.target = line.substr(first + 1, second - first - 1);
    if (!is_token(out.method) || out.target.empty()) {
        return head_error::bad_start_line;
    }
    for (const char c : out.target) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
            return head_error::bad_start_line;
        }
    }
    if (!parse_version(line.substr(second + 1), out.minor_version)) {
        return head_error::bad_version;
    }
    if (const auto error = parse_fields(bytes.substr(end + 2), limits, out.fields);
        error != head_error::none) {
        return error;
    }
    lengths known;
    if (const auto error = read_lengths(out.fields, out.minor_version, known); error != head_error::none) {
        return error;
    }
    if (known.has_coding && known.has_length) {
        return head_error::both_lengths;
    }
    if (const auto error = check_hosts(out); error != head_error::none) {
        return error;
    }
    out.body = known.has_coding   ? framing{body_kind::chunked, 0}
               : known.length > 0 ? framing{body_kind::length, known.length}
                                  : framing{};
    const auto options = read_connection_options(out.fields);
    out.keep_alive = wants_keep_alive(options, out.minor_version);
    out.upgrade = options.upgrade && find_field(out.fields, "upgrade") != nullptr;
    const auto* const expect = find_field(out.fields, "expect");
    out.expects_continue = expect != nullptr && equal_names(expect->value, "100-continue");
    return head_error::none;
}

head_error parse_response(std::string_view bytes, const head_limits& limits, bool to_head,
                          response_head& out) {
    out.fields.clear();
    if (bytes.size() > limits.bytes) {
        return head_error::too_large;
    }
    const auto end = bytes.find("\r\n");
    const auto line = bytes.substr(0, end);
    // "HTTP/1.1 200 OK"; the reason and the space before it are missing from some servers' answers.
    if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
        return head_error::bad_start_line;
    }
    if (!parse_version(line.substr(0, 8), out.minor_version)) {
        return head_error::bad_version;
    }
    out.status = 0;
    for (const char c : line.substr(9, 3)) {
        if (c < '0' || c > '9') {
            return head_error::bad_start_line;
        }
        out.status = out.status * 10 + (c - '0');
    }
    if (out.status < 100 || line.find_first_of(std::string_view{"\r\0", 2}) != std::string_view::npos) {
        return head_error::bad_start_line;
    }
    out.reason_phrase = line.size() > 13 ? line.substr(13) : std::string_view{};
    if (const auto error = parse_fields(bytes.substr(end + 2), limits, out.fields);
        error != head_error::none) {
        return error;
    }
    lengths known;
    if (const auto error = read_lengths(out.fields, out.minor_version, known); error != head_error::none) {
        return error;
    }
    if (to_head || out.status < 200 || out.status == 204 || out.status == 304) {
        out.body = {};
    } else if (known.has_coding) {
        out.body = {body_kind::chunked, 0};
    } else if (known.has_length) {
        out.body = {body_kind::length, known.length};
    } else {
        out.body = {body_kind::until_close, 0};
    }
    // With both lengths the chunks count, and what follows on the connection is not to be trusted.
    out.keep_alive = wants_keep_alive(read_connection_options(out.fields), out.minor_version) &&
                     out.body.kind != body_kind::until_close && !(known.has_coding && known.has_length);
    return head_error::none;
}

}  // namespace tapes::http
