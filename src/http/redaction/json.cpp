#include "redaction/credentials.hpp"
#include "redaction/json_place.hpp"

#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <utility>

namespace tapes::http {
namespace {

using text::json_unescaped;

/// Walks one JSON text and finds the strings that are credentials by their place. At the first thing that is
/// no JSON it stops, and keeps what it has found.
class credential_walk {
public:
    credential_walk(std::string_view text, std::size_t base, const name_rules& rules, credential_ranges& out)
        : text_{text}, base_{base}, rules_{rules}, out_{out}, at_{text} {}

    void run() {
        while (at_.peek() != '\0' && value(place::root, 0)) {
        }
    }

private:
    /// As deep as a request is read (simdjson's limit).
    static constexpr int max_depth = 1024;

    bool value(place here, int depth) {
        const char c = at_.peek();
        if (here == place::nothing || depth > max_depth || (c != '{' && c != '[')) {
            at_.skip_value();
            return !at_.failed();
        }
        return c == '{' ? object(here, depth) : array(here, depth);
    }

    bool array(place here, int depth) {
        const auto element = element_of(here, depth);
        at_.take('[');
        if (at_.take(']')) {
            return true;
        }
        do {
            if (here == place::plain_secrets && at_.peek() == '"') {
                const auto text = at_.string();
                if (at_.failed()) {
                    return false;
                }
                add(text, json_unescaped(text), false);
            } else if (!value(element, depth + 1)) {
                return false;
            }
        } while (at_.take(','));
        return at_.take(']');
    }

    bool object(place here, int depth) {
        const auto first = only_mcp_.size();
        bool is_mcp = false;
        at_.take('{');
        bool whole = true;
        while (whole && !at_.take('}')) {
            if (at_.take(',')) {
                continue;
            }
            const auto name = at_.string();
            whole = !at_.failed() && at_.take(':') && member(here, name, depth, is_mcp);
        }
        if (here == place::tool) {
            settle_tool(is_mcp, first);
        }
        return whole;
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

    bool member(place here, std::string_view raw_name, int depth, bool& is_mcp) {
        const bool escaped = raw_name.find('\\') != std::string_view::npos;
        const std::string unescaped = escaped ? json_unescaped(raw_name) : std::string{};
        const std::string_view name = escaped ? std::string_view{unescaped} : raw_name;
        if (at_.peek() == '"') {
            const auto text = at_.string();
            if (at_.failed()) {
                return false;
            }
            if (here == place::tool && name == "type") {
                is_mcp = text == "mcp" || json_unescaped(text) == "mcp";
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
            return true;
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
    credential_ranges& out_;
    std::vector<std::size_t>
        only_mcp_;  ///< of those found in the tool that is read: no credentials elsewhere
    text::json_cursor at_;
};

}  // namespace

void credentials_in_json(std::string_view text, std::size_t base, const name_rules& rules,
                         credential_ranges& out) {
    const auto first = out.size();
    tapes::text::count_work(text.size());
    credential_walk{text, base, rules, out}.run();
    out.remove(first, [](const auto& one) { return one.size == 0; });
}

}  // namespace tapes::http
