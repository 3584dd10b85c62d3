#include "loose_text.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace tapes::tape {
namespace {

/// Patterns make no sense in data of pictures, and would cost most there.
bool is_data(const merkle::block_field& field) {
    return field.member == &merkle::block::image_base64;
}

std::string field_text(const merkle::block& of, const merkle::block_field& field) {
    const auto& value = of.*field.member;
    if (field.form == merkle::block_field::kind::json) {
        std::string canonical;
        if (merkle::canonicalize(value, canonical) == merkle::canonical_error::none) {
            return canonical;
        }
    }
    return value;
}

}  // namespace

std::string loose_text(merkle::message from, const tolerance& past, directory_list& known,
                       std::uint64_t* used) {
    std::string out = from.role + "\n";
    const auto blocks = merkle::match_form(std::move(from));
    for (const auto& block : blocks) {
        past.learn(block.text, known);
        past.learn(block.tool_output, known);
        past.learn(block.raw, known);
    }
    for (const auto& block : blocks) {
        for (const auto& field : merkle::block_fields) {
            auto value = without_keys(field_text(block, field));
            if (value.empty()) {
                continue;
            }
            const bool plain = field.member == &merkle::block::type || is_data(field);
            out.append(field.name).append(": ");
            out += plain ? std::move(value) : past.apply(std::move(value), known, used);
            out += '\n';
        }
    }
    return out;
}

std::optional<std::string> loose_text(const stored_text& from, const tolerance& past, directory_list& known,
                                      std::uint64_t* used) {
    const auto parsed = nlohmann::json::parse(from.content, nullptr, false);
    auto blocks = store::read_content_blocks(parsed);
    if (!blocks) {
        return std::nullopt;
    }
    merkle::mark_dropped(*blocks, {from.role, from.provider});
    return loose_text(merkle::message{std::string{from.role}, *std::move(blocks)}, past, known, used);
}

std::string without_keys(std::string text) {
    constexpr std::string_view mark = "redacted:";
    constexpr std::size_t digits = 8;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        at += mark.size();
        const auto end = text.find_first_not_of("0123456789abcdef", at);
        if (std::min(end, text.size()) - at >= digits) {
            text.erase(at, digits);
        }
    }
    return text;
}

std::string canonical_body(std::string_view body) {
    std::string canonical;
    if (merkle::canonicalize(body, canonical) != merkle::canonical_error::none) {
        canonical.assign(body);
    }
    return without_keys(std::move(canonical));
}

std::string loose_body(std::string_view canonical, const tolerance& past) {
    directory_list known;
    past.learn(canonical, known);
    return past.apply(std::string{canonical}, known);
}

}  // namespace tapes::tape
