#include <tapes/app/import.hpp>
#include <tapes/store/import.hpp>

#include <filesystem>
#include <ostream>

namespace tapes::app {

namespace {

std::string counted(std::uint64_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int import_store(const config::settings& how, const std::string& from, bool announce, std::ostream& out,
                 std::ostream& err) {
    const auto& into = how.storage.sqlite_path;
    store::check_reference_file(from);
    std::error_code ignored;
    if (std::filesystem::equivalent(from, into, ignored)) {
        throw store::open_error{from +
                                " is the file that the store would be made in; name another with --sqlite"};
    }
    const store::store_lock lock{{into, store::synchronous::full}};
    const auto report = store::import_reference(lock, {from, announce}, [&](const store::bad_row& row) {
        err << "tapes: node " << row.hash << " was not imported: " << row.reason << "\n";
    });
    out << "imported " << counted(report.added, "node") << " from " << from << " into " << into;
    if (report.known != 0) {
        out << "; " << report.known << " were there already";
    }
    out << "\n";
    if (report.undated != 0) {
        err << "tapes: " << counted(report.undated, "node")
            << " had no date that can be read, and have that of this import\n";
    }
    if (report.bad != 0) {
        err << "tapes: left out: " << counted(report.bad, "bad row");
        if (report.behind != 0) {
            err << " and " << counted(report.behind, "node") << " that stand behind them";
        }
        err << "\n";
    }
    return report.bad == 0 ? 0 : 1;
}

}  // namespace tapes::app
