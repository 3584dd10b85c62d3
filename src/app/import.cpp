#include "progress_bar.hpp"
#include "running_process.hpp"

#include <tapes/api/import_routes.hpp>
#include <tapes/app/import.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/store/import.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <filesystem>
#include <ostream>

namespace tapes::app {

namespace {

std::string counted(std::uint64_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// What a running process may take for some hundred nodes: its disk may be slow, and its turns go first.
constexpr std::chrono::minutes patience{2};
constexpr std::chrono::seconds commit_deadline{10};

/// A store that no process has, for as long as the import takes.
class unused_store : public store::import_target {
public:
    explicit unused_store(const std::string& path)
        : lock_{{path, store::synchronous::full}},
          writer_{lock_, account_, {}},
          to_{store::make_import_target(path, writer_, store::import_alone)} {}
    ~unused_store() override {
        to_.reset();  // the last connection to close removes the WAL
        writer_.stop(std::chrono::steady_clock::now() + commit_deadline);
    }
    unused_store(const unused_store&) = delete;
    unused_store& operator=(const unused_store&) = delete;

    std::vector<bool> known(std::span<const merkle::digest> hashes) override { return to_->known(hashes); }
    std::uint64_t take(std::span<const store::import_row> rows, bool announce) override {
        return to_->take(rows, announce);
    }
    void end() override { to_->end(); }

private:
    store::store_lock lock_;
    capture::ledger account_;
    store::writer writer_;
    std::unique_ptr<store::import_target> to_;
};

std::unique_ptr<store::import_target> target_of(const config::settings& how) {
    if (auto running = running_process::find(how)) {
        return api::make_import_client(
            [by = *std::move(running)](const api::request& what) { return by.ask(what, patience); });
    }
    return std::make_unique<unused_store>(how.storage.sqlite_path);
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
    const auto report = [&] {
        const auto target = target_of(how);
        progress_bar bar;
        return store::import_reference(
            *target, {from, announce, bar.shower()}, [&](const store::bad_row& row) {
                err << "tapes: node " << row.hash << " was not imported: " << row.reason << "\n";
            });
    }();
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
