#include <tapes/capture/chunk_times.hpp>
#include <tapes/read/exchange_details.hpp>
#include <tapes/read/transcript.hpp>

#include <algorithm>
#include <utility>

namespace tapes::read {

namespace {

constexpr block_limits new_node_limits{160, 160, 1024, 1};

/// Pieces are timed from the first one on, which came that long before the last byte.
std::vector<answer_piece> timed_pieces(const store::kept_exchange& one) {
    std::vector<answer_piece> made;
    const auto chunks = capture::chunk_times::decode(one.times);
    if (chunks.empty() || one.last_byte_at_us == 0) {
        return made;
    }
    const auto last = static_cast<std::int64_t>(chunks.back().at_us);
    const auto begin = std::max(one.first_byte_at_us, one.last_byte_at_us - last) - one.accepted_at_us;
    made.reserve(chunks.size());
    for (const auto& piece : chunks) {
        made.push_back({begin + static_cast<std::int64_t>(piece.at_us), piece.bytes});
    }
    return made;
}

excerpt beginning_of(sources& from, std::int64_t node) {
    auto said = read_content(from.chains, node, new_node_limits);
    return said.blocks.empty() ? excerpt{} : std::move(said.blocks.front().text);
}

void add_new_nodes(exchange_details& to, sources& from, std::int64_t seq, std::size_t most) {
    const auto first = from.first_node_of(seq);
    for (auto node = first; node != 0; ++node) {
        const auto row = from.chains.row(node);
        if (!row || from.chains.first_exchange(node) != seq) {
            return;
        }
        if (to.new_nodes.size() == most) {
            to.more_new_nodes = true;
            return;
        }
        to.new_nodes.push_back({node, row->hash, row->role, beginning_of(from, node)});
    }
}

std::string uuid_of(sources& from, const std::vector<std::int64_t>& found) {
    const auto one = found.empty() ? std::nullopt : from.find_exchange(found.front());
    return one ? one->id : std::string{};
}

void add_session(exchange_details& to, sources& from, std::int64_t seq) {
    const auto session = from.catalogue ? from.catalogue->session_of_exchange(seq) : std::nullopt;
    if (!session) {
        return;
    }
    to.session = session->name;
    to.session_title = session->title;
    to.previous = uuid_of(from, from.catalogue->exchanges_before(session->id, seq, 1));
    to.following = uuid_of(from, from.catalogue->exchanges(session->id, 0, seq, 1));
}

}  // namespace

std::optional<exchange_details> find_exchange_details(sources& from, std::int64_t seq,
                                                      std::size_t most_nodes) {
    auto kept = from.kept_exchange(seq);
    if (!kept) {
        return std::nullopt;
    }
    exchange_details made;
    made.pieces = timed_pieces(*kept);
    made.connected_at_us = kept->connected_at_us;
    made.sent_at_us = kept->sent_at_us;
    made.first_byte_at_us = kept->first_byte_at_us;
    made.last_byte_at_us = kept->last_byte_at_us;
    made.committed_at_us = kept->committed_at_us;
    made.target = std::move(kept->target);
    made.upstream = std::move(kept->upstream);
    made.peer = std::move(kept->peer);
    made.response_id = std::move(kept->response_id);
    made.reading = std::move(kept->reading);
    made.agent_id = std::move(kept->sender.agent_id);
    made.parent_agent_id = std::move(kept->sender.parent_agent_id);
    made.parent_session = std::move(kept->sender.parent_session);
    made.streamed = kept->streamed;
    made.fetched_by = from.fetches_of(seq);
    add_session(made, from, seq);
    add_new_nodes(made, from, seq, most_nodes);
    return made;
}

}  // namespace tapes::read
