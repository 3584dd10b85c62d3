#include "commands/counted.hpp"

#include <tapes/api/orphan_routes.hpp>
#include <tapes/app/orphans.hpp>
#include <tapes/store/store.hpp>

namespace tapes::app {

namespace {

constexpr std::size_t orphans_at_once = 1000;

}  // namespace

int list_orphans(const config::settings& settings, bool json, printer& out) {
    const auto& path = settings.storage.sqlite_path;
    store::check_store(path);
    store::orphan_reader reader{path};
    std::int64_t last = 0;
    for (auto page = reader.list(last, orphans_at_once); !page.empty();
         page = reader.list(last, orphans_at_once)) {
        for (const auto& orphan : page) {
            last = orphan.id;
            if (json) {
                out.json(api::orphan_json(orphan));
                continue;
            }
            out << merkle::to_hex(orphan.hash) << " waits for " << merkle::to_hex(orphan.parent) << " ("
                << orphan.from.topic << " partition " << orphan.from.partition << " offset "
                << orphan.from.offset << ")" << (orphan.problem.empty() ? "" : ": ") << orphan.problem
                << "\n";
        }
    }
    if (!json) {
        const auto totals = reader.totals();
        out << counted(totals.nodes, "orphan") << ", " << counted(totals.missing, "parent")
            << (totals.missing == 1 ? words{" is missing\n"} : words{" are missing\n"});
    }
    return 0;
}

}  // namespace tapes::app
