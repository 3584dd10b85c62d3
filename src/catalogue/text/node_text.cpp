#include "text/node_text.hpp"

#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

/// One part as it grows, up to its limit.
class text_part {
public:
    explicit text_part(std::string& to) : to_{to} {}

    /// Appends what stands between the quotes of a JSON string.
    void add_escaped(std::string_view inside) {
        // An escape stands for less than its own bytes; a character that is cut goes below.
        constexpr std::size_t longest_escape = 6;
        const auto room = most_text_bytes - std::min(most_text_bytes, to_.size());
        if (inside.empty() || room == 0) {
            return;
        }
        if (!to_.empty()) {
            to_ += '\n';
        }
        to_ += text::json_unescaped(inside.substr(0, room * longest_escape));
        if (to_.size() > most_text_bytes) {
            to_.resize(text::character_start(to_, most_text_bytes));
        }
    }
    void add_plain(std::string_view value) { add_escaped(value); }
    bool full() const noexcept { return to_.size() >= most_text_bytes; }

private:
    std::string& to_;
};

/// Appends the strings and numbers of a JSON value, without the names of members.
void add_values(std::string_view json, text_part& to) {
    const char* at = json.data();
    const char* const end = at + json.size();
    while (at != end && !to.full()) {
        if (*at == '"') {
            const char* const behind = text::json_string_end(at + 1, end);
            if (behind == nullptr) {
                return;
            }
            const std::string_view inside{at + 1, static_cast<std::size_t>(behind - at - 2)};
            at = behind;
            text::json_cursor next{{at, static_cast<std::size_t>(end - at)}};
            if (next.peek() != ':') {
                to.add_escaped(inside);
            }
            continue;
        }
        if ((*at >= '0' && *at <= '9') || *at == '-') {
            const auto* const first = at;
            while (at != end && (std::string_view{"+-.eE0123456789"}.find(*at) != std::string_view::npos)) {
                ++at;
            }
            to.add_plain({first, static_cast<std::size_t>(at - first)});
            continue;
        }
        ++at;
    }
}

/// What a block says; views into the content.
struct block_text {
    std::string_view text, refusal, thinking, tool_name, tool_input, tool_output, raw;

    void take(std::string_view name, std::string_view value) {
        if (name == "text") {
            text = value;
        } else if (name == "refusal") {
            refusal = value;
        } else if (name == "thinking") {
            thinking = value;
        } else if (name == "tool_name") {
            tool_name = value;
        } else if (name == "tool_input") {
            tool_input = value;
        } else if (name == "tool_output") {
            tool_output = value;
        } else if (name == "raw") {
            raw = value;
        }
    }
};

/// Returns the value at the cursor: of a string what is between its quotes.
std::string_view read_value(text::json_cursor& at, std::string_view content, bool with_quotes) {
    const bool plain_string = at.peek() == '"' && !with_quotes;
    if (plain_string) {
        return at.string();
    }
    const auto from = at.offset();
    at.skip_value();
    return content.substr(from, at.offset() - from);
}

bool read_block(text::json_cursor& at, std::string_view content, block_text& into) {
    while (at.peek() == '"') {
        const auto name = at.string();
        if (!at.take(':')) {
            return false;
        }
        const bool json = name == "tool_input" || name == "raw";
        into.take(name, read_value(at, content, json));
        if (at.failed()) {
            return false;
        }
        (void)at.take(',');
    }
    return at.take('}');
}

}  // namespace

node_text node_text_of(std::string_view content) {
    text::count_work(content.size());
    node_text made;
    text_part said{made.text};
    text_part arguments{made.tool_arguments};
    text_part results{made.tool_results};
    text_part thinking{made.thinking};
    text::json_cursor at{content};
    if (!at.take('[')) {
        return made;
    }
    while (at.take('{')) {
        block_text block;
        const bool whole = read_block(at, content, block);
        said.add_escaped(block.text);
        said.add_escaped(block.refusal);
        thinking.add_escaped(block.thinking);
        arguments.add_escaped(block.tool_name);
        add_values(block.tool_input, arguments);
        results.add_escaped(block.tool_output);
        // What has no field of its own: of calls and results of tools that the provider runs, for the most.
        add_values(block.raw, block.tool_name.empty() ? said : arguments);
        if (!whole || !at.take(',')) {
            break;
        }
    }
    return made;
}

}  // namespace tapes::catalogue
