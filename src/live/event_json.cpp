#include "event_json.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/transcript.hpp>

#include <utility>

namespace tapes::live {

namespace {

using read::ordered_json;

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

void add_subject(ordered_json& to, const event_subject& about) {
    to["project"] = text_or_null(about.project);
    to["agent"] = text_or_null(about.agent);
    to["session"] = text_or_null(about.session);
    to["provider"] = text_or_null(about.provider);
    to["model"] = text_or_null(about.model);
    to["response_model"] = text_or_null(about.response_model);
}

/// The first thing that was said, else the first call.
std::string beginning_of(const read::content& said) {
    std::string call;
    for (const auto& one : said.blocks) {
        const bool is_said = one.kind == read::block_kind::text || one.kind == read::block_kind::refusal;
        if (is_said && !one.text.text.empty()) {
            return one.text.text;
        }
        if (one.kind == read::block_kind::call && call.empty()) {
            call = one.tool + (one.summary.empty() ? "" : ": " + one.summary);
        }
    }
    return call;
}

ordered_json subject_json(const partial_answer& answer, const char* type) {
    ordered_json made{{"type", type},
                      {"exchange", answer.exchange},
                      {"answer_of", text_or_null(answer.answer_of)},
                      {"api", text_or_null(answer.api)},
                      {"started_at", read::moment_json(answer.started_at_us)}};
    add_subject(made, answer.about);
    made["agent_id"] = text_or_null(answer.agent_id);
    made["parent_agent_id"] = text_or_null(answer.parent_agent_id);
    made["bytes"] = answer.bytes;
    return made;
}

ordered_json opening_json(const partial_answer& answer) {
    auto made = ordered_json::array();
    for (const auto& one : answer.opening) {
        made.push_back({{"text", one.text}, {"cut", one.cut}});
    }
    return made;
}

}  // namespace

std::string exchange_json(const read::exchange& one, const exchange_details& details) {
    auto made = read::entry_json(read::entry{one});
    made["row"] = details.row;
    made["committed_at"] = read::moment_json(details.committed_at_us);
    made["amended"] = details.amended;
    made["session"] = text_or_null(details.session);
    made["title"] = text_or_null(details.title);
    made["project"] = text_or_null(one.project);
    made["agent"] = text_or_null(one.agent_name);
    made["node"] = one.head == 0 ? ordered_json(nullptr) : ordered_json(one.head);
    made["hash"] = text_or_null(details.head);
    made["said"] = text_or_null(beginning_of(details.said));
    return read::dumped(made);
}

std::string node_json(const store::node_row& node, const node_details& details) {
    read::message told;
    told.node = node.id;
    told.hash = node.hash;
    told.role = node.role;
    told.created_at_us = node.created_at_us;
    told.said = details.said;
    auto made = read::entry_json(read::entry{std::move(told)});
    made["type"] = "node";
    made.erase("turn");
    made["row"] = details.row;
    made["parent"] = text_or_null(details.parent);
    made["exchange"] = text_or_null(details.exchange);
    add_subject(made, details.about);
    return read::dumped(made);
}

std::string counts_json(const store_counts& counts) {
    return read::dumped({{"accepted", counts.accepted},
                         {"recorded", counts.recorded},
                         {"dropped", counts.dropped},
                         {"nodes", counts.nodes}});
}

std::string state_json(const state_details& details) {
    ordered_json made{{"type", "state"},
                      {"cursor", details.cursor},
                      {"last", details.last},
                      {"reset", text_or_null(details.reset)},
                      {"counts", ordered_json::parse(details.counts)},
                      {"answers", ordered_json::array()}};
    for (const auto& answer : details.answers) {
        auto one = subject_json(answer, "answer");
        one.erase("type");
        made["answers"].push_back(std::move(one));
    }
    return read::dumped(made);
}

std::string partial_json(const partial_answer& answer, const std::vector<partial_piece>& pieces) {
    auto made = subject_json(answer, "partial");
    if (!pieces.empty() && pieces.front().block == 0 && pieces.front().from == 0) {
        made["opening"] = opening_json(answer);
    }
    made["blocks"] = ordered_json::array();
    for (const auto& piece : pieces) {
        const auto& block = answer.blocks[piece.block];
        made["blocks"].push_back({{"place", piece.block},
                                  {"kind", block.kind},
                                  {"tool", text_or_null(block.tool)},
                                  {"offset", piece.from},
                                  {"text", block.text.substr(piece.from)}});
    }
    made["cut"] = answer.cut;
    made["over"] = answer.over;
    return read::dumped(made);
}

std::string heartbeat_json(const std::string& cursor, std::int64_t at_us) {
    return read::dumped(
        {{"type", "heartbeat"}, {"cursor", text_or_null(cursor)}, {"at", read::moment_json(at_us)}});
}

}  // namespace tapes::live
