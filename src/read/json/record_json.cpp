#include "json/values.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/read/json.hpp>
#include <tapes/text/rfc3339.hpp>

#include <string_view>
#include <variant>

namespace tapes::read {

namespace {

ordered_json dollars_json(picodollars amount) {
    return static_cast<double>(amount) / 1e12;
}

ordered_json between_ms(std::int64_t from_us, std::int64_t to_us) {
    return from_us == 0 || to_us == 0 ? ordered_json(nullptr)
                                      : ordered_json(static_cast<double>(to_us - from_us) / 1000.0);
}

ordered_json block_json(const block& from, std::int64_t message) {
    ordered_json made{{"kind", to_string(from.kind)}, {"type", from.type}};
    if (from.node != message) {
        made["node"] = from.node;
    }
    made["place"] = from.place;
    made["text"] = from.text.text;
    made["text_bytes"] = from.text.bytes;
    if (from.kind == block_kind::call || from.kind == block_kind::result) {
        made["tool"] = text_json(from.tool);
        made["call_id"] = text_json(from.call_id);
    }
    if (from.kind == block_kind::call) {
        made["summary"] = text_json(from.summary);
        made["results"] = ordered_json::array();
        for (const auto& result : from.results) {
            made["results"].push_back(block_json(result, message));
        }
    }
    if (from.kind == block_kind::result) {
        made["error"] = from.error;
    }
    if (from.kind == block_kind::image) {
        made["media_type"] = text_json(from.media_type);
        made["image_bytes"] = from.image_bytes;
    }
    return made;
}

ordered_json to_json(const message& from) {
    ordered_json made{{"type", "message"},
                      {"role", from.role},
                      {"turn", from.turn},
                      {"hash", hash_json(from.hash)},
                      {"node", from.node},
                      {"created_at", moment_json(from.created_at_us)},
                      {"bytes", from.said.bytes},
                      {"blocks", ordered_json::array()},
                      {"more_blocks", from.said.more_blocks}};
    for (const auto& one : from.said.blocks) {
        made["blocks"].push_back(block_json(one, from.node));
    }
    if (from.more_exchanges != 0) {
        made["more_exchanges"] = from.more_exchanges;
    }
    return made;
}

ordered_json to_json(const exchange& from) {
    ordered_json made{{"type", "exchange"},
                      {"id", from.id},
                      {"seq", from.seq},
                      {"started_at", moment_json(from.accepted_at_us)},
                      {"first_byte_ms", between_ms(from.accepted_at_us, from.first_byte_at_us)},
                      {"duration_ms", between_ms(from.accepted_at_us, from.last_byte_at_us)},
                      {"method", text_json(from.method)},
                      {"path", text_json(from.path)},
                      {"status", from.status == 0 ? ordered_json(nullptr) : ordered_json(from.status)},
                      {"api", text_json(from.api)},
                      {"provider", text_json(from.provider)},
                      {"model", text_json(from.model)},
                      {"response_model", text_json(from.response_model)},
                      {"program", text_json(from.program)},
                      {"client", text_json(from.client)},
                      {"caller", text_json(from.caller)},
                      {"stop_reason", text_json(from.stop_reason)},
                      {"end_reason", text_json(from.end_reason)},
                      {"drop_reason", text_json(from.drop_reason)},
                      {"answer_of", text_json(from.answer_of)},
                      {"request_bytes", from.request_bytes},
                      {"response_bytes", from.response_bytes},
                      {"tokens", from.tokens ? tokens_json(*from.tokens) : ordered_json(nullptr)},
                      {"cost", cost_json(from.price)}};
    if (!from.source.empty()) {
        made["source"] = from.source;
    }
    return made;
}

ordered_json to_json(const branches& from) {
    ordered_json made{{"type", "fork"},
                      {"node", from.node},
                      {"cause", cause_json(from.cause)},
                      {"here", cause_json(from.here)},
                      {"branches", ordered_json::array()},
                      {"more_branches", from.more}};
    for (const auto& one : from.others) {
        made["branches"].push_back({{"hash", hash_json(one.hash)},
                                    {"node", one.leaf},
                                    {"nodes", one.nodes},
                                    {"made_by", cause_json(one.cause)}});
    }
    return made;
}

ordered_json to_json(const begun_thread& from) {
    const auto& one = from.thread;
    return {{"type", "thread"},
            {"number", from.number},
            {"kind", catalogue::to_string(one.kind)},
            {"title", text_json(one.title)},
            {"model", text_json(one.model)},
            {"agent_id", text_json(one.agent_id)},
            {"call_id", text_json(one.call_id)},
            {"continues", number_json(from.continues_number)},
            {"turns", one.turns},
            {"first_at", moment_json(one.first_at_us)},
            {"last_at", moment_json(one.last_at_us)},
            {"tokens", tokens_json(one.tokens)}};
}

}  // namespace

ordered_json moment_json(std::int64_t us) {
    if (us == 0) {
        return nullptr;
    }
    std::string text;
    text::append_rfc3339(text, us);
    return text;
}

ordered_json tokens_json(const catalogue::token_sums& tokens) {
    return {{"input", tokens.input},
            {"cache_read", tokens.cache_read},
            {"cache_write", tokens.written()},
            {"output", tokens.output},
            {"reasoning", tokens.reasoning},
            {"cache_write_5m", tokens.cache_write_5m},
            {"cache_write_1h", tokens.cache_write_1h}};
}

ordered_json cost_json(const cost& price) {
    if (price.priced == 0) {
        return nullptr;
    }
    return {{"usd", dollars_json(price.total())},           {"input", dollars_json(price.input)},
            {"cache_read", dollars_json(price.cache_read)}, {"cache_write", dollars_json(price.cache_write)},
            {"output", dollars_json(price.output)},         {"partial", price.partial()}};
}

ordered_json session_json(const catalogue::session& from, const cost& price) {
    return {{"type", "session"},
            {"name", from.name},
            {"named_by_client", from.named_by_client},
            {"title", text_json(from.title)},
            {"project", text_json(from.project)},
            {"agent", text_json(from.agent_name)},
            {"client", text_json(from.client)},
            {"caller", text_json(from.caller)},
            {"provider", text_json(from.provider)},
            {"model", text_json(from.model)},
            {"parent", text_json(from.parent_name)},
            {"first_at", moment_json(from.first_at_us)},
            {"last_at", moment_json(from.last_at_us)},
            {"ended_at", moment_json(from.last_end_us)},
            {"exchanges", from.exchanges},
            {"turns", from.turns},
            {"threads", from.threads},
            {"errors", from.errors},
            {"dropped", from.dropped},
            {"without_usage", from.without_usage},
            {"state", catalogue::to_string(from.last)},
            {"stop_reason", text_json(from.last_stop_reason)},
            {"tokens", tokens_json(from.tokens)},
            {"cost", cost_json(price)}};
}

ordered_json entry_json(const entry& from) {
    return std::visit([](const auto& one) { return to_json(one); }, from);
}

std::string dumped(const ordered_json& object) {
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tapes::read
