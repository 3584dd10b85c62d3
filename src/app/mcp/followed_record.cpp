#include "mcp/followed_record.hpp"

#include "commands/own_prices.hpp"

#include <tapes/catalogue/catalogue.hpp>

#include <sys/stat.h>

#include <tuple>
#include <utility>

namespace tapes::app {

namespace {

/// Whoever asks waits for no longer.
constexpr std::chrono::seconds catch_up_time{5};
/// A private copy of a store that cannot be written beside is made anew no more often than this.
constexpr std::chrono::seconds copy_lifetime{10};

using clock = std::chrono::steady_clock;
using file_state = std::optional<std::tuple<ino_t, off_t, std::int64_t, std::int64_t>>;

/// What changes when somebody writes.
file_state file_state_of(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        return std::nullopt;
    }
    return std::tuple{about.st_ino, about.st_size, std::int64_t{about.st_mtim.tv_sec},
                      std::int64_t{about.st_mtim.tv_nsec}};
}

std::pair<file_state, file_state> state_of_store(const std::string& path) {
    return {file_state_of(path), file_state_of(path + "-wal")};
}

}  // namespace

struct followed_record::opened {
    opened(const std::string& path, std::string catalogue, const read::price_table& prices)
        : before{state_of_store(path)},
          place{path},
          catalogue_path{std::move(catalogue)},
          store_identity{store::identity_of(path)},
          catalogue_identity{store::identity_of(catalogue_path)},
          from{place.path(), catalogue_path, prices} {}

    std::pair<file_state, file_state> before;
    clock::time_point at = clock::now();
    store::reading_place place;
    std::string catalogue_path;
    std::optional<store::file_identity> store_identity, catalogue_identity;
    read::sources from;
};

followed_record::followed_record(const config::settings& settings)
    : settings_{settings}, prices_{own_prices(settings.prices)} {}

followed_record::~followed_record() = default;

bool followed_record::is_current() const {
    const auto& path = settings_.storage.sqlite_path;
    if (open_->store_identity != store::identity_of(path) ||
        open_->catalogue_identity != store::identity_of(open_->catalogue_path)) {
        return false;
    }
    const bool copy = open_->place.path() != path;
    return !copy || clock::now() - open_->at < copy_lifetime || open_->before == state_of_store(path);
}

void followed_record::catch_up() {
    const auto until = clock::now() + catch_up_time;
    catalogue::progress seen;
    bool stopped = false;
    catalogue::catch_up({settings_.storage.sqlite_path, settings_.catalogue.text},
                        [&](const catalogue::progress& now) {
                            seen = now;
                            stopped = clock::now() > until;
                            return !stopped;
                        });
    missing_ = stopped
                   ? "the catalogue is being brought up to date: it has " + std::to_string(seen.done) +
                         " of " + std::to_string(seen.last) + " rows of the log; ask again for what is newer"
                   : std::string{};
}

read::sources& followed_record::from() {
    catch_up();
    if (open_ == nullptr || !is_current()) {
        const auto& path = settings_.storage.sqlite_path;
        open_.reset();
        open_ = std::make_unique<opened>(path, catalogue::path_of(path), prices_);
    }
    return open_->from;
}

}  // namespace tapes::app
