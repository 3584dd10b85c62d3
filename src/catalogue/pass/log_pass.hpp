#pragma once

#include "file/catalogue_file.hpp"
#include "pass/bare_runs.hpp"
#include "pass/chain_table.hpp"
#include "pass/exchange_table.hpp"
#include "pass/facet_table.hpp"
#include "pass/kind_table.hpp"
#include "pass/node_facts.hpp"
#include "pass/session_table.hpp"
#include "pass/sum_table.hpp"
#include "pass/text_marks.hpp"
#include "pass/thread_finder.hpp"
#include "pass/thread_table.hpp"
#include "pass/time_table.hpp"
#include "pass/values.hpp"
#include "text/text_index.hpp"

#include <tapes/store/log_scan.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tapes::catalogue {

/// How much of the log one transaction takes.
struct batch_limits {
    std::size_t rows = 16'384;
    std::uint64_t bytes = 16ULL << 20;
};

/// Takes the log of a store into its catalogue, batch by batch, each in one transaction. One thread.
class log_pass {
public:
    log_pass(catalogue_file& file, store::log_scan& scan, bool text);

    /// Takes the next batch: rows of the log, or nodes that no row tells of (those of an import that was not
    /// announced). Returns false where there is none. On an error nothing of it stays, and the next call
    /// tries it again. Throws sqlite_error, of the catalogue or of the store.
    bool step(const batch_limits& limits = {});
    const cursor_place& place() const noexcept { return at_; }

private:
    std::size_t rows_before_gap(const std::vector<store::scanned_row>& page) const;
    bool take_unlogged(std::int64_t end, const batch_limits& limits);
    void take(const std::vector<store::scanned_row>& page, const cursor_place& end);
    void take(const store::scanned_row& row);
    void take_exchange(const store::scanned_row& row);
    void take_nodes(const store::scanned_row& row);
    session_row* session_of(const store::scanned_exchange& seen);
    session_row* session_asked(const store::scanned_exchange& seen);
    session_row& session_of_tree(std::int64_t node);
    thread_row* place_chains(session_row& session, const store::scanned_row& row);
    thread_row& place_chain(session_row& session, std::int64_t head, const asking_agent& agent);
    void improve(session_row& session, thread_row& thread, const new_path& path);
    void rank_as_main(session_row& session, thread_row& thread);
    void read_content(session_row& session, thread_row* thread, const store::scanned_node& node,
                      const contribution& with);
    void add(const contribution& one, int sign);
    void describe(session_row& session, thread_row* thread, const store::scanned_exchange& seen);
    void show_head(session_row& session, thread_row& thread, std::int64_t exchange);
    void flush(const cursor_place& end);
    void forget();

    catalogue_file& file_;
    store::log_scan& scan_;
    sqlite::connection& db_;
    cursor_place at_;
    name_table names_;
    node_facts facts_;
    session_table sessions_;
    thread_table threads_;
    chain_table chains_;
    text_marks marks_;
    sum_table sums_;
    exchange_table exchanges_;
    time_table times_;
    bare_runs bare_;
    facet_table facets_;
    kind_table kinds_;
    thread_finder finder_;
    std::optional<text_index> text_;  ///< nothing: it is not kept
};

}  // namespace tapes::catalogue
