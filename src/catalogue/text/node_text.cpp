#include <tapes/catalogue/node_text.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

/// One part as it grows, up to its limit.
class part_text {
public:
    part_text(std::string& to, text_part part, text_outline* outline)
        : to_{to}, part_{part}, outline_{outline} {}

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
        const auto first = to_.size();
        to_ += text::json_unescaped(inside.substr(0, room * longest_escape));
        if (to_.size() > most_text_bytes) {
            to_.resize(text::character_start(to_, most_text_bytes));
        }
        if (outline_ != nullptr) {
            keep_piece(first);
        }
    }
    void add_plain(std::string_view value) { add_escaped(value); }
    bool full() const noexcept { return to_.size() >= most_text_bytes; }

private:
    /// What a block has in one part is one piece.
    void keep_piece(std::size_t first) {
        auto& pieces = outline_->pieces;
        const auto block = outline_->blocks.size();
        const auto its = std::find_if(pieces.rbegin(), pieces.rend(), [&](const text_piece& one) {
            return one.block != block || one.part == part_;
        });
        if (its != pieces.rend() && its->block == block) {
            its->size = to_.size() - its->first;
        } else {
            pieces.push_back({part_, block, first, to_.size() - first});
        }
    }

    std::string& to_;
    text_part part_;
    text_outline* outline_;
};

/// Appends the strings and numbers of a JSON value, without the names of members.
void add_values(std::string_view json, part_text& to) {
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
    std::string_view tool_use_id, tool_result_id, is_error;

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
        } else if (name == "tool_use_id") {
            tool_use_id = value;
        } else if (name == "tool_result_id") {
            tool_result_id = value;
        } else if (name == "is_error") {
            is_error = value;
        }
    }

    text_block outline() const {
        constexpr std::size_t most_name = 256;
        const bool result = !tool_result_id.empty();
        return {text::json_unescaped(tool_name.substr(0, most_name)),
                std::string{(result ? tool_result_id : tool_use_id).substr(0, most_name)}, result,
                is_error == "true"};
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

std::string_view to_string(text_part value) noexcept {
    constexpr std::array<std::string_view, text_parts> names{"text", "tool_arguments", "tool_results",
                                                             "thinking"};
    const auto at = static_cast<std::size_t>(value);
    return at < names.size() ? names[at] : std::string_view{};
}

node_text node_text_of(std::string_view content, text_outline* outline) {
    text::count_work(content.size());
    node_text made;
    part_text said{made.text, text_part::text, outline};
    part_text arguments{made.tool_arguments, text_part::tool_arguments, outline};
    part_text results{made.tool_results, text_part::tool_results, outline};
    part_text thinking{made.thinking, text_part::thinking, outline};
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
        if (outline != nullptr) {
            outline->blocks.push_back(block.outline());
        }
        if (!whole || !at.take(',')) {
            break;
        }
    }
    return made;
}

}  // namespace tapes::catalogue
