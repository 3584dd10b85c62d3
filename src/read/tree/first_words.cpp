#include "tree/first_words.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>

namespace tapes::read {

namespace {

constexpr std::size_t most_words = 256;

std::string shortened_words(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    text.remove_prefix(std::min(first, text.size()));
    return std::string{text.substr(0, text::character_start(text, std::min(text.size(), most_words)))};
}

std::string words_of_block(const block& one, bool typed) {
    switch (one.kind) {
        case block_kind::call:
            return shortened_words(one.tool + (one.summary.empty() ? "" : ": " + one.summary));
        case block_kind::image:
            return one.media_type.empty() ? "image" : one.media_type;
        default:
            return shortened_words(typed ? llm::typed_text(one.text.text) : one.text.text);
    }
}

}  // namespace

std::string words_of(const content& said, bool typed) {
    for (const bool spoken : {true, false}) {
        for (const auto& one : said.blocks) {
            const bool speech = one.kind == block_kind::text || one.kind == block_kind::refusal;
            if (speech == spoken) {
                if (auto words = words_of_block(one, typed && speech); !words.empty()) {
                    return words;
                }
            }
        }
    }
    return {};
}

std::string first_words(sources& from, const std::vector<std::int64_t>& nodes) {
    constexpr block_limits beginning{16384, 1024, 65536, 64};
    for (const auto node : nodes) {
        const auto row = from.chains.row(node);
        if (!row || merkle::is_system_role(row->role)) {
            continue;
        }
        auto words = words_of(read_content(from.chains, node, beginning), row->role == "user");
        if (!words.empty()) {
            return words;
        }
    }
    return {};
}

}  // namespace tapes::read
