#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/app/verify.hpp>
#include <tapes/record/rederive.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/store/verify.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>

namespace tapes::app {

namespace {

double megabytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / 1e6;
}

/// "12 nodes, 3.4 MB in 0.02 s (170 MB/s)"
std::string hashing(const store::verify_figures& seen) {
    char text[96];
    const auto size = megabytes(seen.node_bytes);
    std::snprintf(text, sizeof text, ", %.1f MB in %.2f s (%.0f MB/s)", size, seen.node_seconds,
                  seen.node_seconds > 0 ? size / seen.node_seconds : 0.0);
    return counted(seen.nodes, "node") + text;
}

void write_json(const store::findings& wrong, const store::verify_figures& seen,
                const record::recheck_figures& mapped, printer& out) {
    const nlohmann::json report{
        {"clean", wrong.count() == 0},
        {"wrong", wrong.count()},
        {"findings", wrong.lines()},
        {"checked",
         {{"log_rows", seen.log_rows},
          {"nodes", seen.nodes},
          {"node_bytes", seen.node_bytes},
          {"node_seconds", seen.node_seconds},
          {"unlogged_nodes", seen.unlogged_nodes},
          {"orphans", seen.orphans},
          {"pieces", seen.pieces},
          {"piece_bytes", seen.piece_bytes},
          {"exchanges", seen.exchanges},
          {"exchanges_without_digest", seen.without_digest},
          {"exchanges_mapped_again", mapped.mapped},
          {"exchanges_without_bytes", mapped.without_bytes},
          {"exchanges_not_mapped_again", mapped.not_mapped},
          {"rows_not_proved", mapped.unproved}}},
    };
    out.json(report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void write_text(const store::findings& wrong, const store::verify_figures& seen,
                const record::recheck_figures& mapped, printer& out) {
    const auto lines = wrong.lines();
    for (const auto& line : lines) {
        out << line << "\n";
    }
    if (wrong.count() > lines.size()) {
        out << "and " << wrong.count() - lines.size() << " more\n";
    }
    out << "checked " << hashing(seen) << ", " << counted(seen.pieces, "piece") << ", "
        << counted(seen.exchanges, "exchange") << " (" << mapped.mapped << " mapped again, "
        << mapped.without_bytes << " without bytes";
    if (mapped.not_mapped != 0) {
        out << ", " << mapped.not_mapped << " that cannot be mapped again";
    }
    out << "), " << counted(seen.log_rows, "log row");
    if (seen.without_digest != 0) {
        out << "; " << counted(seen.without_digest, "exchange") << " of an earlier build, without a digest";
    }
    if (mapped.unproved != 0) {
        out << "; " << counted(mapped.unproved, "row") << " without bytes to prove them";
    }
    if (seen.unlogged_nodes != 0) {
        out << "; " << counted(seen.unlogged_nodes, "imported node");
    }
    if (seen.orphans != 0) {
        out << "; " << counted(seen.orphans, "orphan");
    }
    out << ": "
        << (wrong.count() == 0 ? std::string{"all is well"} : std::to_string(wrong.count()) + " wrong")
        << "\n";
}

}  // namespace

int verify_store(const config::settings& settings, bool json, printer& out) {
    store::findings wrong;
    store::verify_figures seen;
    record::recheck_figures mapped;
    {
        progress_bar bar;
        const store::reading_place place{settings.storage.sqlite_path};
        const auto& path = place.path();
        seen = store::verify({path, 0, bar.shower()}, wrong);
        mapped = record::recheck({path, settings.record.volatile_system, bar.shower()}, wrong);
    }
    json ? write_json(wrong, seen, mapped, out) : write_text(wrong, seen, mapped, out);
    return wrong.count() == 0 ? 0 : 1;
}

}  // namespace tapes::app
