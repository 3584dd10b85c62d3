#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/app/rederive.hpp>
#include <tapes/record/rederive.hpp>

namespace tapes::app {

namespace {

constexpr std::uint64_t most_differences = 100;

}  // namespace

int rederive_store(const config::settings& settings, const std::string& to, printer& out, printer& err) {
    record::rederive_report report;
    std::uint64_t differences = 0;
    {
        progress_bar bar;
        report = record::rederive({settings.storage.sqlite_path, to, settings.record.volatile_system,
                                   bar.shower(), [&](const std::string& line) {
                                       if (++differences <= most_differences) {
                                           err << line << "\n";
                                       }
                                   }});
    }
    if (differences > most_differences) {
        err << "and " << differences - most_differences << " more\n";
    }
    out << "made " << to << ": " << counted(report.exchanges, "exchange") << ", "
        << counted(report.turns, "turn") << "\n";
    const auto line_of = [&](std::uint64_t count, const std::string& noun, const char* then) {
        if (count != 0) {
            out << counted(count, noun) << " " << then << "\n";
        }
    };
    line_of(report.new_turns, "exchange", "became turns for the first time");
    line_of(report.new_nodes, "node", "are new in these turns");
    line_of(report.without_bytes, "turn",
            "could not be made again, because their bytes are not kept; each has a row");
    line_of(report.without_bytes_nodes, "node", "of these turns are left out");
    line_of(report.imported_nodes, "node", "that were imported are left out: import them into the new store");
    line_of(report.lost_turns, "turn", "did not become turns this time");
    const bool exceptions = report.new_nodes + report.without_bytes_nodes + report.imported_nodes != 0;
    out << (report.same()
                ? (exceptions ? "all other nodes have the same hashes" : "all nodes have the same hashes")
                : std::to_string(report.missing_nodes) + " nodes are missing, " +
                      std::to_string(report.other_nodes) + " are different")
        << "\n";
    return report.same() ? 0 : 1;
}

}  // namespace tapes::app
