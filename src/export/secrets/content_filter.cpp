#include "secrets/content_filter.hpp"

#include <tapes/text/ordered_json.hpp>

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

}  // namespace

bool filter_content(ordered_json& blocks, secret_filter& secrets, std::string_view where) {
    const auto before = secrets.report().count();
    filter_texts(blocks, secrets, where);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto* const said = said_in(blocks[i]);
        const auto place = block_name(where, i);
        for (auto& [name, value] : blocks[i].items()) {
            const bool done = said != nullptr && value.is_string() && value.get_ptr<std::string*>() == said;
            if (!done && name != "image_base64" && name != "type") {
                filter_strings(value, {}, secrets, place);
            }
        }
    }
    return secrets.report().count() != before;
}

}  // namespace tapes::exports
