#pragma once

#include "dispatcher.hpp"

#include <tapes/bus/memory.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tapes::bus {

/// Everything of the bus; producers and consumers share it, one lock for all. Under it a consumer may take
/// the lock of its dispatcher, never the other way round.
class memory_bus::state {
public:
    struct member {
        std::vector<std::string> topics;
        std::string broken;  ///< why it is to fail; "": it is not
    };

    /// Consumers that share topics. A partition changes hands only when its owner has let it go.
    struct group {
        std::map<std::uint64_t, member> members;
        std::map<partition_id, std::uint64_t> owners;
        std::map<partition_id, std::int64_t> committed;

        /// Whose the partition should be; 0: nobody's.
        std::uint64_t meant_for(const partition_id& id) const;
    };

    sync::mutex mutex;
    sync::condition_variable changed;
    std::function<fate(const stored_record&)> decider TAPES_GUARDED_BY(mutex);
    bool held TAPES_GUARDED_BY(mutex) = false;
    bool down TAPES_GUARDED_BY(mutex) = false;
    std::size_t queue_limit TAPES_GUARDED_BY(mutex) = 0;
    std::uint64_t message_limit TAPES_GUARDED_BY(mutex) = 32ULL << 20;
    std::string creation_refused TAPES_GUARDED_BY(mutex);
    std::map<std::string, topic_spec> topics TAPES_GUARDED_BY(mutex);
    std::map<std::string, std::vector<stored_record>> records TAPES_GUARDED_BY(mutex);
    std::map<partition_id, std::vector<std::size_t>> logs
        TAPES_GUARDED_BY(mutex);  ///< indexes into `records` of the topic
    std::map<std::string, group> groups TAPES_GUARDED_BY(mutex);
    std::uint64_t last_member TAPES_GUARDED_BY(mutex) = 0;
    std::size_t producers TAPES_GUARDED_BY(mutex) = 0;
    std::size_t in_flight TAPES_GUARDED_BY(mutex) = 0;

    /// To the partition that the key chooses; the topic exists.
    void append(stored_record record) TAPES_REQUIRES(mutex);
};

}  // namespace tapes::bus
