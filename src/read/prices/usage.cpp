#include <tapes/read/usage.hpp>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

namespace tapes::read {

namespace {

/// The parts of a key that are asked for; the others empty.
catalogue::usage_key part_of(const catalogue::usage_key& key, const catalogue::usage_parts& by) {
    catalogue::usage_key made;
    const std::pair<bool, std::string catalogue::usage_key::*> texts[]{
        {by.day, &catalogue::usage_key::day},
        {by.project, &catalogue::usage_key::project},
        {by.agent_name, &catalogue::usage_key::agent_name},
        {by.provider, &catalogue::usage_key::provider},
        {by.model, &catalogue::usage_key::model},
        {by.response_model, &catalogue::usage_key::response_model}};
    for (const auto& [wanted, member] : texts) {
        if (wanted) {
            made.*member = key.*member;
        }
    }
    made.session = by.session ? key.session : 0;
    made.context_above = by.context ? key.context_above : 0;
    return made;
}

usage priced(const price_table& prices, catalogue::usage_sum&& sum) {
    usage made;
    made.price = prices.price(sum);
    const auto told = sum.turns - std::min(sum.turns, sum.without_usage);
    if (made.price.priced == 0 && told != 0) {
        made.unpriced_models[sum.key.response_model.empty() ? sum.key.model : sum.key.response_model] = told;
    }
    made.sum = std::move(sum);
    return made;
}

/// What is without a price stands behind all that has one.
std::int64_t measure_of(const usage& one, usage_order by) {
    const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    switch (by) {
        case usage_order::cost:
            return one.price.priced == 0 ? -1 : one.price.total();
        case usage_order::turns:
            return count(one.sum.turns);
        case usage_order::errors:
            return count(one.sum.errors);
        case usage_order::dropped:
            return count(one.sum.dropped);
        default:
            return one.sum.tokens.context() + one.sum.tokens.output;
    }
}

}  // namespace

void order_usage(std::vector<usage>& sums, usage_order by, std::size_t most) {
    const auto shown = std::min(sums.size(), most);
    if (by != usage_order::key) {
        using measured = std::tuple<std::int64_t, std::int64_t, std::size_t>;
        std::vector<measured> order;
        order.reserve(sums.size());
        for (std::size_t i = 0; i < sums.size(); ++i) {
            order.emplace_back(-measure_of(sums[i], by), -measure_of(sums[i], usage_order::tokens), i);
        }
        const auto end = order.begin() + static_cast<std::ptrdiff_t>(shown);
        std::ranges::partial_sort(order, end);
        std::vector<usage> chosen;
        chosen.reserve(shown);
        for (auto at = order.begin(); at != end; ++at) {
            chosen.push_back(std::move(sums[std::get<2>(*at)]));
        }
        sums = std::move(chosen);
    }
    sums.resize(shown);
}

usage& usage::operator+=(const usage& more) {
    sum.tokens += more.sum.tokens;
    sum.exchanges += more.sum.exchanges;
    sum.turns += more.sum.turns;
    sum.errors += more.sum.errors;
    sum.dropped += more.sum.dropped;
    sum.without_usage += more.sum.without_usage;
    price += more.price;
    for (const auto& [model, turns] : more.unpriced_models) {
        unpriced_models[model] += turns;
    }
    return *this;
}

std::string usage_value(catalogue::reader& from, const usage_column& column,
                        const catalogue::usage_key& key) {
    if (column.text != nullptr) {
        return key.*(column.text);
    }
    const auto session = from.session_by_id(key.session);
    return session ? session->name : std::string{};
}

usage_keys usage_keys_of(catalogue::reader& from, const std::vector<const usage_column*>& columns,
                         const catalogue::usage_key& key) {
    usage_keys keys;
    for (const auto* const one : columns) {
        keys.emplace_back(one->name, usage_value(from, *one, key));
    }
    return keys;
}

std::vector<usage> usage_by(catalogue::reader& from, const price_table& prices,
                            const catalogue::usage_parts& by, const catalogue::usage_filter& filter) {
    auto parts = by;
    // What a price depends on.
    parts.day = parts.provider = parts.model = parts.response_model = parts.context = true;
    std::map<catalogue::usage_key, usage> sums;
    for (auto& one : from.usage(parts, filter)) {
        const auto key = part_of(one.key, by);
        sums[key] += priced(prices, std::move(one));
    }
    std::vector<usage> made;
    made.reserve(sums.size());
    for (auto& [key, one] : sums) {
        one.sum.key = key;
        made.push_back(std::move(one));
    }
    return made;
}

std::map<std::int64_t, usage> usage_of_sessions(catalogue::reader& from, const price_table& prices,
                                                const std::vector<std::int64_t>& sessions) {
    std::map<std::int64_t, usage> made;
    if (sessions.empty()) {
        return made;  // an empty filter chooses all
    }
    catalogue::usage_filter filter;
    filter.sessions = sessions;
    catalogue::usage_parts by;
    by.session = true;
    for (auto& one : usage_by(from, prices, by, filter)) {
        made.emplace(one.sum.key.session, std::move(one));
    }
    return made;
}

}  // namespace tapes::read
