#include "transcript/content_scanner.hpp"

#include <tapes/text/hex.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::read {

namespace {

/// So much of each block is kept when the message has had its share.
constexpr std::size_t least_kept = 256;
constexpr std::size_t name_bytes = 256;

enum class share { name, text, tool, none };

struct scanned_field {
    std::string_view key;
    excerpt scanned_block::*field;
    share kept;
};

constexpr std::array scanned_fields{
    scanned_field{"type", &scanned_block::type, share::name},
    scanned_field{"text", &scanned_block::text, share::text},
    scanned_field{"image_url", &scanned_block::image_url, share::tool},
    scanned_field{"image_base64", &scanned_block::image_base64, share::none},
    scanned_field{"media_type", &scanned_block::media_type, share::name},
    scanned_field{"tool_use_id", &scanned_block::tool_use_id, share::name},
    scanned_field{"tool_name", &scanned_block::tool_name, share::name},
    scanned_field{"tool_input", &scanned_block::tool_input, share::tool},
    scanned_field{"tool_result_id", &scanned_block::tool_result_id, share::name},
    scanned_field{"tool_output", &scanned_block::tool_output, share::tool},
    scanned_field{"thinking", &scanned_block::thinking, share::text},
    scanned_field{"refusal", &scanned_block::refusal, share::text},
    scanned_field{"name", &scanned_block::name, share::name},
    scanned_field{"raw", &scanned_block::raw, share::tool},
};

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Takes away the character at the end of which bytes are missing.
void end_with_character(std::string& text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) {
            return;
        }
        if (byte >= 0xC0) {
            if (!text::first_utf8(std::string_view{text}.substr(text.size() - back)).valid) {
                text.resize(text.size() - back);
            }
            return;
        }
    }
}

}  // namespace

void content_scanner::feed(std::string_view piece) {
    while (!piece.empty()) {
        const auto run = run_length(piece);
        add(piece.substr(0, run));
        piece.remove_prefix(run);
        if (!piece.empty()) {
            take(piece.front());
            piece.remove_prefix(1);
        }
    }
}

/// Returns how many bytes at the front of `piece` belong to the string at hand as they are.
std::size_t content_scanner::run_length(std::string_view piece) const {
    const bool plain = !escaped_ && digits_ == 0 && half_ == 0;
    if (!plain || (at_ != state::string && (at_ != state::json || !quoted_))) {
        return 0;
    }
    return std::min(piece.find_first_of("\"\\"), piece.size());
}

void content_scanner::take(char c) {
    if (at_ == state::string) {
        take_escape(c);
        return;
    }
    if (at_ == state::json) {
        take_json(c);
        return;
    }
    if (is_space(c)) {
        return;
    }
    const auto go = [this](bool right, state next) { at_ = right ? next : state::failed; };
    switch (at_) {
        case state::start:
            go(c == '[', state::first_block);
            break;
        case state::first_block:
        case state::block:
            if (c == '{') {
                begin_block();
            } else {
                go(c == ']' && at_ == state::first_block, state::done);
            }
            break;
        case state::behind_block:
            go(c == ',' || c == ']', c == ',' ? state::block : state::done);
            break;
        case state::first_key:
        case state::key:
            if (c == '"') {
                begin_key();
            } else {
                go(c == '}' && at_ == state::first_key, state::behind_block);
            }
            break;
        case state::behind_key:
            go(c == ':', state::value);
            break;
        case state::value:
            begin_value(c);
            break;
        case state::behind_value:
            go(c == ',' || c == '}', c == ',' ? state::key : state::behind_block);
            break;
        default:
            at_ = state::failed;
    }
}

void content_scanner::begin_block() {
    at_ = state::first_key;
    if (blocks_.size() < limits_.blocks) {
        blocks_.emplace_back();
    } else {
        ++more_blocks_;
    }
}

void content_scanner::begin_key() {
    key_ = {};
    field_ = &key_;
    most_ = name_bytes;
    of_key_ = true;
    at_ = state::string;
}

