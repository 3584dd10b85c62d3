#include "content_agreement.hpp"

#include "contained_blocks.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <string>

namespace tapes::record {

namespace {

constexpr std::string_view thinking_key = "\"thinking\":";
constexpr std::string_view signature_key = "\"signature\":";

/// Moves `at` behind the next member with this text and returns whether there is one. An empty text is found
/// anywhere.
bool find_member(std::string_view stored, std::string_view key, std::string_view text, std::size_t& at) {
    if (text.empty()) {
        return true;
    }
    std::string member{key};
    merkle::append_json_string(member, text);
    const auto found = stored.find(member, at);
    if (found == std::string_view::npos) {
        return false;
    }
    at = found + member.size();
    return true;
}

std::string joined_thoughts(std::string_view stored) {
    std::string all;
    for (auto at = stored.find(thinking_key); at != std::string_view::npos;
         at = stored.find(thinking_key, at)) {
        at += thinking_key.size();
        at += merkle::decode_json_string(stored.substr(at), all);
    }
    return all;
}

/// A client may bring back the text of a thought, its signature or both, and the texts of several thoughts as
/// one.
bool thoughts_agree(const merkle::message& message, const stored_message& stored) {
    std::size_t text_at = 0;
    std::size_t signature_at = 0;
    bool one_by_one = true;
    std::string all;
    for (const auto& block : message.content) {
        if (!is_thought(block)) {
            continue;
        }
        one_by_one = one_by_one && find_member(stored.content, thinking_key, block.thinking, text_at);
        if (!is_variant(block.signature, stored) &&
            !find_member(stored.content, signature_key, block.signature, signature_at)) {
            return false;
        }
        all += block.thinking;
    }
    return one_by_one || all == joined_thoughts(stored.content);
}

/// Tells whether the client has added the name of the speaker, which the answer does not have.
bool is_added_name(const merkle::block& one, std::string_view stored) {
    return one.type == "name" && stored.find(R"({"type":"name",)") == std::string_view::npos;
}

bool agrees_whole(const merkle::message& message, const stored_message& stored) {
    std::size_t at = 0;
    for (const auto& block : message.content) {
        if (!is_compared(block) || is_thought(block) || is_added_name(block, stored.content)) {
            continue;
        }
        auto json = merkle::event_content({block});  // an array of one
        json = json.substr(1, json.size() - 2);
        at = stored.content.find(json, at);
        if (at == std::string_view::npos) {
            return false;
        }
        at += json.size();
    }
    return thoughts_agree(message, stored);
}

}  // namespace

bool is_variant(std::string_view text, const stored_message& stored) {
    return !text.empty() && stored.variants != nullptr && !stored.variants->empty() &&
           std::ranges::find(*stored.variants, llm::variant_of(text)) != stored.variants->end();
}

bool is_compared(const merkle::block& one) {
    return merkle::carries_dropped(one) || merkle::is_loose(one);
}

bool is_thought(const merkle::block& one) noexcept {
    return one.type == "thinking" && one.raw.empty();
}

bool is_answer(const merkle::message& message) {
    return merkle::is_answer_role(message.role);
}

bool carries_droppable(const merkle::message& message) {
    return std::ranges::any_of(message.content, merkle::carries_dropped) ||
           (is_answer(message) && std::ranges::any_of(message.content, merkle::is_loose));
}

agreement compare(const merkle::message& message, const stored_message& stored) {
    return agrees_whole(message, stored)   ? agreement::whole
           : is_contained(message, stored) ? agreement::part
                                           : agreement::none;
}

}  // namespace tapes::record
