#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace tapes::llm::openai_responses {

/// Gathers what the events of a stream gave as the sealed texts of its items (`encrypted_content` of
/// reasoning and compactions, `fingerprint` of programs). One item has another one in
/// `response.output_item.done` than in `response.completed`, and clients bring back either: Codex and
/// LangChain the former. Holds a few bytes for each text, and of no more texts than
/// `stream_reducer::most_variants`.
class sealed_texts {
public:
    /// Takes the JSON of an item.
    void add_item(std::string_view json);
    /// Takes the JSON of an array of items.
    void add_items(std::string_view json);

    std::vector<std::int64_t> variants() const { return {known_.begin(), known_.end()}; }
    std::size_t held_bytes() const noexcept;

private:
    std::set<std::int64_t> known_;
};

}  // namespace tapes::llm::openai_responses
