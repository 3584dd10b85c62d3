#include "routes/asked.hpp"
#include "routes/meant.hpp"
#include "routes/refusal.hpp"
#include "routes/v04_node.hpp"
#include "routes/v04_routes.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/search.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// `/v1/search` of tapes v0.4, in its shape: hits with the conversation around each. It searched by vectors
/// of a model's, this one by words.
namespace tapes::api {

namespace {

constexpr std::size_t results_usual = 5;
constexpr std::size_t results_most = 100;
/// Of a conversation so many nodes around the hit are told, and of a node so much text.
constexpr std::size_t branch_nodes = 500;
constexpr std::size_t turn_bytes = std::size_t{16} << 10;
/// Texts of an answer. Behind it the turns of further conversations have none.
constexpr std::size_t answer_bytes = std::size_t{8} << 20;

/// The conversation that a hit is part of: that with the newest answer of its thread, else up to the hit.
std::vector<store::chain_link> branch_of(record& from, const read::search_hit& hit) {
    auto& all = catalogue_of(from);
    auto& chains = from.from().chains;
    if (hit.session != 0 && hit.thread != 0) {
        const auto threads = all.threads(hit.session);
        if (hit.thread <= threads.size()) {
            auto chain = chains.chain(threads[hit.thread - 1].head);
            if (std::ranges::find(chain, hit.node, &store::chain_link::node) != chain.end()) {
                return chain;
            }
        }
    }
    return chains.chain(hit.node);
}

/// Tells a page's hits, each with its conversation, in bounded size.
class hit_teller {
public:
    explicit hit_teller(record& from) : from_{from} {}

    read::ordered_json json(const read::search_hit& hit) {
        const auto chain = branch_of(from_, hit);
        const auto at = std::ranges::find(chain, hit.node, &store::chain_link::node) - chain.begin();
        const auto size = static_cast<std::ptrdiff_t>(chain.size());
        const auto most = static_cast<std::ptrdiff_t>(branch_nodes);
        const auto first = std::max<std::ptrdiff_t>(0, std::min(at - most / 2, size - most));
        auto branch = read::ordered_json::array();
        for (auto i = first; i < std::min(size, first + most); ++i) {
            branch.push_back(turn(chain[static_cast<std::size_t>(i)].node, i == at));
        }
        return {{"hash", merkle::to_hex(hit.hash)}, {"score", hit.score},    {"role", hit.role},
                {"preview", text_of(hit.node)},     {"turns", chain.size()}, {"branch", std::move(branch)}};
    }

private:
    read::ordered_json turn(std::int64_t node, bool matched) {
        const auto row = from_.from().chains.row(node);
        read::ordered_json made{{"hash", row ? merkle::to_hex(row->hash) : ""},
                                {"role", row ? row->role : ""},
                                {"text", text_of(node)}};
        if (matched) {
            made["matched"] = true;
        }
        return made;
    }

    std::string text_of(std::int64_t node) {
        if (told_ >= answer_bytes) {
            return {};
        }
        const auto content = v04_blocks(from_, node);
        auto made = content ? v04_text(*content) : std::string{};
        if (made.size() > turn_bytes) {
            made.resize(text::character_start(made, turn_bytes));
        }
        told_ += made.size();
        return made;
    }

    record& from_;
    std::size_t told_ = 0;
};

response v04_search(const asked& from, record& record) {
    const auto typed = from.text("query");
    if (typed.empty()) {
        throw std::invalid_argument{"query parameter is required"};
    }
    read::search_request request;
    request.query = read::read_search_query(typed);
    request.most = from.number("top_k", results_usual, 1, results_most);
    (void)catalogue_of(record);
    const auto page = read::search(record.from(), request);
    if (!page.problem.empty()) {
        throw refusal{page.problem == read::no_text_index ? 503U : 400U, page.problem};
    }
    hit_teller teller{record};
    auto results = read::ordered_json::array();
    for (const auto& hit : page.hits) {
        results.push_back(teller.json(hit));
    }
    const auto count = results.size();
    return {200, read::dumped({{"query", typed}, {"results", std::move(results)}, {"count", count}}) + "\n"};
}

}  // namespace

void add_v04_search_route(route_table& table) {
    add_reading(
        table, "/v0.4/v1/search",
        {"v04_search",
         "Finds what was said, by words, with the conversation around each hit.",
         {},
         {text_about("query", "As in /v1/search; it must be given."),
          {"top_k", "At most so many hits.", R"({"type":"integer","minimum":1,"maximum":100,"default":5})"}},
         "",
         {{200, "The hits, the best first.", "v04_hits"}},
         {400, 503}},
        v04_search);
}

}  // namespace tapes::api
