#include "routes/meant.hpp"

#include "routes/query.hpp"
#include "routes/refusal.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::api {

namespace {

constexpr std::size_t most_candidates = 8;
constexpr std::size_t longest_name = 512;

read::ordered_json candidates_json(const std::vector<read::named>& found) {
    auto all = read::ordered_json::array();
    for (const auto& one : found) {
        all.push_back({{"kind", read::to_string(one.kind)},
                       {"name", one.name},
                       {"at", read::moment_json(one.at_us)},
                       {"about", one.about}});
    }
    return all;
}

std::vector<read::named> all_meant(record& from, std::string_view name) {
    return name.size() > longest_name ? std::vector<read::named>{}
                                      : read::find_named(from.from(), name, most_candidates);
}

read::named one_of(record& from, std::string_view name, std::optional<read::named_kind> kind) {
    const auto noun = kind ? std::string{read::to_string(*kind)} : "session, exchange or node";
    const auto quoted = noun + " \"" + std::string{name.substr(0, longest_name)} + "\"";
    auto found = all_meant(from, name);
    if (kind) {
        std::erase_if(found, [&](const read::named& one) { return one.kind != *kind; });
    }
    if (found.empty()) {
        throw refusal{404, "there is no " + quoted};
    }
    if (found.size() > 1) {
        throw refusal{409, "there are several things that " + quoted + " may mean",
                      "\"candidates\":" + read::dumped(candidates_json(found))};
    }
    return std::move(found.front());
}

}  // namespace

catalogue::reader& catalogue_of(record& from) {
    auto& sources = from.from();
    if (!sources.catalogue) {
        throw refusal{503, from.catalogue_problem()};
    }
    return *sources.catalogue;
}

read::named one_meant(record& from, std::string_view name, read::named_kind kind) {
    return one_of(from, name, kind);
}

read::named one_meant(record& from, std::string_view name) {
    return one_of(from, name, std::nullopt);
}

read::ordered_json meanings(record& from, std::string_view name) {
    return candidates_json(all_meant(from, name));
}

catalogue::session session_meant(record& from, std::string_view name) {
    auto& all = catalogue_of(from);
    auto found = all.session_by_id(one_meant(from, name, read::named_kind::session).id);
    if (!found) {
        throw refusal{404, "there is no such session any more"};
    }
    return *std::move(found);
}

read::exchange exchange_meant(record& from, std::string_view name) {
    auto found = from.from().find_exchange(one_meant(from, name, read::named_kind::exchange).id);
    if (!found) {
        throw refusal{404, "there is no such exchange any more"};
    }
    return *std::move(found);
}

store::node_row node_meant(record& from, std::string_view name) {
    auto& chains = from.from().chains;
    const auto number = parse_number<std::int64_t>(name);
    std::optional<store::node_row> found;
    if (merkle::from_hex(name)) {
        const auto nodes = chains.find(name, 1);
        found = nodes.empty() ? std::nullopt : chains.row(nodes.front());
    } else if (number && *number > 0) {
        found = chains.row(*number);
    } else {
        throw std::invalid_argument{"a node is named by its hash: 64 hexadecimal digits"};
    }
    if (!found) {
        throw refusal{404, "there is no node " + std::string{name}};
    }
    return *std::move(found);
}

}  // namespace tapes::api
