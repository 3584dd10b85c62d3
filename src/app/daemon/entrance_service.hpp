#pragma once

#include <tapes/api/entrance_routes.hpp>
#include <tapes/api/route.hpp>
#include <tapes/relay/server.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace tapes::app {

/// The entrances that commands have opened at a proxy, each for as long as its process lives. Thread-safe.
class entrance_service {
public:
    /// `refusal` says why clients of commands cannot use this proxy, "" where they can. With `for_runs` the
    /// process ends with its last entrance. `relay` must outlive the service.
    entrance_service(relay::server& relay, std::string refusal, bool for_runs);

    void add_routes(api::route_table& table);

    /// Closes the entrances whose processes are gone.
    void sweep();

    /// Returns true once any was opened.
    bool used();

    /// Returns true where none is open. From then on none is opened any more.
    bool end_if_empty();

private:
    /// A process as it was when it was first seen: its number may be given to another one later.
    struct owner {
        std::int64_t pid = 0;
        std::string started;
    };

    api::opened_entrance open(const api::entrance_order& order);
    std::optional<api::entrance_state> close(const std::string& id);

    relay::server& relay_;
    const std::string refusal_;
    const bool for_runs_;
    sync::mutex mutex_;
    std::map<std::string, owner> owners_ TAPES_GUARDED_BY(mutex_);
    bool used_ TAPES_GUARDED_BY(mutex_) = false;
    bool ended_ TAPES_GUARDED_BY(mutex_) = false;
};

}  // namespace tapes::app
