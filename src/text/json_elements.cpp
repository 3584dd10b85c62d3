#include <tapes/text/json_elements.hpp>

#include <algorithm>
#include <utility>

namespace tapes::text {

namespace {

/// Names of the path are short; a longer one is none of them.
constexpr std::size_t longest_path_name = 64;

bool is_json_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

json_elements::json_elements(std::vector<std::string> path, std::size_t most_bytes, taker take)
    : path_{std::move(path)}, most_{most_bytes}, take_{std::move(take)} {}

void json_elements::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (in_string_ && !escaped_) {
            // Most of a file is within long strings.
            const auto plain = std::min(bytes.find_first_of("\"\\"), bytes.size());
            keep_all(bytes.substr(0, plain));
            bytes.remove_prefix(plain);
            if (bytes.empty()) {
                return;
            }
        }
        feed_one(bytes.front());
        bytes.remove_prefix(1);
    }
}

/// Takes a part of a string in which nothing ends.
void json_elements::keep_all(std::string_view part) {
    if (inside_ && !current_.too_long) {
        current_.text += part;
        if (current_.text.size() > most_) {
            current_ = {{}, true};
        }
    } else if (!inside_ && in_name_) {
        name_ += part.substr(0, longest_path_name + 1);
    }
}

void json_elements::keep(char c) {
    if (!current_.too_long) {
        current_.text += c;
        if (current_.text.size() > most_) {
            current_ = {{}, true};
        }
    }
}

void json_elements::feed_one(char c) {
    if (in_string_) {
        if (inside_) {
            keep(c);
        } else if (in_name_ && name_.size() <= longest_path_name) {
            name_ += c;
        }
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            in_string_ = false;
            if (in_name_) {
                name_.resize(name_.empty() ? 0 : name_.size() - 1);
                in_name_ = false;
                name_matches_ = matched_ < path_.size() && name_ == path_[matched_];
            }
        }
        return;
    }
    if (inside_) {
        const bool between = at_element();
        if (between && (c == ',' || c == ']')) {
            end_value();
            if (c == ']') {
                inside_ = false;
                close();
            }
            return;
        }
        if (between && !has_element_ && is_json_space(c)) {
            return;
        }
        has_element_ = true;
        keep(c);
    }
    begin_value(c);
}

/// Follows brackets and quotes outside of strings.
void json_elements::begin_value(char c) {
    switch (c) {
        case '"':
            in_string_ = true;
            // A name that leads on stands in the object to which the path has led.
            in_name_ = !inside_ && expects_name_ && depth_ == matched_ + 1;
            name_.clear();
            expects_name_ = false;
            break;
        case '{':
        case '[':
            open(c);
            break;
        case '}':
        case ']':
            close();
            break;
        case ',':
            expects_name_ = !inside_ && depth_ == matched_ + 1;
            name_matches_ = false;
            break;
        default:
            break;
    }
}

void json_elements::open(char c) {
    ++depth_;
    if (inside_) {
        return;
    }
    const bool on_the_way = name_matches_ || (depth_ == 1 && path_.empty());
    name_matches_ = false;
    if (c == '[' && on_the_way && matched_ + (path_.empty() ? 0 : 1) == path_.size()) {
        inside_ = found_ = true;
        array_depth_ = depth_;
        return;
    }
    if (c == '{' && (on_the_way || depth_ == 1)) {
        matched_ += on_the_way ? 1 : 0;
        expects_name_ = depth_ == matched_ + 1;
    }
}

void json_elements::close() {
    depth_ -= depth_ > 0 ? 1 : 0;
    if (!inside_ && depth_ <= matched_ && matched_ > 0) {
        --matched_;
    }
}

void json_elements::end_value() {
    if (has_element_) {
        take_(std::exchange(current_, {}));
    }
    current_ = {};
    has_element_ = false;
}

}  // namespace tapes::text
