#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/usage.hpp>
#include <tapes/store/progress.hpp>
#include <tapes/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tapes::store {

class writer;

/// A node of a v0.4 file, as it stands there. All of it is valid UTF-8.
struct reference_node {
    merkle::identity identity;
    std::string role;
    std::string content;  ///< JSON
    std::string stop_reason;
    std::string project;
    merkle::usage used;
    std::optional<std::int64_t> created_at_us;  ///< since the epoch, UTC
};

/// One that is to be stored.
struct import_row {
    merkle::digest hash{};
    std::optional<merkle::digest> parent;  ///< in the store, or before it among those that come with it
    reference_node node;                   ///< with a date
};

/// Why rows are not taken: one of them has another hash, or its parent is not there. In one line.
class import_refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Where the nodes of an import go. One thread at a time. Its members throw std::runtime_error where they
/// cannot do it; what was stored before stays.
class import_target {
public:
    virtual ~import_target() = default;

    /// Which of these nodes are in the store.
    virtual std::vector<bool> known(std::span<const merkle::digest> hashes) = 0;
    /// Stores those that are not there yet, and waits until that is durable: how many. `announce`: with log
    /// rows.
    virtual std::uint64_t take(std::span<const import_row> rows, bool announce) = 0;
    /// No more comes.
    virtual void end() = 0;
};

/// How much of an import is written in one job of the writer, all else waiting meanwhile.
struct import_pace {
    std::size_t nodes = 0;
    std::uint64_t bytes = 0;  ///< of content; a larger node goes alone
};
/// For a store that nobody else uses: the fewest commits.
inline constexpr import_pace import_alone{1024, 4ULL << 20};
/// Beside live turns: some milliseconds at a time.
inline constexpr import_pace import_beside{128, 512ULL << 10};

/// The store at `path`, by the writer that has it, which must outlive this. Each row is proved by its hash
/// once more; `take` throws import_refusal, with nothing stored, where one is not sound. What was waiting for
/// the new nodes (orphans of a collector) joins them in `end`. Not for the writer's thread.
std::unique_ptr<import_target> make_import_target(std::string path, writer& store_writer, import_pace pace);

/// A row that was not imported, and why. What stands behind it in its chain is left out with it.
struct bad_row {
    std::string hash;  ///< as the file has it
    std::string reason;
};

struct import_options {
    std::string from;           ///< a tapes v0.4 file; only read
    bool announce = false;      ///< new nodes get log rows, by which cursors publish them
    progress on_progress = {};  ///< counts the rows of the file
};

struct import_report {
    std::uint64_t added = 0;
    std::uint64_t known = 0;    ///< were in the store
    std::uint64_t bad = 0;      ///< told one by one
    std::uint64_t behind = 0;   ///< left out because they stand behind a bad row
    std::uint64_t undated = 0;  ///< new, without a date that can be read, so with that of the import
};

/// Throws open_error, in one line, unless `path` is a tapes v0.4 file that can be read.
void check_reference_file(const std::string& path);

/// Takes the nodes of a tapes v0.4 file into a store, parents first, about a thousand at a time. Hashes stay:
/// each is computed again, and a row that has another is bad. What is in the store is left as it is, so that
/// an import can be repeated, also one that broke off. Memory: about 200 bytes for each node of the file,
/// some megabytes, and its largest content a few times. `on_bad` is called for each bad row as it is found.
/// Throws open_error for a file that is none of v0.4, and std::runtime_error where reading or storing fails;
/// what was taken stays.
import_report import_reference(import_target& into, const import_options& options,
                               const std::function<void(const bad_row&)>& on_bad);

}  // namespace tapes::store
