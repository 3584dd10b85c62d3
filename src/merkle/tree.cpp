#include "tree.hpp"

#include "number.hpp"

#include <algorithm>

namespace tapes::merkle {
namespace {

// UTF-8 bytes sort as code points do; as UTF-16 code units, U+E000…U+FFFF (lead bytes EE, EF) stand behind
// the code points that need surrogates (lead bytes F0…F4).
std::uint8_t utf16_rank(char c) noexcept {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte == 0xEE || byte == 0xEF ? static_cast<std::uint8_t>(byte + 0x10) : byte;
}

bool utf16_less(std::string_view a, std::string_view b) noexcept {
    const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (left == a.end() || right == b.end()) {
        return right != b.end();
    }
    return utf16_rank(*left) < utf16_rank(*right);
}

}  // namespace

canonical_error tree::parse(std::string_view json, int depth) {
    json_ = json;
    depth_limit_ = depth;
    at_ = 0;
    exact_ = true;
    in_range_ = true;
    values_.clear();
    decoded_keys_.clear();
    const canonical_error failed = parse_value(0);
    if (failed != canonical_error::none) {
        return failed;
    }
    skip_space();
    if (at_ != json_.size()) {
        return canonical_error::not_json;
    }
    return in_range_ ? canonical_error::none : canonical_error::number_out_of_range;
}

void tree::skip_space() noexcept {
    while (at_ < json_.size() &&
           (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\r' || json_[at_] == '\t')) {
        ++at_;
    }
}

bool tree::take(char expected) noexcept {
    skip_space();
    if (at_ == json_.size() || json_[at_] != expected) {
        return false;
    }
    ++at_;
    return true;
}

canonical_error tree::parse_value(int depth) {
    skip_space();
    if (at_ == json_.size()) {
        return canonical_error::not_json;
    }
    const std::size_t index = values_.size();
    values_.emplace_back();
    values_[index].end = index + 1;
    const char first = json_[at_];
    if (first == '[' || first == '{') {
        if (depth == depth_limit_) {
            return canonical_error::too_deep;
        }
        ++at_;
        return first == '[' ? parse_array(index, depth + 1) : parse_object(index, depth + 1);
    }
    if (first == '"') {
        values_[index].type = kind::string;
        return scan_string(values_[index].text, values_[index].escaped) ? canonical_error::none
                                                                        : canonical_error::not_json;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
        if (json_.substr(at_, word.size()) == word) {
            values_[index].text = json_.substr(at_, word.size());
            at_ += word.size();
            return canonical_error::none;
        }
    }
    return parse_number();
}

canonical_error tree::parse_number() {
    const std::size_t length = scan_number(json_.substr(at_));
    if (length == 0) {
        return canonical_error::not_json;
    }
    value& into = values_.back();
    into.type = kind::number;
    into.text = json_.substr(at_, length);
    at_ += length;
    const number read = read_number(into.text);
    into.real = read.value;
    exact_ = exact_ && read.exact;
    in_range_ = in_range_ && read.in_range;  // whether the rest is JSON is still to be seen
    return canonical_error::none;
}

canonical_error tree::parse_array(std::size_t index, int depth) {
    values_[index].type = kind::array;
    if (!take(']')) {
        do {
            const canonical_error failed = parse_value(depth);
            if (failed != canonical_error::none) {
                return failed;
            }
        } while (take(','));
        if (!take(']')) {
            return canonical_error::not_json;
        }
    }
    values_[index].end = values_.size();
    return canonical_error::none;
}

canonical_error tree::parse_object(std::size_t index, int depth) {
    values_[index].type = kind::object;
    if (!take('}')) {
        do {
            std::string_view key;
            if (!parse_key(key) || !take(':')) {
                return canonical_error::not_json;
            }
            const std::size_t member = values_.size();
            const canonical_error failed = parse_value(depth);
            if (failed != canonical_error::none) {
                return failed;
            }
            values_[member].key = key;
        } while (take(','));
        if (!take('}')) {
            return canonical_error::not_json;
        }
    }
    values_[index].end = values_.size();
    return canonical_error::none;
}

bool tree::parse_key(std::string_view& key) {
    skip_space();
    bool escaped = false;
    std::string_view literal;
    if (at_ == json_.size() || json_[at_] != '"' || !scan_string(literal, escaped)) {
        return false;
    }
    key = literal.substr(1, literal.size() - 2);
    if (escaped) {
        std::string& decoded = decoded_keys_.emplace_back();
        if (decode_json_string(literal, decoded) == 0) {
            return false;
        }
        key = decoded;
    }
    return true;
}

bool tree::scan_string(std::string_view& literal, bool& escaped) {
    const std::size_t begin = at_++;
    while (at_ < json_.size()) {
        const char c = json_[at_];
        if (c == '"') {
            literal = json_.substr(begin, ++at_ - begin);
            return true;
        }
        if (static_cast<unsigned char>(c) < 0x20) {
            return false;
        }
        if (c == '\\') {
            escaped = true;
            ++at_;
            const std::string_view escape = json_.substr(at_, 5);
            if (escape.empty() || std::string_view("\"\\/bfnrtu").find(escape[0]) == std::string_view::npos) {
                return false;
            }
            if (escape[0] == 'u' &&
                (escape.size() != 5 ||
                 escape.find_first_not_of("0123456789abcdefABCDEF", 1) != std::string_view::npos)) {
                return false;
            }
        }
        ++at_;
    }
    return false;
}

std::vector<std::size_t> tree::members(std::size_t index) const {
    std::vector<std::size_t> sorted;
    for (std::size_t at = index + 1; at < values_[index].end; at = values_[at].end) {
        sorted.push_back(at);
    }
    const auto less = [this](std::size_t a, std::size_t b) {
        return utf16_less(values_[a].key, values_[b].key);
    };
    std::stable_sort(sorted.begin(), sorted.end(), less);
    // From behind, so that of equal keys the last one stays.
    const auto equal = [this](std::size_t a, std::size_t b) { return values_[a].key == values_[b].key; };
    const auto kept = std::unique(sorted.rbegin(), sorted.rend(), equal);
    sorted.erase(sorted.begin(), kept.base());
    return sorted;
}

void tree::write(std::size_t index, std::string& out) {
    const value& from = values_[index];
    switch (from.type) {
        case kind::literal:
            out.append(from.text);
            return;
        case kind::number:
            append_json_number(out, from.real);
            return;
        case kind::string:
            if (from.escaped) {
                std::string text;
                decode_json_string(from.text, text);
                append_json_string(out, text);
            } else {
                out.append(from.text);
            }
            return;
        case kind::array:
            out.push_back('[');
            for (std::size_t at = index + 1; at < from.end; at = values_[at].end) {
                if (at != index + 1) {
                    out.push_back(',');
                }
                write(at, out);
            }
            out.push_back(']');
            return;
        case kind::object:
            write_object(index, out);
    }
}

void tree::write_object(std::size_t index, std::string& out) {
    out.push_back('{');
    bool first = true;
    for (const std::size_t member : members(index)) {
        if (!first) {
            out.push_back(',');
        }
        first = false;
        append_json_string(out, values_[member].key);
        out.push_back(':');
        write(member, out);
    }
    out.push_back('}');
}

}  // namespace tapes::merkle