void content_scanner::choose_field() {
    nowhere_ = {};
    field_ = &nowhere_;
    most_ = 0;
    if (key_.text == "is_error") {
        most_ = name_bytes;
        return;
    }
    const auto* const found = std::ranges::find(scanned_fields, key_.text, &scanned_field::key);
    if (found == scanned_fields.end() || more_blocks_ != 0) {
        return;
    }
    field_ = &(blocks_.back().*(found->field));
    *field_ = {};  // of a repeated key the last one counts
    const auto wanted = found->kept == share::text ? limits_.text_bytes : limits_.tool_bytes;
    most_ = found->kept == share::name   ? name_bytes
            : found->kept == share::none ? 0
                                         : std::min(wanted, std::max(left_, least_kept));
    const bool image = field_ == &blocks_.back().image_url || field_ == &blocks_.back().image_base64;
    if (image && blocks_.size() == limits_.blocks) {
        most_ = std::max(most_, limits_.image_bytes);
    }
}

void content_scanner::begin_value(char c) {
    choose_field();
    of_key_ = false;
    if (c == '"') {
        at_ = state::string;
        return;
    }
    at_ = state::json;
    depth_ = 0;
    quoted_ = false;
    take_json(c);
}

/// Takes a byte of a string that is not plain: a quote, a backslash, or what stands behind one.
void content_scanner::take_escape(char c) {
    if (digits_ > 0) {
        const auto value = text::hex_value(c);
        if (value < 0) {
            at_ = state::failed;
            return;
        }
        unit_ = unit_ << 4U | static_cast<char32_t>(value);
        if (--digits_ == 0) {
            add_unit(unit_);
        }
        return;
    }
    if (escaped_) {
        escaped_ = false;
        if (c == 'u') {
            digits_ = 4;
            unit_ = 0;
            return;
        }
        end_half();
        const char meant = text::json_short_escape(c);
        add({meant == '\0' ? &c : &meant, 1});
        return;
    }
    if (c == '\\') {
        escaped_ = true;
        return;
    }
    end_half();
    c == '"' ? end_string() : add({&c, 1});
}

void content_scanner::add_unit(char32_t unit) {
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    std::string bytes;
    if (low && half_ != 0) {
        text::append_code_point(bytes, 0x10000 + ((half_ - 0xD800) << 10U) + (unit - 0xDC00));
        half_ = 0;
    } else {
        end_half();
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            half_ = unit;
            return;
        }
        text::append_code_point(bytes, unit);
    }
    add(bytes);
}

/// A surrogate that stayed alone.
void content_scanner::end_half() {
    if (std::exchange(half_, 0) != 0) {
        add("\xEF\xBF\xBD");
    }
}

void content_scanner::end_string() {
    finish_field();
    at_ = of_key_ ? state::behind_key : state::behind_value;
}

/// Takes a byte of a value that is no string. Without recursion: it may be of any depth.
void content_scanner::take_json(char c) {
    if (quoted_) {
        add({&c, 1});
        quoted_ = escaped_ || c != '"';
        escaped_ = !escaped_ && c == '\\';
        return;
    }
    const bool ends = c == ',' || c == '}' || c == ']';
    if (depth_ == 0 && ends) {
        end_json();
        take(c);
        return;
    }
    if (is_space(c)) {
        return;
    }
    add({&c, 1});
    quoted_ = c == '"';
    if (c == '{' || c == '[') {
        ++depth_;
    } else if (c == '}' || c == ']') {
        --depth_;
    }
}

void content_scanner::end_json() {
    if (field_->text == "null") {
        *field_ = {};
    }
    if (key_.text == "is_error" && more_blocks_ == 0) {
        blocks_.back().is_error = field_->text == "true";
    }
    finish_field();
    at_ = state::behind_value;
}

void content_scanner::finish_field() {
    if (field_->cut()) {
        end_with_character(field_->text);
    }
    left_ -= std::min(left_, of_key_ ? 0 : field_->text.size());
    field_ = &nowhere_;
}

void content_scanner::add(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    field_->bytes += bytes.size();
    const auto room = most_ - std::min(most_, field_->text.size());
    field_->text.append(bytes.substr(0, room));
}

}  // namespace tapes::read
