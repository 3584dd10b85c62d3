#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/app/rederive.hpp>
#include <tapes/record/rederive.hpp>

#include <ostream>

namespace tapes::app {

namespace {

constexpr std::uint64_t most_differences = 100;

}  // namespace

int rederive_store(const config::settings& how, const std::string& to, std::ostream& out, std::ostream& err) {
    record::rederive_report told;
    std::uint64_t differences = 0;
    {
        progress_bar bar;
        told = record::rederive({how.storage.sqlite_path, to, how.record.volatile_system, bar.shower(),
                                 [&](const std::string& line) {
                                     if (++differences <= most_differences) {
                                         err << line << "\n";
                                     }
                                 }});
    }
    if (differences > most_differences) {
        err << "and " << differences - most_differences << " more\n";
    }
    out << "made " << to << ": " << counted(told.exchanges, "exchange") << ", " << counted(told.turns, "turn")
        << "\n";
    const auto say = [&](std::uint64_t count, const std::string& what, const char* then) {
        if (count != 0) {
            out << counted(count, what) << " " << then << "\n";
        }
    };
    say(told.new_turns, "exchange", "became turns that were none");
    say(told.new_nodes, "node", "are new with them");
    say(told.without_bytes, "turn", "could not be made again, for no bytes are kept: a row each");
    say(told.without_bytes_nodes, "node", "of such turns are left out");
    say(told.imported_nodes, "node", "that were imported are left out: import them into the new store");
    say(told.lost_turns, "turn", "gave none this time");
    const bool exceptions = told.new_nodes + told.without_bytes_nodes + told.imported_nodes != 0;
    out << (told.same()
                ? (exceptions ? "all other nodes have the same hashes" : "all nodes have the same hashes")
                : std::to_string(told.missing_nodes) + " nodes are missing, " +
                      std::to_string(told.other_nodes) + " are others")
        << "\n";
    return told.same() ? 0 : 1;
}

}  // namespace tapes::app
