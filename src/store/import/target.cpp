#include "import/content.hpp"
#include "import/rows.hpp"

#include <tapes/store/history.hpp>
#include <tapes/store/received.hpp>
#include <tapes/text/work_meter.hpp>

#include <unordered_map>
#include <utility>

namespace tapes::store {

namespace {

/// What it takes to look for a node in the store, on a text::work_meter.
constexpr std::uint64_t steps_to_find = 256;

/// A row with the node that it says.
struct proved_row {
    const import_row* row;
    merkle::node node;
};

class writer_target : public import_target {
public:
    writer_target(std::string path, writer& store_writer, import_pace pace)
        : path_{std::move(path)}, writer_{store_writer}, pace_{pace}, past_{path_, store_writer} {}

    std::vector<bool> known(std::span<const merkle::digest> hashes) override {
        std::vector<bool> made;
        made.reserve(hashes.size());
        for (const auto& one : hashes) {
            text::count_work(steps_to_find);
            made.push_back(past_.find(one).has_value());
        }
        return made;
    }

    std::uint64_t take(std::span<const import_row> rows, bool announce) override {
        const auto proved = prove(rows);
        std::uint64_t added = 0;
        for (std::size_t from = 0; from < proved.size();) {
            const auto count = share(proved, from);
            added += store(std::span{proved}.subspan(from, count), announce);
            from += count;
        }
        return added;
    }

    void end() override {
        if (orphan_reader{path_}.count() != 0) {
            (void)join_orphans(writer_);
        }
    }

private:
    /// On this thread, so that the writer has nothing left but to insert.
    std::vector<proved_row> prove(std::span<const import_row> rows) {
        std::vector<proved_row> made;
        made.reserve(rows.size());
        std::unordered_map<merkle::digest, merkle::link, digest_hash> here;
        for (const auto& one : rows) {
            text::count_work(steps_to_find);
            std::optional<merkle::link> parent;
            if (one.parent) {
                if (const auto found = here.find(*one.parent); found != here.end()) {
                    parent = found->second;
                } else if (const auto stored = past_.find(*one.parent)) {
                    parent = stored->position;
                } else {
                    throw import_refusal{"the parent of node " + merkle::to_hex(one.hash) +
                                         " is not in the store"};
                }
            }
            auto node = make_reference_node(parent, one.node, one.hash);
            if (!node) {
                throw import_refusal{"what node " + merkle::to_hex(one.hash) + " says has another hash"};
            }
            here.emplace(one.hash, node->position);
            made.push_back({&one, *std::move(node)});
        }
        return made;
    }

    /// How many, from `from` on, go into one job.
    std::size_t share(const std::vector<proved_row>& all, std::size_t from) const {
        std::uint64_t bytes = 0;
        std::size_t count = 0;
        while (from + count < all.size() && count < pace_.nodes) {
            bytes += all[from + count].node.content.size();
            if (count > 0 && bytes > pace_.bytes) {
                break;
            }
            ++count;
        }
        return count;
    }

    std::uint64_t store(std::span<const proved_row> rows, bool announce) {
        std::uint64_t added = 0;
        run_job(writer_, [&](job_context& context) {
            added = 0;
            import_rows into{context, announce};
            for (const auto& one : rows) {
                added += into.take(*one.row, one.node) ? 1 : 0;
            }
            into.finish();
        });
        return added;
    }

    const std::string path_;
    writer& writer_;
    const import_pace pace_;
    history past_;
};

}  // namespace

std::unique_ptr<import_target> make_import_target(std::string path, writer& store_writer, import_pace pace) {
    return std::make_unique<writer_target>(std::move(path), store_writer, pace);
}

}  // namespace tapes::store
