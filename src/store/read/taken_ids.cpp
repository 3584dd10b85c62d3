#include "file/readable.hpp"
#include "file/sqlite.hpp"
#include "read/commit_order.hpp"

#include <tapes/store/taken_ids.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <limits>
#include <map>

namespace tapes::store {

namespace {

constexpr std::size_t most_kept = 32'768;
constexpr std::int64_t most_of_its_time = 1'024;
constexpr std::size_t time_bytes = 6;

using end_of_uuid = std::array<std::uint8_t, 16 - time_bytes>;

capture::uuid uuid_at(const statement& rows, int column) {
    capture::uuid made{};
    const auto bytes = rows.blob_at(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), made.size()), made.begin());
    return made;
}

end_of_uuid end_of(const capture::uuid& id) {
    end_of_uuid made{};
    std::copy(id.begin() + time_bytes, id.end(), made.begin());
    return made;
}

}  // namespace

class taken_ids::impl {
public:
    explicit impl(const std::string& path) : db_{readable(path), SQLITE_OPEN_READONLY} {}

    std::optional<exchange> find(const capture::uuid& id) {
        read_newest();
        const auto found = newest_.find(id);
        return found == newest_.end() ? find_in_its_time(id) : std::optional{exchange{id, found->second}};
    }
    std::optional<exchange> find_end_of(const capture::uuid& id) {
        read_newest();
        const auto found = ends_.find(end_of(id));
        return found == ends_.end() ? std::nullopt : std::optional{found->second};
    }

private:
    /// Goes on from where the call before had read to.
    void read_newest() {
        if (read_to_ < 0) {
            const auto last = db_.integer("SELECT max(id) FROM exchange");
            first_kept_ = read_to_ = std::max<std::int64_t>(last - std::int64_t{most_kept}, 0);
        }
        visit(read_to_ + 1, std::numeric_limits<std::int64_t>::max(), -1,
              [this](std::int64_t row, const exchange& one) {
                  keep(row, one);
                  return true;
              });
    }
    void keep(std::int64_t row, const exchange& one) {
        if (order_.size() == most_kept) {
            const auto& [oldest, oldest_id] = order_.front();
            first_kept_ = oldest;
            newest_.erase(newest_.lower_bound(oldest_id));  // of equal ids the one that was kept first
            ends_.erase(ends_.lower_bound(end_of(oldest_id)));
            order_.pop_front();
        }
        order_.emplace_back(row, one.id);
        newest_.emplace(one.id, one.head);
        ends_.emplace(end_of(one.id), one);
        read_to_ = row;
    }
    std::optional<exchange> find_in_its_time(const capture::uuid& id) {
        std::optional<exchange> found;
        visit(times_.first_since(time_of_uuid(id)), first_kept_, most_of_its_time,
              [&](std::int64_t, const exchange& one) {
                  found = one.id == id ? std::optional{one} : std::nullopt;
                  return !found;
              });
        return found;
    }
    /// Visits at most `most` (-1: all) exchanges with ids from `first` to `last`, until `to` returns false.
    void visit(std::int64_t first, std::int64_t last, std::int64_t most,
               const std::function<bool(std::int64_t, const exchange&)>& to) {
        const reset_at_end guard{rows_};
        rows_.integer(1, first);
        rows_.integer(2, last);
        rows_.integer(3, most);
        while (rows_.step() && to(rows_.integer_at(0), {uuid_at(rows_, 1), rows_.integer_at(2)})) {
        }
    }

    connection db_;
    statement rows_{db_,
                    "SELECT id, uuid, head FROM exchange WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3"};
    commit_order times_{db_};
    std::deque<std::pair<std::int64_t, capture::uuid>> order_;  ///< of the newest, by their rows
    std::multimap<capture::uuid, std::int64_t> newest_;         ///< their heads
    std::multimap<end_of_uuid, exchange> ends_;
    std::int64_t first_kept_ = 0;  ///< rows behind this one are among the newest
    std::int64_t read_to_ = -1;    ///< -1: nothing was read
};

taken_ids::taken_ids(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
taken_ids::~taken_ids() = default;

std::optional<taken_ids::exchange> taken_ids::find(const capture::uuid& id) {
    return impl_->find(id);
}

std::optional<taken_ids::exchange> taken_ids::find_end_of(const capture::uuid& id) {
    return impl_->find_end_of(id);
}

}  // namespace tapes::store
