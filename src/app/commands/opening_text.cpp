#include "commands/opening_text.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::size_t most_content_bytes = std::size_t{256} << 10U;
constexpr int most_steps_up = 16;

std::string head_of(store::chain_reader& reader, std::int64_t node) {
    std::string head;
    reader.content(node, [&](std::string_view piece) {
        head += piece;
        return head.size() < most_content_bytes;
    });
    return head;
}

/// Reads the string at the cursor, also one that is cut.
std::string string_at(text::json_cursor& at, std::string_view content) {
    const auto from = at.offset() + 1;
    const auto inside = at.string();
    if (!at.failed()) {
        return text::json_unescaped(inside);
    }
    // Without an escape or a character of which the rest is missing.
    constexpr std::size_t longest_escape = 6;
    auto rest = content.substr(std::min(from, content.size()));
    if (const auto escape = rest.rfind('\\');
        escape != std::string_view::npos && escape + longest_escape > rest.size()) {
        rest = rest.substr(0, escape);
    }
    auto cut = text::json_unescaped(rest);
    cut.resize(text::character_start(cut, cut.empty() ? 0 : cut.size() - 1));
    return cut;
}

struct opening_blocks {
    std::vector<merkle::block> texts;
    std::string calls;  ///< names of tools
};

void read_member(text::json_cursor& at, std::string_view content, opening_blocks& into) {
    const auto name = at.string();
    if (!at.take(':')) {
        return;
    }
    if (at.peek() != '"' || (name != "text" && name != "tool_name")) {
        at.skip_value();
    } else if (auto value = string_at(at, content); name == "text") {
        merkle::block block;
        block.type = "text";
        block.text = std::move(value);
        into.texts.push_back(std::move(block));
    } else {
        into.calls += (into.calls.empty() ? "calls " : ", ") + value;
    }
}

opening_blocks read_blocks(std::string_view content) {
    opening_blocks blocks;
    text::json_cursor at{content};
    if (!at.take('[')) {
        return blocks;
    }
    while (!at.failed() && at.take('{')) {
        while (!at.failed() && at.peek() == '"') {
            read_member(at, content, blocks);
            (void)at.take(',');
        }
        (void)at.take('}');
        (void)at.take(',');
    }
    return blocks;
}

}  // namespace

std::string opening_text(std::string_view content, bool typed) {
    const auto blocks = read_blocks(content);
    if (typed) {
        return llm::title_of(blocks.texts);
    }
    for (const auto& block : blocks.texts) {
        if (auto line = llm::one_line(block.text); !line.empty()) {
            return line;
        }
    }
    return llm::one_line(blocks.calls);
}

exchange_opening opening_of(store::chain_reader& reader, std::int64_t head) {
    exchange_opening opening;
    auto row = head == 0 ? std::nullopt : reader.row(head);
    if (row && merkle::is_answer_role(row->role)) {
        opening.answer = opening_text(head_of(reader, row->id), false);
        row = row->parent == 0 ? std::nullopt : reader.row(row->parent);
    }
    for (int step = 0; row && step < most_steps_up && opening.request.empty(); ++step) {
        if (row->role == "user") {
            opening.request = opening_text(head_of(reader, row->id), true);
        }
        row = row->parent == 0 ? std::nullopt : reader.row(row->parent);
    }
    return opening;
}

}  // namespace tapes::app
