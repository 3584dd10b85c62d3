#include "import_content.hpp"
#include "import_rows.hpp"

#include <tapes/store/import.hpp>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <unordered_map>

namespace tapes::store {

namespace {

struct digest_hash {
    std::size_t operator()(const merkle::digest& of) const noexcept {
        std::size_t made = 0;
        std::memcpy(&made, of.data(), sizeof made);
        return made;
    }
};

std::int64_t now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// One import. Rows are taken in the order of the file, but each behind those that it stands behind.
class importer {
public:
    importer(connection& db, const import_options& what, const std::function<void(const bad_row&)>& on_bad)
        : on_bad_{on_bad}, source_{what.from}, rows_{db, what.announce}, places_{source_.places()} {
        states_.resize(places_.size(), state::waiting);
        for (std::size_t at = 0; at < places_.size(); ++at) {
            if (const auto hash = merkle::from_hex(places_[at].hash)) {
                by_hash_.emplace(*hash, at);
            }
        }
    }

    import_report run() {
        for (std::size_t at = 0; at < places_.size(); ++at) {
            take_with_parents(at);
        }
        rows_.finish(now_us());
        return report_;
    }

private:
    enum class state : std::uint8_t { waiting, begun, stored, left_out };

    void take_with_parents(std::size_t at) {
        path_.clear();
        for (auto next = std::optional{at}; next && states_[*next] == state::waiting;
             next = parent_of(*next)) {
            states_[*next] = state::begun;
            path_.push_back(*next);
        }
        for (auto row = path_.rbegin(); row != path_.rend(); ++row) {
            states_[*row] = take(*row) ? state::stored : state::left_out;
        }
    }

    std::optional<std::size_t> parent_of(std::size_t at) const {
        const auto hash = merkle::from_hex(places_[at].parent);
        const auto found = hash ? by_hash_.find(*hash) : by_hash_.end();
        return found != by_hash_.end() ? std::optional{found->second} : std::nullopt;
    }

    bool take(std::size_t at) {
        const auto& place = places_[at];
        const auto hash = merkle::from_hex(place.hash);
        if (!hash) {
            return refuse(at, "its hash is no SHA-256 in hexadecimal digits");
        }
        if (rows_.find(*hash)) {
            ++report_.known;
            return true;
        }
        std::optional<imported_node> parent;
        if (!place.parent.empty()) {
            const auto above = parent_of(at);
            if (above && states_[*above] == state::left_out) {
                ++report_.behind;
                return false;
            }
            const auto parent_hash = merkle::from_hex(place.parent);
            parent = parent_hash ? rows_.find(*parent_hash) : std::nullopt;
            if (!parent) {
                return refuse(at, above ? "it stands behind itself"
                                        : "its parent " + place.parent + " is not in the file");
            }
        }
        return add(at, *hash, parent);
    }

    bool add(std::size_t at, const merkle::digest& hash, const std::optional<imported_node>& parent) {
        const auto link = parent ? std::optional{parent->position} : std::nullopt;
        for (const bool from_bucket : {false, true}) {
            const auto row = source_.read(places_[at].row, from_bucket);
            const auto node = row ? make_reference_node(link, *row, hash) : std::nullopt;
            if (node) {
                rows_.add(*node, parent ? &*parent : nullptr, *row, now_us());
                ++report_.added;
                report_.undated += row->created_at_us ? 0 : 1;
                return true;
            }
        }
        return refuse(at, "what it says has another hash");
    }

    bool refuse(std::size_t at, const std::string& reason) {
        ++report_.bad;
        on_bad_({places_[at].hash, reason});
        return false;
    }

    const std::function<void(const bad_row&)>& on_bad_;
    import_source source_;
    import_rows rows_;
    std::vector<import_source::place> places_;
    std::vector<state> states_;
    std::unordered_map<merkle::digest, std::size_t, digest_hash> by_hash_;
    std::vector<std::size_t> path_;
    import_report report_;
};

}  // namespace

import_report import_reference(const store_lock& lock, const import_options& what,
                               const std::function<void(const bad_row&)>& on_bad) {
    check_reference_file(what.from);
    const auto& into = lock.options();
    connection db{into.path, SQLITE_OPEN_READWRITE};
    db.exec(into.durability == synchronous::full ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
    return importer{db, what, on_bad}.run();
}

}  // namespace tapes::store
