#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::catalogue {

/// The rows of a table by their ids, of which those that were used of late are in memory. `Row` has `id`,
/// `is_new` and `changed`. A reference is valid until `flush`.
template <class Row>
class row_cache {
public:
    /// `next` is the id of the next new row.
    explicit row_cache(std::int64_t next) : next_{next} {}

    Row& make(Row made) {
        made.id = next_++;
        made.is_new = true;
        made.changed = true;
        return put(std::move(made));
    }

    /// `load(id)` reads a row that is not in memory.
    template <class Load>
    Row& by_id(std::int64_t id, Load&& load) {
        if (const auto known = rows_.find(id); known != rows_.end()) {
            return *known->second;
        }
        Row row = load(id);
        row.id = id;
        return put(std::move(row));
    }

    /// Has all new rows written by `insert`, and each other one that changed by `update`, in the order of
    /// their ids.
    template <class Insert, class Update>
    void flush(Insert&& insert, Update&& update) {
        std::vector<const Row*> made;
        std::vector<const Row*> changed;
        for (const auto& [id, row] : rows_) {
            if (row->changed) {
                (row->is_new ? made : changed).push_back(row.get());
                row->is_new = false;
                row->changed = false;
            }
        }
        std::ranges::sort(made, {}, &Row::id);
        insert(made);
        std::ranges::sort(changed, {}, &Row::id);
        std::ranges::for_each(changed, [&](const Row* row) { update(*row); });
        if (rows_.size() > most) {
            rows_.clear();
        }
    }

    /// A transaction was rolled back: `next` is the next id once more.
    void forget(std::int64_t next) {
        rows_.clear();
        next_ = next;
    }

    static constexpr std::size_t most = 20'000;  ///< kept from one batch to the next

private:
    Row& put(Row row) {
        const auto id = row.id;
        return *(rows_[id] = std::make_unique<Row>(std::move(row)));
    }

    std::int64_t next_;
    std::unordered_map<std::int64_t, std::unique_ptr<Row>> rows_;
};

}  // namespace tapes::catalogue
