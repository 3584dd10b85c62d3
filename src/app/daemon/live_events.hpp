#pragma once

#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>
#include <tapes/live/hub.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/record/answers_in_flight.hpp>
#include <tapes/store/writer.hpp>

#include <functional>

namespace tapes::app {

/// What happens in the record of this process, for readers of its admin listener. Make it before the
/// listener, and stop it behind that and before the writer.
class live_events {
public:
    /// `writer` is that of the store, null where another process writes. `on_partials_wanted` is that of
    /// live::hub_options.
    live_events(const config::settings& settings, const store::writer* writer,
                std::function<void(bool)> on_partials_wanted = {});

    void add_routes(api::route_table& table);
    /// Shows an answer that is still coming. Thread-safe.
    void show(const record::shown_answer& answer);
    void stop() { hub_.stop(); }

private:
    const read::price_table prices_;
    live::hub hub_;
};

}  // namespace tapes::app
