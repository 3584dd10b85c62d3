#include "pass/content.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/text/json_cursor.hpp>

#include <string>

namespace tapes::catalogue {

namespace {

/// A member of a block: its value without quotes where it is a string.
struct block_member {
    std::string_view key;
    std::string_view value;
    bool is_string = false;
};

/// Reads the value at the cursor of `json`.
block_member read_member(text::json_cursor& at, std::string_view json) {
    block_member made;
    made.key = at.string();
    if (!at.take(':')) {
        return {};
    }
    made.is_string = at.peek() == '"';
    if (made.is_string) {
        made.value = at.string();
        return made;
    }
    const auto begin = at.offset();
    at.skip_value();
    made.value = json.substr(begin, at.offset() - begin);
    return made;
}

/// Calls `member` with each member of each block, and `end` behind each block; stops where that returns
/// false.
template <class Member, class End>
void visit_blocks(std::string_view content, Member&& member, End&& end) {
    text::json_cursor at{content};
    if (!at.take('[')) {
        return;
    }
    while (at.take('{')) {
        while (at.peek() == '"' && !at.failed()) {
            member(read_member(at, content));
            (void)at.take(',');
        }
        if (!at.take('}') || at.failed() || !end()) {
            return;
        }
        (void)at.take(',');
    }
}

struct block_fields {
    std::string_view type, id, result_id, name, input, output, raw;
    bool is_error = false;

    void take(const block_member& member) {
        const auto& [key, value, is_string] = member;
        if (key == "type") {
            type = value;
        } else if (key == "tool_use_id") {
            id = value;
        } else if (key == "tool_result_id") {
            result_id = value;
        } else if (key == "tool_name") {
            name = value;
        } else if (key == "tool_input") {
            input = value;
        } else if (key == "tool_output") {
            output = value;
        } else if (key == "raw") {
            raw = value;
        } else if (key == "is_error") {
            is_error = value == "true";
        }
    }
};

}  // namespace

bool may_hold_tools(std::string_view content) noexcept {
    return content.find("\"tool_") != std::string_view::npos ||
           content.find("_call\"") != std::string_view::npos;
}

node_tools tools_in(std::string_view content) {
    constexpr std::string_view call_suffix = "_call";
    node_tools found;
    block_fields block;
    visit_blocks(
        content, [&](const block_member& member) { block.take(member); },
        [&] {
            if (!block.result_id.empty() || block.type == "tool_result") {
                found.results.push_back({block.result_id,
                                         block.name,
                                         {},
                                         block.output.size() + block.raw.size(),
                                         block.is_error});
            } else if (!block.name.empty()) {
                found.calls.push_back({block.id, block.name, block.input,
                                       block.input.size() + block.raw.size(), block.is_error});
            } else if (block.type.ends_with(call_suffix)) {
                found.calls.push_back({block.id,
                                       block.type.substr(0, block.type.size() - call_suffix.size()),
                                       {},
                                       block.raw.size(),
                                       block.is_error});
            }
            block = {};
            return true;
        });
    return found;
}

std::vector<std::string_view> texts_in(std::string_view content) {
    std::vector<std::string_view> found;
    std::string_view said;
    std::string_view type;
    visit_blocks(
        content,
        [&](const block_member& member) {
            if (member.key == "text" && member.is_string) {
                said = member.value;
            } else if (member.key == "type") {
                type = member.value;
            }
        },
        [&] {
            if (!said.empty() && type == "text") {
                found.push_back(said);
            }
            said = {};
            return true;
        });
    return found;
}

bool has_block(std::string_view content, std::string_view type) {
    if (content.find(type) == std::string_view::npos) {
        return false;
    }
    bool found = false;
    visit_blocks(
        content,
        [&](const block_member& member) { found = found || (member.key == "type" && member.value == type); },
        [&] { return !found; });
    return found;
}

std::string_view trimmed_escapes(std::string_view text) noexcept {
    const auto skipped = [&](auto&& is_at, auto&& drop) {
        bool any = true;
        while (any) {
            any = false;
            if (is_at(std::string_view{" "})) {
                drop(1);
                any = true;
            }
            for (const std::string_view escape : {"\\n", "\\r", "\\t"}) {
                if (is_at(escape)) {
                    drop(escape.size());
                    any = true;
                }
            }
        }
    };
    skipped([&](std::string_view end) { return text.starts_with(end); },
            [&](std::size_t size) { text.remove_prefix(size); });
    skipped([&](std::string_view end) { return text.ends_with(end); },
            [&](std::size_t size) { text.remove_suffix(size); });
    return text;
}

std::int64_t hash_of_text(std::string_view text) {
    const auto digest = merkle::sha256(trimmed_escapes(text));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
        value = value << 8U | digest[i];
    }
    return static_cast<std::int64_t>(value);
}

std::vector<std::string_view> strings_in(std::string_view object) {
    std::vector<std::string_view> found;
    text::json_cursor at{object};
    if (!at.take('{')) {
        return found;
    }
    while (at.peek() == '"' && !at.failed()) {
        const auto member = read_member(at, object);
        if (member.is_string && member.value.size() >= least_string) {
            found.push_back(member.value);
        }
        (void)at.take(',');
    }
    return found;
}

std::string_view telling_line(std::string_view content) {
    constexpr std::size_t least_answer = 200;
    std::string_view found;
    if (content.size() < least_answer) {
        return found;
    }
    for (const auto said : texts_in(content)) {
        if (said.size() < least_answer) {
            continue;
        }
        visit_lines(said, [&](std::string_view line) {
            found = line;
            return false;
        });
        break;
    }
    return found;
}

}  // namespace tapes::catalogue
