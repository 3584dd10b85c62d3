#include "routes/v04_routes.hpp"

#include "routes/asked.hpp"
#include "routes/meant.hpp"
#include "routes/node_body.hpp"
#include "routes/query.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"
#include "routes/v04_leaves.hpp"

#include <tapes/event/event.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The read API of tapes v0.4, in its shapes, for its clients: they take `/v0.4` as a part of their base URL.
/// A node without a child is a session there, and a node is a turn.
namespace tapes::api {

namespace {

constexpr std::size_t preview_bytes = 200;
constexpr std::size_t chain_turns_most = 5000;
constexpr std::uint64_t chain_bytes = std::uint64_t{32} << 20;

std::string preview_of(record& from, std::int64_t node) {
    const auto said = read::read_content(from.from().chains, node, {preview_bytes, preview_bytes, 4096, 16});
    for (const auto& block : said.blocks) {
        if (!block.text.text.empty()) {
            return block.text.text;
        }
    }
    return {};
}

response v04_ping(const asked&, record&) {
    return {200, "\"pong\"\n"};
}

response v04_stats(const asked&, record& record) {
    auto& all = catalogue_of(record);
    const auto counts = all.count_trees();
    return {200, read::dumped({{"session_count", counts.leaves},
                               {"turn_count", all.node()},
                               {"root_count", counts.roots}}) +
                     "\n"};
}

response v04_sessions(const asked& from, record& record) {
    const auto page = find_leaves(from, record);
    auto items = read::ordered_json::array();
    for (const auto& [one, behind] : page.leaves) {
        items.push_back({{"hash", merkle::to_hex(one.hash)},
                         {"head_role", one.role},
                         {"updated_at", read::moment_json(one.created_at_us)},
                         {"project", one.project},
                         {"agent_name", one.agent_name},
                         {"model", one.model},
                         {"provider", one.provider},
                         {"preview", preview_of(record, one.id)}});
    }
    return {200, read::dumped({{"items", std::move(items)}, {"next_cursor", page.next}}) + "\n"};
}

/// Nodes of a chain as v0.4 told them, one behind the other, and the end of the answer.
class chain_turns {
public:
    /// The root first; `all` are in the chain.
    chain_turns(std::vector<std::int64_t> nodes, std::size_t all)
        : nodes_{std::move(nodes)}, truncated_{nodes_.size() < all} {}

    std::size_t size() const noexcept { return nodes_.size(); }

    std::uint64_t bytes(record& from) const {
        std::uint64_t sum = 0;
        for (std::size_t place = 0; place < nodes_.size(); ++place) {
            const auto turn = turn_at(place, from);
            sum += turn ? turn->before.size() + turn->size + turn->behind.size() : 0;
        }
        return sum;
    }
    std::optional<framed_node> next(record& from) {
        return at_ == nodes_.size() ? std::nullopt : turn_at(at_++, from);
    }

private:
    std::optional<framed_node> turn_at(std::size_t place, record& from) const {
        const auto head = from.nodes().node_head(nodes_[place]);
        if (!head) {
            return std::nullopt;
        }
        auto frame = event::frame_of(*head);
        constexpr std::string_view name = ",\"node\":";
        framed_node made;
        made.before = (place == 0 ? "" : ",") + frame.before.substr(frame.before.find(name) + name.size());
        made.node = head->id;
        made.size = content_size(from, head->id);
        frame.behind.resize(frame.behind.size() - 2);  // the ends of the node and of its event
        made.behind = std::move(frame.behind) + ",\"created_at\":\"";
        text::append_rfc3339(made.behind, head->created_at_us);
        made.behind += "\"}";
        if (place + 1 == nodes_.size()) {
            made.behind += std::string{"],\"truncated\":"} + (truncated_ ? "true" : "false") +
                           ",\"missing_parent\":false}\n";
        }
        return made;
    }

    std::vector<std::int64_t> nodes_;
    bool truncated_;
    std::size_t at_ = 0;
};

response v04_session(const asked& from, record& record) {
    const auto name = from.path("hash");
    if (!merkle::from_hex(name)) {
        throw refusal{404, "session not found"};
    }
    const auto node = node_meant(record, name);
    const auto wanted = from.number("depth", chain_turns_most, 1, chain_turns_most);
    const auto chain = record.from().chains.chain(node.id);
    std::vector<std::int64_t> nodes;
    std::uint64_t bytes = 0;
    for (auto link = chain.rbegin(); link != chain.rend() && nodes.size() < wanted && bytes < chain_bytes;
         ++link) {
        nodes.push_back(link->node);
        bytes += content_size(record, link->node);
    }
    std::ranges::reverse(nodes);
    chain_turns told{std::move(nodes), chain.size()};
    response answer;
    answer.body = "{\"hash\":\"" + merkle::to_hex(node.hash) + "\",\"depth\":" + std::to_string(told.size()) +
                  ",\"turns\":[";
    const auto size = told.bytes(record);
    answer.rest = std::make_shared<node_body>(
        size, [told = std::move(told)](api::record& from) mutable { return told.next(from); });
    return answer;
}

}  // namespace

void add_v04_routes(route_table& table) {
    add_brief_reading(
        table, "/v0.4/ping",
        {"v04_ping", "Answers, as tapes v0.4 did.", {}, {}, "", {{200, "The word pong.", "v04_pong"}}, {400}},
        v04_ping);
    add_reading(table, "/v0.4/v1/stats",
                {"v04_stats",
                 "Counts nodes without a child, nodes and roots.",
                 {},
                 {},
                 "",
                 {{200, "The counts.", "v04_stats"}},
                 {400, 503}},
                v04_stats);
    add_reading(table, "/v0.4/v1/sessions",
                {"v04_sessions",
                 "Lists nodes without a child, the newest first: what v0.4 called sessions.",
                 {},
                 leaf_parameters(),
                 "",
                 {{200, "A page of nodes.", "v04_sessions"}},
                 {400, 503}},
                v04_sessions);
    add_reading(table, "/v0.4/v1/sessions/{hash}",
                {"v04_session",
                 "Returns a node with its ancestors, the root first.",
                 {text_about("hash", "The node's hash.")},
                 {{"depth", "At most so many of them, the newest.",
                   R"({"type":"integer","minimum":1,"maximum":5000,"default":5000})"}},
                 "",
                 {{200, "The nodes.", "v04_session"}},
                 {400, 404, 503}},
                v04_session);
    add_v04_summary_route(table);
    add_v04_search_route(table);
}

}  // namespace tapes::api
