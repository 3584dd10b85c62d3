#include "prices/day.hpp"

#include <tapes/read/sources.hpp>

#include <algorithm>
#include <utility>

namespace tapes::read {

namespace {

/// What one exchange used, as a sum, for that is what has a price.
catalogue::usage_sum sum_of(const exchange& one) {
    catalogue::usage_sum sum;
    sum.key.day = day_of(one.accepted_at_us);
    sum.key.provider = one.provider;
    sum.key.model = one.model;
    sum.key.response_model = one.response_model;
    sum.exchanges = sum.turns = 1;
    sum.without_usage = one.tokens || !one.answer_of.empty() ? 0 : 1;
    sum.tokens = one.tokens.value_or(catalogue::token_sums{});
    for (const auto bound : catalogue::context_bounds) {
        if (sum.tokens.context() > bound) {
            sum.key.context_above = bound;
        }
    }
    return sum;
}

exchange exchange_of(store::kept_exchange&& from) {
    exchange made;
    made.seq = from.seq;
    made.id = capture::to_string(from.id);
    made.accepted_at_us = from.accepted_at_us;
    made.first_byte_at_us = from.first_byte_at_us;
    made.last_byte_at_us = from.last_byte_at_us;
    made.method = std::move(from.method);
    made.path = std::move(from.path);
    made.api = std::move(from.api);
    made.provider = std::move(from.provider);
    made.agent_name = std::move(from.agent_name);
    made.project = std::move(from.project);
    made.caller = std::move(from.caller);
    made.program = std::move(from.sender.program);
    made.client = std::move(from.sender.client);
    if (capture::is_outside_source(from.peer)) {
        made.source = std::move(from.peer);
    }
    made.session = std::move(from.session);
    made.model = std::move(from.model);
    made.response_model = std::move(from.response_model);
    made.stop_reason = std::move(from.stop_reason);
    made.status = from.status;
    made.streamed = from.streamed;
    made.end_reason = capture::name_of(from.ended);
    made.drop_reason = capture::name_of(from.dropped);
    made.answer_of = from.answer_of_id ? capture::to_string(*from.answer_of_id) : std::string{};
    made.head = from.head;
    made.request_bytes = from.request_bytes;
    made.response_bytes = from.response_bytes;
    made.tokens = catalogue::tokens_of(from.used);
    made.cache_told = from.used.cache_read_input_tokens || from.used.cache_creation_input_tokens;
    return made;
}

}  // namespace

sources::sources(const std::string& store_path, const std::string& catalogue_path, const price_table& prices)
    : chains{store_path}, names{store_path}, wires{store_path}, exchanges_{store_path}, prices_{prices} {
    if (!catalogue_path.empty()) {
        catalogue.emplace(catalogue_path);
    }
}

std::optional<store::kept_exchange> sources::kept_exchange(std::int64_t seq) {
    auto found = exchanges_.read(seq - 1, 1);
    if (found.empty() || found.front().seq != seq) {
        return std::nullopt;
    }
    return std::move(found.front());
}

std::vector<std::string> sources::fetches_of(std::int64_t seq) {
    std::vector<std::string> made;
    for (const auto& id : exchanges_.fetches(seq)) {
        made.push_back(capture::to_string(id));
    }
    return made;
}

std::int64_t sources::first_node_of(std::int64_t seq) {
    return exchanges_.first_node(seq);
}

std::optional<exchange> sources::find_exchange(std::int64_t seq) {
    auto found = kept_exchange(seq);
    if (!found) {
        return std::nullopt;
    }
    auto made = exchange_of(std::move(*found));
    if (made.drop_reason.empty()) {
        made.price = prices_.price(sum_of(made));
    }
    return made;
}

void sources::visit_times(std::int64_t first, std::int64_t behind,
                          const std::function<void(const store::exchange_times&)>& visit) {
    exchanges_.visit_times(first, behind, visit);
}

std::string sources::text(std::int64_t number) {
    return exchanges_.text(number);
}

std::int64_t sources::last_exchange() {
    return exchanges_.last_seq();
}

std::string sources::times_of(std::int64_t seq) {
    auto found = kept_exchange(seq);
    return found ? std::move(found->times) : std::string{};
}

cost sources::price_of(const exchange& one) const {
    return prices_.price(sum_of(one));
}

std::vector<std::int64_t> sources::choices_of(std::int64_t seq) {
    std::vector<std::int64_t> nodes;
    for (const auto& [index, node] : exchanges_.choices(seq)) {
        nodes.push_back(node);
    }
    return nodes;
}

std::vector<std::int64_t> sources::answers_of(std::int64_t node, std::int64_t before) {
    auto given = chains.answered(node, before);
    if (!given.empty()) {
        return given;
    }
    // The row of an exchange names its first choice only; another is new with its exchange, mostly.
    const auto first = chains.first_exchange(node);
    const auto choices = first == 0 || first >= before ? std::vector<std::pair<int, std::int64_t>>{}
                                                       : exchanges_.choices(first);
    const bool chosen =
        std::ranges::find(choices, node, &std::pair<int, std::int64_t>::second) != choices.end();
    return chosen ? std::vector{first} : given;
}

}  // namespace tapes::read
