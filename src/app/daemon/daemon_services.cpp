#include "daemon/daemon_services.hpp"

#include "daemon/admin_listener.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace tapes::app {

daemon_services::daemon_services(daemon_store& store,
                                 const std::vector<config::publisher_settings>& publishers,
                                 const config::catalogue_settings& catalogue,
                                 std::unique_ptr<publish::letter_sender> sender)
    : store_{store},
      publishers_{publishers, store.lock.options().path, store.writer,
                  [&letters = store.letters](const store::dead_letter& letter) {
                      return letters.first_retry(letter);
                  }} {
    publishers_.start();
    store_.letters.start(publishers_, std::move(sender));
    if (catalogue.enabled) {
        catalogue_ =
            std::make_unique<catalogue::keeper>(catalogue::options{store.lock.options().path, catalogue.text},
                                                [&writer = store.writer] { return writer.last_seq(); });
    }
}

daemon_services::~daemon_services() {
    store_.letters.stop();  // before the publishers whose letters it sends
}

void daemon_services::open_admin(const config::settings& settings, std::function<void(api::snapshot&)> fill,
                                 std::function<std::vector<std::string>()> not_ready,
                                 api::route_table routes) {
    store_.metrics.add_source([this, fill = std::move(fill)](api::snapshot& current) {
        store_.fill(current);
        publishers_.fill(current);
        if (catalogue_) {
            if (const auto now = catalogue_->now()) {
                current.catalogue_lag_rows = now->last - now->done;
            }
        }
        fill(current);
    });
    admin_ = open_admin_listener(settings, store_, publishers_, std::move(not_ready), std::move(routes));
}

void daemon_services::stop(std::chrono::milliseconds longest) {
    store_.letters.stop();
    if (!publishers_.stop(longest)) {
        spdlog::info("some events are not published yet: the next start goes on from the saved cursor");
    }
    if (admin_) {
        admin_->stop();
    }
    catalogue_.reset();  // the admin listener, which tells how far it is, has ended
}

}  // namespace tapes::app
