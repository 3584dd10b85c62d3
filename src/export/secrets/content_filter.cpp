#include "secrets/content_filter.hpp"

#include <tapes/text/ordered_json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

std::string block_name(std::string_view where, std::size_t place) {
    return std::string{where} + ", block " + std::to_string(place);
}

/// The text of a block of text, thinking or a refusal; null where it has none.
std::string* said_in(ordered_json& block) {
    for (const char* const name : {"text", "thinking", "refusal"}) {
        const auto found = block.find(name);
        if (found != block.end() && found->is_string()) {
            return found->get_ptr<std::string*>();
        }
    }
    return nullptr;
}

/// Texts of neighbours, each run of them as one.
void filter_texts(ordered_json& blocks, secret_filter& secrets, std::string_view where) {
    std::vector<std::string*> run;
    std::size_t first = 0;
    const auto finish = [&] {
        if (!run.empty()) {
            secrets.texts(run, block_name(where, first));
        }
        run.clear();
    };
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        auto* const text = said_in(blocks[i]);
        if (text == nullptr) {
            finish();
            continue;
        }
        if (run.empty()) {
            first = i;
        }
        run.push_back(text);
    }
    finish();
}

/// The other strings of a block. `named`: the name of the member whose value this is. The depth is bounded by
/// that of stored content.
void filter_strings(ordered_json& value, std::string_view named, secret_filter& secrets,
                    const std::string& where) {
    if (value.is_string()) {
        auto& text = value.get_ref<std::string&>();
        text = secrets.member(named, text, where);
        return;
    }
    if (value.is_array()) {
        for (auto& one : value) {
            filter_strings(one, {}, secrets, where);
        }
        return;
    }
    if (!value.is_object()) {
        return;
    }
    text::ordered_members made;
    for (auto& [name, one] : value.items()) {
        filter_strings(one, name, secrets, where);
        made[secrets.text(name, where)] = std::move(one);
    }
    value = std::move(made).take();
}

std::string_view member_text(const ordered_json& block, const char* name) {
    const auto found = block.find(name);
    return found != block.end() && found->is_string() ? std::string_view{found->get_ref<const std::string&>()}
                                                      : std::string_view{};
}

bool is_base64_character(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/' || c == '=' || c == '\r' || c == '\n';
}

/// Whether the data of a block are no text to look through. Those of a document may be (Messages has plain
/// text in its place); base64 and pictures are none.
bool has_binary_data(const ordered_json& block) {
    if (member_text(block, "media_type").starts_with("text/")) {
        return false;
    }
    return member_text(block, "type") != "document" ||
           std::ranges::all_of(member_text(block, "image_base64"), is_base64_character);
}

}  // namespace

bool filter_content(ordered_json& blocks, secret_filter& secrets, std::string_view where) {
    const auto before = secrets.report().count();
    filter_texts(blocks, secrets, where);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto* const said = said_in(blocks[i]);
        const auto place = block_name(where, i);
        const bool binary = has_binary_data(blocks[i]);
        for (auto& [name, value] : blocks[i].items()) {
            const bool done = said != nullptr && value.is_string() && value.get_ptr<std::string*>() == said;
            if (!done && !(binary && name == "image_base64") && name != "type") {
                filter_strings(value, {}, secrets, place);
            }
        }
    }
    return secrets.report().count() != before;
}

}  // namespace tapes::exports
