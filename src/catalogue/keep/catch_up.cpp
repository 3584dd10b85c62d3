#include "file/lock.hpp"
#include "file/own_place.hpp"
#include "keep/upkeep.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/catalogue/reader.hpp>
#include <tapes/store/log_scan.hpp>
#include <tapes/store/reading_place.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace tapes::catalogue {

namespace {

constexpr std::chrono::milliseconds between_looks{20};

/// The end of a store.
struct end_place {
    std::int64_t node = 0;
    std::uint64_t seq = 0;

    bool is_reached(std::uint64_t done_seq, std::int64_t done_node) const noexcept {
        return done_seq >= seq && done_node >= node;
    }
};

/// How far the process that keeps a catalogue has come; nothing where that cannot be told.
end_place place_of_other(const std::string& path) {
    try {
        reader from{path};
        return {from.node(), from.seq()};
    } catch (const std::exception&) {  // it is just being made
        return {};
    }
}

}  // namespace

void catch_up(const options& options, const std::function<bool(const progress&)>& tell) {
    const store::reading_place place{options.store_path};
    store::log_scan scan{place.path()};
    const auto path = place_of(options.store_path, [&] { return scan.store_id(); });
    end_place last;
    last.node = scan.last_node();  // first: what a row tells of is committed with it
    last.seq = scan.last_seq();
    while (true) {
        if (const auto lock = file_lock::take(path); lock != nullptr) {
            upkeep work{path, scan, options.text};
            while (!last.is_reached(work.place().seq, work.place().node) && work.step()) {
                if (!tell({work.place().seq, last.seq})) {
                    return;
                }
            }
            return;
        }
        const auto done = place_of_other(path);
        if (last.is_reached(done.seq, done.node) || !tell({done.seq, last.seq})) {
            return;
        }
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace tapes::catalogue
