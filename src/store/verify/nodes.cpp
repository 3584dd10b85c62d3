#include "file/digest_index.hpp"
#include "verify/parts.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

namespace tapes::store {

namespace {

constexpr const char* node_rows =
    "SELECT n.id, n.hash, n.match, n.parent, n.root, n.depth, n.role, n.model, n.provider, n.agent,"
    " n.content, p.id, p.hash, p.root, p.depth, p.match FROM node n LEFT JOIN node p ON p.id = n.parent"
    " WHERE n.id > ?1 AND n.id <= ?2 ORDER BY n.id";

/// Looks for what clients drop without parsing. Where it finds nothing there is nothing.
bool may_carry_dropped(std::string_view content) {
    constexpr std::string_view type_key = R"("type":")";
    for (auto at = content.find(type_key); at != std::string_view::npos; at = content.find(type_key, at)) {
        at += type_key.size();
        const auto type = content.substr(at, content.find('"', at) - at);
        if (merkle::is_dropped_type(type) || merkle::is_provider_call(type)) {
            return true;
        }
    }
    return std::ranges::any_of(merkle::block_fields, [content](const auto& field) {
        return !field.in_match &&
               content.find(",\"" + std::string{field.name} + "\":\"") != std::string_view::npos;
    });
}

/// Tells whether the content holds what clients drop whoever sent it. Other things that clients drop cannot
/// be told from the content alone.
bool carries_dropped(std::string_view content) {
    if (!may_carry_dropped(content)) {
        return false;
    }
    const auto blocks = read_content_blocks(nlohmann::json::parse(content, nullptr, false));
    return blocks && std::ranges::any_of(*blocks, [](const merkle::block& block) {
               return merkle::always_dropped(block) || merkle::carries_dropped(block);
           });
}

/// Checks nodes on a connection of its own.
class node_check {
public:
    node_check(const std::string& path, const verify_bounds& until, findings& wrong)
        : until_{until}, wrong_{wrong}, db_{path, SQLITE_OPEN_READONLY} {}

    /// Those behind `after` up to `to`. Returns the bytes of their contents and digests.
    std::uint64_t range(std::int64_t after, std::int64_t to) {
        std::uint64_t bytes = 0;
        auto next = after + 1;
        const reset_at_end guard{rows_};
        rows_.integer(1, after);
        rows_.integer(2, to);
        while (rows_.step()) {
            id_ = rows_.integer_at(column::id);
            for (; next < id_; ++next) {
                wrong_.add("node " + std::to_string(next) + ": is missing");
            }
            ++next;
            ++seen_;
            bytes += check();
        }
        for (; next <= to; ++next) {
            wrong_.add("node " + std::to_string(next) + ": is missing");
        }
        return bytes;
    }

    std::uint64_t seen() const noexcept { return seen_; }

private:
    /// The columns of `node_rows`.
    enum column {
        id,
        hash,
        match,
        parent,
        root,
        depth,
        role,
        model,
        provider,
        agent,
        content,
        parent_id,
        parent_hash,
        parent_root,
        parent_depth,
        parent_match
    };

    void tell(const std::string& problem) {
        const auto own = digest_of(rows_.blob_at(column::hash));
        wrong_.add("node " + std::to_string(id_) +
                   (own ? " (" + merkle::to_hex(*own).substr(0, 12) + ")" : "") + ": " + problem);
    }

    std::uint64_t check() {
        const auto own = digest_of(rows_.blob_at(column::hash));
        if (!own) {
            tell("its hash is no digest");
            return 0;
        }
        check_place();
        check_match(*own);
        check_hash(*own);
        check_indexed(in_hashes_, "node_by_hash", *own);
        const auto text = rows_.text_at(column::content);
        return text.size() + own->size() + rows_.blob_at(column::match).size();
    }

