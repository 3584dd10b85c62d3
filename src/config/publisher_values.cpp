#include "values.hpp"

#include <tapes/config/keys.hpp>

#include <algorithm>

namespace tapes::config {

namespace {

const std::vector<std::string>& known_events() {
    static const std::vector<std::string> all{"tapes.node.v1", "tapes.exchange.v1",
                                              "tapes.dead_letter.received.v1", "tapes.dead_letter.retried.v1",
                                              "tapes.dead_letter.discarded.v1"};
    return all;
}

}  // namespace

std::vector<std::string> default_events() {
    auto all = known_events();
    std::erase(all, "tapes.exchange.v1");
    return all;
}

void as_choices::read(const raw& from, std::vector<std::string>& to) {
    to = from.list ? from.items : split_list(from.text);
}

void as_events::read(const raw& from, std::vector<std::string>& to) {
    std::vector<std::string> chosen;
    for (const auto& name : from.list ? from.items : split_list(from.text)) {
        const auto& all = known_events();
        if (std::find(all.begin(), all.end(), name) == all.end()) {
            const auto meant = nearest(name, all);
            throw bad_value{"there is no event type \"" + name + "\"" +
                            (meant.empty() ? "" : "; did you mean " + meant + "?")};
        }
        if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) {
            chosen.push_back(name);
        }
    }
    if (chosen.empty()) {
        throw bad_value{"must name at least one event type"};
    }
    to = std::move(chosen);
}

}  // namespace tapes::config
