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

/// How far the process that keeps a catalogue has come; 0 where that cannot be told.
std::uint64_t seq_of_other(const std::string& path) {
    try {
        return reader{path}.seq();
    } catch (const std::exception&) {  // it is just being made
        return 0;
    }
}

}  // namespace

void catch_up(const options& options, const std::function<bool(const progress&)>& tell) {
    const store::reading_place place{options.store_path};
    store::log_scan scan{place.path()};
    const auto path = place_of(options.store_path, [&] { return scan.store_id(); });
    const auto last = scan.last_seq();
    while (true) {
        if (const auto lock = file_lock::take(path); lock != nullptr) {
            upkeep work{path, scan, options.text};
            while (work.seq() < last && work.step()) {
                if (!tell({work.seq(), last})) {
                    return;
                }
            }
            return;
        }
        const auto done = seq_of_other(path);
        if (done >= last || !tell({done, last})) {
            return;
        }
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace tapes::catalogue