    void check_place() {
        const auto above = rows_.integer_at(column::parent);
        const auto of = [](std::int64_t value) { return std::to_string(value); };
        auto expected_root = id_;
        std::int64_t expected_depth = 0;
        if (above != 0) {
            if (rows_.is_null(column::parent_id)) {
                tell("its parent, node " + of(above) + ", is missing");
                return;
            }
            if (above >= id_) {
                tell("does not stand behind its parent, node " + of(above));
            }
            expected_root = rows_.integer_at(column::parent_root);
            expected_depth = rows_.integer_at(column::parent_depth) + 1;
        }
        if (rows_.integer_at(column::root) != expected_root) {
            tell("its root is node " + of(rows_.integer_at(column::root)) + ", not " + of(expected_root));
        }
        if (rows_.integer_at(column::depth) != expected_depth) {
            tell("its depth is " + of(rows_.integer_at(column::depth)) + ", not " + of(expected_depth));
        }
    }

    void check_match(const merkle::digest& own) {
        const bool is_set = !rows_.is_null(column::match);
        if (is_set) {
            const auto value = digest_of(rows_.blob_at(column::match));
            if (!value || *value == own) {
                tell("its match is no other digest than its hash");
            } else {
                check_indexed(in_matches_, "node_by_match", *value);
            }
        } else if (!rows_.is_null(column::parent_match)) {
            tell("has no match, though its parent has one");
        } else if (carries_dropped(rows_.text_at(column::content))) {
            tell("has no match, though its content holds what clients drop");
        }
    }

    void check_hash(const merkle::digest& own) {
        std::array<const std::string*, 4> texts{};
        for (int i = 0; i < 4; ++i) {
            texts[static_cast<std::size_t>(i)] = strings_.find(rows_.integer_at(column::role + i));
            if (texts[static_cast<std::size_t>(i)] == nullptr) {
                tell("string " + std::to_string(rows_.integer_at(column::role + i)) + " is missing");
                return;
            }
        }
        std::optional<merkle::digest> above;
        if (rows_.integer_at(column::parent) != 0) {
            above = digest_of(rows_.blob_at(column::parent_hash));
        }
        const merkle::identity identity{*texts[1], *texts[2], *texts[3]};
        const auto made = merkle::hash_stored(above, identity, *texts[0], rows_.text_at(column::content));
        if (!made) {
            tell("its content is no JSON array of blocks");
        } else if (*made != own) {
            tell("its hash is not that of what it holds");
        }
    }

    void check_indexed(statement& in, const std::string& table, const merkle::digest& of) {
        if (id_ > until_.indexed(table)) {
            return;
        }
        const reset_at_end guard{in};
        in.integer(1, prefix_of(of));
        in.integer(2, id_);
        if (!in.step()) {
            tell("is not in " + table);
        }
    }

    const verify_bounds& until_;
    findings& wrong_;
    connection db_;
    string_table strings_{db_};
    statement rows_{db_, node_rows};
    statement in_hashes_{db_, "SELECT 1 FROM node_by_hash WHERE prefix = ?1 AND row = ?2"};
    statement in_matches_{db_, "SELECT 1 FROM node_by_match WHERE prefix = ?1 AND row = ?2"};
    std::int64_t id_ = 0;
    std::uint64_t seen_ = 0;
};

}  // namespace

void verify_nodes(const verify_options& options, const verify_bounds& until, verify_figures& seen,
                  findings& wrong) {
    const auto started = std::chrono::steady_clock::now();
    const progress_steps steps{options.on_progress, "nodes", until.last_node};
    std::atomic<std::int64_t> next{0};
    std::atomic<std::uint64_t> nodes{0};
    std::atomic<std::uint64_t> bytes{0};
    const auto work = [&](bool tells) {
        try {
            node_check check{options.path, until, wrong};
            while (true) {
                const auto after = next.fetch_add(rows_at_once);
                if (after >= until.last_node) {
                    break;
                }
                bytes += check.range(after, std::min(after + rows_at_once, until.last_node));
                if (tells) {
                    steps.reached(std::min(next.load(), until.last_node));
                }
            }
            nodes += check.seen();
        } catch (const std::exception& failure) {
            next = until.last_node;
            wrong.add(std::string{"nodes cannot be read: "} + failure.what());
        }
    };
    const auto count =
        options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> others;
    for (unsigned i = 1; i < count && until.last_node > rows_at_once; ++i) {
        others.emplace_back(work, false);
    }
    work(true);
    for (auto& one : others) {
        one.join();
    }
    seen.nodes = nodes;
    seen.node_bytes = bytes;
    seen.node_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace tapes::store
