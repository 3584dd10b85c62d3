#include "redaction/credentials.hpp"
#include "redaction/json_place.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

namespace tapes::http {
namespace {

using text::json_unescaped;

/// What a tool is, as far as that was read.
enum class tool_type : unsigned char { untold, mcp, other };

/// Tells whether a bracket in a text closes one of the other kind, as where one is missing.
bool has_crossed_brackets(std::string_view text) {
    constexpr std::size_t deepest = 1024;
    std::bitset<deepest> is_array;
    std::size_t depth = 0;
    bool crossed = false;
    text::visit_json_marks(text, [&](char c) {
        if (c == '[' || c == '{') {
            if (depth < deepest) {
                is_array[depth] = c == '[';
            }
            ++depth;
        } else if (c != ',' && depth > 0) {
            --depth;
            crossed = depth < deepest && is_array[depth] != (c == ']');
        }
        return !crossed;
    });
    return crossed;
}

/// Walks one JSON text and finds the strings that are credentials by their place. At the first thing that is
/// no JSON it stops and keeps what it has found or, where that is asked for, goes on at the next name that
/// may be a credential's. It never goes back behind such a name, so its work is linear.
class credential_walk {
public:
    credential_walk(std::string_view text, std::size_t base, const name_rules& rules, broken_json broken,
                    credential_ranges& out)
        : text_{text},
          base_{base},
          rules_{rules},
          goes_on_{broken == broken_json::goes_on},
          out_{out},
          at_{text} {}

    void run() {
        bool whole = values();
        while (!whole && goes_on_) {
            const auto from = behind_error();
            if (!find_hint(from)) {
                return;
            }
            whole = from_hint(from) && values();
        }
    }

private:
    /// As deep as a request is read (simdjson's limit).
    static constexpr int max_depth = 1024;

    std::size_t offset() const noexcept { return start_ + at_.offset(); }

    void go_to(std::size_t at) noexcept {
        at_ = text::json_cursor{text_.substr(at)};
        start_ = at;
    }

    /// Walks over the values that stand one behind the other.
    bool values() {
        while (true) {
            const char c = at_.peek();
            if (c == '\0' && offset() == text_.size()) {
                return true;
            }
            between_values_ = c != '{' && c != '[';
            if (c == '"' || !value(top_, 0)) {
                return false;  // a string may be a name whose object has ended
            }
        }
    }

    /// Returns where the search for the next name begins once the walk has stopped.
    std::size_t behind_error() {
        auto from = std::exchange(name_, std::nullopt).value_or(offset());
        if (!between_values_) {
            top_ = place::open;  // how deep the rest stands is not known any more
        }
        const auto skipped = std::exchange(skipped_, {});
        text::count_work(skipped.size());
        if (has_crossed_brackets(skipped)) {
            skips_ = false;
            from = static_cast<std::size_t>(skipped.data() - text_.data());
        }
        return std::max(from, behind_hint_);
    }

    bool find_hint(std::size_t from) {
        if (!hint_ || *hint_ < from) {
            hint_ = std::min(find_json_hint(text_, from, rules_), text_.size());
            text::count_work(*hint_ - std::min(from, *hint_));
        }
        return *hint_ < text_.size();
    }

    /// Goes on where the value in which the hint stands begins, if that is plain, else at the name that it
    /// ends.
    bool from_hint(std::size_t from) {
        constexpr std::size_t longest_name = 160;
        const auto hint = *hint_;
        if (between_values_) {
            const auto bracket = text::find_any(text_.substr(0, hint), "{[", from);
            if (bracket < hint) {
                go_to(bracket);
                return true;
            }
        }
        between_values_ = false;
        behind_hint_ = hint + 1;
        const auto first = hint - std::min(hint, longest_name);
        const auto quote = text_.substr(first, hint - first).rfind('"');
        go_to(quote == std::string_view::npos ? behind_hint_ : first + quote);
        return quote != std::string_view::npos && members(top_, 0);
    }

    bool value(place here, int depth) {
        const char c = at_.peek();
        if (c != '{' && c != '[') {
            at_.skip_value();
            return !at_.failed();
        }
        if (here == place::nothing) {
            return skip();
        }
        if (depth > max_depth) {
            return false;
        }
        return c == '{' ? object(here, depth) : array(here, depth);
    }

    /// Moves over conversation, unless a bracket of it is missing: then there is no telling where it ends.
    bool skip() {
        if (!skips_) {
            return false;
        }
        const auto begin = offset();
        at_.skip_value();
        skipped_ = text_.substr(begin, offset() - begin);
        return !at_.failed();
    }

    bool array(place here, int depth) {
        const auto of_element = element_of(here, depth);
        at_.take('[');
        std::size_t begin = 0;
        bool is_string = false;
        do {
            while (at_.take(',')) {
            }
            if (at_.take(']')) {
                return true;
            }
            is_string = at_.peek() == '"';
            begin = offset();
            if (is_string && here == place::plain_secrets) {
                const auto text = string_or_rest();
                if (at_.failed() || at_.peek() != ':') {
                    add(text, json_unescaped(text), false);
                }
                if (at_.failed()) {
                    return false;
                }
            } else if (!value(of_element, depth + 1)) {
                return false;
            }
        } while (at_.take(','));
        if (is_string && at_.peek() == ':') {
            name_ = begin;  // the array was not closed
        }
        return at_.take(']');
    }

