#include "search/hit_maker.hpp"

#include "search/snippets.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <utility>

namespace tapes::read {

namespace {

/// The most that is read of a content: four times what is searched of each part. What is larger has images,
/// for the most, and what is found behind those is told without its surroundings.
constexpr std::size_t most_content = std::size_t{16} << 20U;
/// Turns are counted in chains of so many nodes, of all hits of a page together.
constexpr std::size_t most_links = 20'000;
/// A sub-agent's number is told in sessions of so many threads.
constexpr std::size_t most_threads = 4096;

}  // namespace

std::optional<hit_maker::read_node> hit_maker::look(std::int64_t node) {
    std::string content;
    const auto size = from_.chains.content(node, [&](std::string_view piece) {
        content += piece;
        return content.size() < most_content;
    });
    if (size == 0) {
        return std::nullopt;
    }
    read_node made;
    made.text = catalogue::node_text_of(content, &made.outline);
    catalogue::text_finder::chooser counts;
    std::vector<bool> chosen;
    if (filter_.asks_blocks()) {
        for (const auto& one : made.outline.blocks) {
            chosen.push_back(filter_.chooses(node, one));
        }
        counts = [&](catalogue::text_part part, std::size_t first) {
            const auto its = std::ranges::find_if(made.outline.pieces, [&](const catalogue::text_piece& one) {
                return one.part == part && first >= one.first && first < one.first + one.size;
            });
            return its != made.outline.pieces.end() && its->block < chosen.size() && chosen[its->block];
        };
    }
    made.evidence = finder_.look(made.text, request_.parts, counts);
    made.evidence.found = made.evidence.found || (size > content.size() && !filter_.asks_blocks());
    return made;
}

bool hit_maker::has_chosen_blocks(std::int64_t node) {
    const auto read = look(node);
    return read && read->evidence.found;
}

std::optional<search_hit> hit_maker::make(std::int64_t node) {
    auto row = from_.chains.row(node);
    auto read = row ? look(node) : std::nullopt;
    if (!read || !read->evidence.found) {
        return std::nullopt;
    }
    search_hit made;
    made.node = node;
    made.hash = row->hash;
    made.role = std::move(row->role);
    made.model = std::move(row->model);
    made.provider = std::move(row->provider);
    made.agent_name = std::move(row->agent_name);
    made.project = std::move(row->project);
    made.created_at_us = row->created_at_us;
    if (auto snippet =
            choose_snippet(read->text, read->outline, read->evidence.places, request_.limits.snippet_bytes)) {
        made.part = snippet->from.part;
        made.place = snippet->from.block;
        made.snippet = std::move(snippet->made);
        if (made.place < read->outline.blocks.size()) {
            const auto& block = read->outline.blocks[made.place];
            made.tool = filter_.tool_of(node, block);
            made.error = block.is_error;
        }
    }
    place(made, row->depth);
    return made;
}

const hit_maker::known_session* hit_maker::session(std::int64_t id) {
    const auto known = sessions_.find(id);
    if (known != sessions_.end()) {
        return &known->second;
    }
    auto found = id == 0 ? std::nullopt : from_.catalogue->session_by_id(id);
    if (!found) {
        return nullptr;
    }
    auto& made = sessions_[id];
    if (found->threads <= most_threads) {
        made.threads = from_.catalogue->threads(id);
    }
    made.about = std::move(*found);
    return &made;
}

void hit_maker::place(search_hit& hit, std::int64_t depth) {
    hit.seq = filter_.exchange_of(hit.node);
    if (const auto found = hit.seq == 0 ? std::nullopt : from_.find_exchange(hit.seq)) {
        hit.exchange = found->id;
    }
    if (auto agent = filter_.agent_of(hit.node)) {
        hit.agent_name = std::move(*agent);
    }
    if (const auto* const its = session(filter_.session_of(hit.node)); its != nullptr) {
        hit.session = its->about.id;
        hit.session_name = its->about.name;
        hit.session_title = its->about.title;
        const auto thread =
            std::ranges::find(its->threads, places_.thread_of(hit.session, hit.node), &catalogue::thread::id);
        hit.thread =
            thread == its->threads.end() ? 0 : static_cast<std::size_t>(thread - its->threads.begin()) + 1;
    }
    const auto links = static_cast<std::size_t>(depth) + 1;
    if (links_ + links <= most_links) {
        links_ += links;
        hit.turn = from_.chains.count_answers(hit.node, 0) + (merkle::is_answer_role(hit.role) ? 0 : 1);
    }
}

}  // namespace tapes::read
