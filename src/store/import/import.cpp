#include "file/digest_index.hpp"
#include "import/source.hpp"

#include <tapes/store/clock.hpp>
#include <tapes/store/import.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tapes::store {

namespace {

/// So many rows are looked up in the store at once, ...
constexpr std::size_t nodes_at_once = 1024;
/// ... and so much of what is new goes there at once.
constexpr std::size_t bytes_at_once = 1 << 20;

/// One import. Rows are taken in the order of the file, but each behind those that it stands behind.
class importer {
public:
    importer(import_target& into, const import_options& options,
             const std::function<void(const bad_row&)>& on_bad)
        : into_{into}, options_{options}, on_bad_{on_bad}, source_{options.from}, places_{source_.places()} {
        states_.resize(places_.size(), state::waiting);
        for (std::size_t at = 0; at < places_.size(); ++at) {
            if (const auto hash = merkle::from_hex(places_[at].hash)) {
                by_hash_.emplace(*hash, at);
            }
        }
    }

    import_report run() {
        for (std::size_t at = 0; at < places_.size(); ++at) {
            begin_with_parents(at);
            if (next_.size() >= nodes_at_once) {
                take_next();
            }
        }
        take_next();
        into_.end();
        return report_;
    }

private:
    enum class state : std::uint8_t { waiting, begun, stored, left_out };

    void begin_with_parents(std::size_t at) {
        path_.clear();
        for (auto next = std::optional{at}; next && states_[*next] == state::waiting;
             next = parent_of(*next)) {
            states_[*next] = state::begun;
            path_.push_back(*next);
        }
        next_.insert(next_.end(), path_.rbegin(), path_.rend());
    }

    std::optional<std::size_t> parent_of(std::size_t at) const {
        const auto hash = merkle::from_hex(places_[at].parent);
        const auto found = hash ? by_hash_.find(*hash) : by_hash_.end();
        return found != by_hash_.end() ? std::optional{found->second} : std::nullopt;
    }

    /// What is in `next_`, a part at a time: a chain may be long.
    void take_next() {
        for (std::size_t from = 0; from < next_.size(); from += nodes_at_once) {
            const auto part = std::span{next_}.subspan(from, std::min(nodes_at_once, next_.size() - from));
            look_up(part);
            for (const auto at : part) {
                states_[at] = take(at) ? state::stored : state::left_out;
            }
            send();
            done_ += part.size();
            if (options_.on_progress) {
                options_.on_progress(std::to_string(done_) + " nodes", done_, places_.size());
            }
        }
        next_.clear();
    }

    /// Which of these rows, and of the parents that are not stored with them, the store has.
    void look_up(std::span<const std::size_t> part) {
        std::vector<merkle::digest> asked;
        for (const auto at : part) {
            for (const auto* const text : {&places_[at].hash, &places_[at].parent}) {
                if (const auto hash = merkle::from_hex(*text)) {
                    asked.push_back(*hash);
                }
            }
        }
        const auto answers = into_.known(asked);
        known_.clear();
        for (std::size_t i = 0; i < asked.size() && i < answers.size(); ++i) {
            known_.emplace(asked[i], answers[i]);
        }
    }

    bool known(const merkle::digest& hash) const {
        const auto found = known_.find(hash);
        return found != known_.end() && found->second;
    }

    bool take(std::size_t at) {
        const auto& place = places_[at];
        const auto hash = merkle::from_hex(place.hash);
        if (!hash) {
            return refuse(at, "its hash is no SHA-256 in hexadecimal digits");
        }
        if (known(*hash)) {
            ++report_.known;
            return true;
        }
        const auto parent = merkle::from_hex(place.parent);
        if (!place.parent.empty()) {
            const auto above = parent_of(at);
            if (above && states_[*above] == state::left_out) {
                ++report_.behind;
                return false;
            }
            const bool there = above && states_[*above] == state::stored;
            if (!there && !(parent && known(*parent))) {
                return refuse(at, above ? "it stands behind itself"
                                        : "its parent " + place.parent + " is not in the file");
            }
        }
        return add(at, *hash, parent);
    }

    bool add(std::size_t at, const merkle::digest& hash, const std::optional<merkle::digest>& parent) {
        for (const bool from_bucket : {false, true}) {
            auto row = source_.read(places_[at].row, from_bucket);
            if (!row || merkle::hash_stored(parent, row->identity, row->role, row->content) != hash) {
                continue;
            }
            report_.undated += row->created_at_us ? 0 : 1;
            row->created_at_us = row->created_at_us.value_or(now_us());
            bytes_ += row->content.size();
            rows_.push_back({hash, parent, *std::move(row)});
            if (bytes_ >= bytes_at_once) {
                send();
            }
            return true;
        }
        return refuse(at, "what it says has another hash");
    }

    void send() {
        if (!rows_.empty()) {
            const auto added = into_.take(rows_, options_.announce);
            report_.added += added;
            report_.known += rows_.size() - added;  // somebody else was quicker
        }
        rows_.clear();
        bytes_ = 0;
    }

    bool refuse(std::size_t at, const std::string& reason) {
        ++report_.bad;
        on_bad_({places_[at].hash, reason});
        return false;
    }

    import_target& into_;
    const import_options& options_;
    const std::function<void(const bad_row&)>& on_bad_;
    import_source source_;
    std::vector<import_source::place> places_;
    std::vector<state> states_;
    std::unordered_map<merkle::digest, std::size_t, digest_hash> by_hash_;
    std::vector<std::size_t> path_;
    std::vector<std::size_t> next_;  ///< begun, in the order in which they are taken
    std::unordered_map<merkle::digest, bool, digest_hash> known_;
    std::vector<import_row> rows_;  ///< on their way to the store
    std::size_t bytes_ = 0;         ///< of their content
    std::uint64_t done_ = 0;
    import_report report_;
};

}  // namespace

import_report import_reference(import_target& into, const import_options& options,
                               const std::function<void(const bad_row&)>& on_bad) {
    check_reference_file(options.from);
    return importer{into, options, on_bad}.run();
}

}  // namespace tapes::store
