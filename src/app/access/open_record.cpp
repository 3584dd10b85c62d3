#include "access/open_record.hpp"

#include "commands/own_prices.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/catalogue/catalogue.hpp>

#include <chrono>
#include <optional>

namespace tapes::app {

namespace {

void catch_up(const std::string& store_path, bool text) {
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    std::optional<progress_bar> bar;
    store::progress show;
    std::uint64_t first = 0;
    catalogue::catch_up({store_path, text}, [&](const catalogue::progress& now) {
        if (!bar && clock::now() - begun > std::chrono::seconds{1}) {
            first = now.done;
            show = bar.emplace().shower();
        }
        if (show) {
            show("of the log read", now.done - first, now.last - first);
        }
        return true;
    });
}

}  // namespace

open_record::open_record(const config::settings& settings)
    : place_{settings.storage.sqlite_path}, prices_{own_prices(settings.prices)} {
    const auto& path = settings.storage.sqlite_path;
    catch_up(path, settings.catalogue.text);
    from_ = std::make_unique<read::sources>(place_.path(), catalogue::path_of(path), prices_);
}

}  // namespace tapes::app
