#include "contained_blocks.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

namespace tapes::record {

namespace {

using nlohmann::json;

/// Longer texts are not parsed: a tree takes several times their size.
constexpr std::size_t largest_tree = std::size_t{8} << 20;

constexpr std::string_view white_space = " \t\r\n";

bool is_blank(std::string_view text) noexcept {
    return text.find_first_not_of(white_space) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(white_space);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(white_space) + 1 - first);
}

/// Finds a part in a text in linear time, whatever they hold.
bool has_part(std::string_view text, std::string_view part) noexcept {
    return part.empty() || ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool says_nothing(const json& value) {
    return value.is_null() || value == false || (value.is_structured() && value.empty()) ||
           (value.is_string() && is_blank(value.get_ref<const std::string&>()));
}

/// Compares blocks of one message with blocks of a stored one.
class containment {
public:
    explicit containment(const stored_message& stored) noexcept : stored_{stored} {}

    /// Takes each block of the stored content once, so that work grows with it.
    bool holds(const merkle::message& message, const std::vector<merkle::block>& said) {
        std::size_t at = 0;
        for (const auto& block : message.content) {
            if (!is_compared(block) || is_thought(block) || is_empty(block)) {
                continue;
            }
            const auto raw = parsed(block.raw);
            const auto input = parsed(block.tool_input);
            seen_.clear();
            while (at < said.size() && !is_within(block, raw, input, said[at])) {
                ++at;
            }
            if (at++ == said.size()) {
                // A client may add the speaker's name, which stands last.
                return block.type == "name" && no_names(said) && thoughts_hold(message, said);
            }
        }
        return thoughts_hold(message, said);
    }

private:
    static json parsed(const std::string& text) {
        auto value = text.size() > largest_tree ? json(text) : json::parse(text, nullptr, false);
        return value.is_discarded() ? json(text) : value;
    }

    static bool no_names(const std::vector<merkle::block>& said) {
        return std::ranges::none_of(said, [](const auto& one) { return one.type == "name"; });
    }

    static bool is_empty(const merkle::block& one) {
        return std::ranges::all_of(merkle::block_fields, [&one](const auto& field) {
            return field.name == "type" || is_blank(one.*field.member) || one.*field.member == "{}" ||
                   one.*field.member == "[]" || one.*field.member == "null" || one.*field.member == "\"\"";
        });
    }

    bool is_within(const merkle::block& part, const json& raw, const json& input,
                   const merkle::block& whole) {
        if (part.type != whole.type) {
            return false;
        }
        for (const auto& field : merkle::block_fields) {
            const auto& own = part.*field.member;
            const auto& stored = whole.*field.member;
            if (field.name == "type" || own == stored || is_blank(own)) {
                continue;
            }
            const bool is_json = field.form == merkle::block_field::kind::json;
            const bool within = is_json ? holds_raw(field.member == &merkle::block::raw ? raw : input, stored,
                                                    may_add_kind(part))
                                        : !field.in_match && may_be_variant(own);
            if (!within) {
                return false;
            }
        }
        return true;
    }

    /// The AI SDK adds a `type` to the input of code execution (vercel/ai issue 18193).
    static bool may_add_kind(const merkle::block& part) noexcept {
        return part.type == "server_tool_use" || part.type == "mcp_tool_use";
    }

    /// JSON with a number that a double cannot carry is stored as text.
    bool holds_raw(const json& part, const std::string& stored, bool kind_added) {
        const auto whole = parsed(stored);
        const bool as_text = whole.is_string() && part.is_structured();
        return holds_json(part, as_text ? parsed(whole.get_ref<const std::string&>()) : whole, kind_added);
    }

    /// `kind_added`: the part may have a member `type` that the whole lacks.
    bool holds_json(const json& part, const json& whole, bool kind_added = false) {
        if (says_nothing(part)) {
            return true;
        }
        if (part.is_object() && whole.is_object()) {
            for (const auto& [key, value] : part.items()) {
                const auto found = whole.find(key);
                const bool added = kind_added && key == "type" && found == whole.end();
                if (!added && (found == whole.end() ? !says_nothing(value) : !holds_json(value, *found))) {
                    return false;
                }
            }
            return true;
        }
        if (part.is_array() && whole.is_array()) {
            auto at = whole.begin();
            for (const auto& value : part) {
                while (at != whole.end() && !holds_json(value, *at)) {
                    ++at;
                }
                if (!says_nothing(value) && at++ == whole.end()) {
                    return false;
                }
            }
            return true;
        }
        if (part.is_number() && whole.is_number()) {
            return part.get<double>() == whole.get<double>();
        }
        return part == whole || (part.is_string() && may_be_variant(part.get_ref<const std::string&>()));
    }

    /// Remembers the outcome, as one text may be compared with many.
    bool may_be_variant(const std::string& text) {
        if (stored_.variants == nullptr || stored_.variants->empty()) {
            return false;
        }
        const auto [at, added] = seen_.try_emplace(text.data(), false);
        if (added) {
            at->second = is_variant(text, stored_);
        }
        return at->second;
    }

    bool thoughts_hold(const merkle::message& message, const std::vector<merkle::block>& said) {
        std::string all;
        std::size_t at = 0;
        std::size_t signature_at = 0;
        bool one_by_one = true;
        for (const auto& block : message.content) {
            if (!is_thought(block)) {
                continue;
            }
            all += block.thinking;
            const auto text = trimmed(block.thinking);
            if (one_by_one && !text.empty()) {
                while (at < said.size() && !has_part(said[at].thinking, text)) {
                    ++at;
                }
                one_by_one = at++ != said.size();
            }
            if (!block.signature.empty() && !find_signature(block.signature, said, signature_at)) {
                return false;
            }
        }
        return one_by_one || has_part(joined(said), trimmed(all));
    }

    bool find_signature(const std::string& own, const std::vector<merkle::block>& said, std::size_t& at) {
        if (is_variant(own, stored_)) {
            return true;
        }
        for (auto next = at; next < said.size(); ++next) {
            if (said[next].signature == own) {
                at = next + 1;
                return true;
            }
        }
        return false;
    }

    static std::string joined(const std::vector<merkle::block>& said) {
        std::string all;
        for (const auto& one : said) {
            all += one.thinking;
        }
        return all;
    }

    const stored_message& stored_;
    std::unordered_map<const char*, bool> seen_;  ///< by where a text of the present block stands
};

}  // namespace

bool is_contained(const merkle::message& message, const stored_message& stored) {
    if (stored.content.size() > largest_tree) {
        return false;
    }
    const auto said = store::read_content_blocks(json::parse(stored.content, nullptr, false));
    return said && containment{stored}.holds(message, *said);
}

}  // namespace tapes::record
