#include "daemon/live_events.hpp"

#include "commands/own_prices.hpp"

#include <tapes/api/event_routes.hpp>
#include <tapes/catalogue/catalogue.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tapes::app {

namespace {

live::hub_options hub_settings(const config::settings& settings, const store::writer* writer,
                               const read::price_table& prices,
                               std::function<void(bool)> on_partials_wanted) {
    live::hub_options made;
    const auto& path = settings.storage.sqlite_path;
    made.source = {path, settings.catalogue.enabled ? catalogue::path_of(path) : std::string{}, &prices};
    if (writer != nullptr) {
        made.wait_past = [writer](std::uint64_t seq, std::chrono::milliseconds time) {
            writer->wait_past(seq, time);
        };
    }
    made.on_partials_wanted = std::move(on_partials_wanted);
    return made;
}

}  // namespace

live_events::live_events(const config::settings& settings, const store::writer* writer,
                         std::function<void(bool)> on_partials_wanted)
    : prices_{own_prices(settings.prices)},
      hub_{hub_settings(settings, writer, prices_, std::move(on_partials_wanted))} {}

void live_events::add_routes(api::route_table& table) {
    api::add_event_routes(table, hub_);
}

void live_events::show(const record::shown_answer& answer) {
    live::partial_answer made;
    made.exchange = capture::to_string(answer.exchange);
    made.answer_of = answer.answer_of ? capture::to_string(*answer.answer_of) : std::string{};
    made.api = answer.api;
    made.about = {answer.project,  answer.agent_name, answer.session,
                  answer.provider, answer.model,      answer.response_model};
    made.agent_id = answer.agent_id;
    made.parent_agent_id = answer.parent_agent_id;
    std::ranges::transform(answer.opening, std::back_inserter(made.opening), [](const auto& one) {
        return live::opening_text{one.text, one.cut};
    });
    made.started_at_us = answer.started_at.time_since_epoch().count();
    made.bytes = answer.bytes;
    std::ranges::transform(answer.blocks, std::back_inserter(made.blocks), [](const auto& one) {
        return live::partial_block{one.kind, one.tool, one.text};
    });
    made.cut = answer.cut;
    made.over = answer.over;
    hub_.show(std::move(made));
}

}  // namespace tapes::app