    /// Returns the string that begins here, or what there is of one that the end of the text cuts off.
    std::string_view string_or_rest() {
        const auto begin = offset() + 1;
        const auto text = at_.string();
        if (!at_.failed()) {
            return text;
        }
        return goes_on_ ? text_.substr(begin) : text_.substr(text_.size());
    }

    bool object(place here, int depth) {
        at_.take('{');
        return members(here, depth);
    }

    /// Walks over the members of an object and its end.
    bool members(place here, int depth) {
        const auto first = only_mcp_.size();
        auto type = tool_type::untold;
        bool whole = true;
        while (whole && !at_.take('}')) {
            if (at_.peek() != '"') {
                whole = skip_stray();
                continue;
            }
            const auto name = at_.string();
            whole = !at_.failed() && at_.take(':') && member(here, name, depth, type);
        }
        if (here == place::tool) {
            settle_tool(type == tool_type::mcp || (type == tool_type::untold && !whole && goes_on_), first);
        }
        return whole;
    }

    /// Moves over a comma, or over what stands in the place of a member's name: a comment, a name in other
    /// quotes.
    bool skip_stray() {
        if (at_.take(',')) {
            return true;
        }
        if (!goes_on_) {
            return false;
        }
        if (at_.take(':')) {
            return true;
        }
        const char c = at_.peek();
        if (c == '{' || c == '[') {
            return false;
        }
        at_.skip_value();
        return !at_.failed();
    }

    /// Takes back what only an MCP tool has where this was none: the type may stand behind its secrets.
    void settle_tool(bool is_mcp, std::size_t first) {
        if (!is_mcp) {
            for (auto i = first; i < only_mcp_.size(); ++i) {
                out_[only_mcp_[i]].size = 0;
            }
        }
        only_mcp_.resize(first);
    }

    bool member(place here, std::string_view raw_name, int depth, tool_type& type) {
        const bool escaped = raw_name.find('\\') != std::string_view::npos;
        const std::string unescaped = escaped ? json_unescaped(raw_name) : std::string{};
        const std::string_view name = escaped ? std::string_view{unescaped} : raw_name;
        if (at_.peek() == '"') {
            const auto text = string_or_rest();
            if (here == place::tool && name == "type") {
                type = text == "mcp" || json_unescaped(text) == "mcp" ? tool_type::mcp : tool_type::other;
            } else if (const auto kind = text.empty() ? name_kind::plain : secret_kind(here, name, rules_);
                       kind != name_kind::plain) {
                add(text, json_unescaped(text), kind == name_kind::named);
                note_tool_secret(here);
            } else if (is_url(here, name)) {
                const auto before = out_.size();
                add_of_url(text);
                for (auto i = before; i < out_.size(); ++i) {
                    if (here == place::tool) {
                        only_mcp_.push_back(i);
                    }
                }
            }
            return !at_.failed();
        }
        return value(inside(here, name, rules_), depth + 1);
    }

    void note_tool_secret(place here) {
        if (here == place::tool || here == place::headers) {
            only_mcp_.push_back(out_.size() - 1);
        }
    }

    void add(std::string_view text, std::string value, bool recurs) {
        out_.add({base_ + static_cast<std::size_t>(text.data() - text_.data()), text.size(), std::move(value),
                  recurs});
    }

    /// Adds the credentials of an address, or all of it where its parts are hard to tell apart.
    void add_of_url(std::string_view text) {
        const bool escaped = text.find('\\') != std::string_view::npos;
        const auto found = credentials_in_url(escaped ? json_unescaped(text) : std::string{text}, rules_);
        if (found.empty()) {
            return;
        }
        const bool plain = !escaped && std::ranges::all_of(found, [&](const auto& one) {
            return text.substr(one.at, one.size).find_first_of("/?#&;@") == std::string_view::npos;
        });
        if (!plain) {
            add(text, json_unescaped(text), false);
            return;
        }
        for (const auto& one : found) {
            add(text.substr(one.at, one.size), one.value, one.recurs);
        }
    }

    std::string_view text_;
    std::size_t base_;
    const name_rules& rules_;
    bool goes_on_;
    credential_ranges& out_;
    std::vector<std::size_t>
        only_mcp_;  ///< of those found in the tool that is read: no credentials elsewhere
    text::json_cursor at_;
    std::size_t start_ = 0;  ///< where the cursor began
    place top_ = place::root;
    bool between_values_ = true;  ///< where the walk has stopped: in no value
    bool skips_ = true;
    std::string_view skipped_;         ///< the last that was
    std::optional<std::size_t> name_;  ///< of a member in an array: it was read as an element
    std::optional<std::size_t> hint_;
    std::size_t behind_hint_ = 0;  ///< of the last that the walk went on from
};

}  // namespace

void credentials_in_json(std::string_view text, std::size_t base, const name_rules& rules,
                         credential_ranges& out, broken_json broken) {
    const auto first = out.size();
    tapes::text::count_work(text.size());
    credential_walk{text, base, rules, broken, out}.run();
    out.remove(first, [](const auto& one) { return one.size == 0; });
}

}  // namespace tapes::http
