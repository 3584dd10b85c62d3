#pragma once

#include "store/support.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/catalogue/reader.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::catalogue::test {

using store::test::open_store;

/// A message of a chain: its role, and its text or blocks.
struct said {
    std::string role;
    std::vector<merkle::block> content;

    said(std::string by, std::string_view text) : role{std::move(by)} {
        content.push_back({});
        content.back().type = "text";
        content.back().text = text;
    }
    said(std::string by, std::vector<merkle::block> blocks)
        : role{std::move(by)}, content{std::move(blocks)} {}
};

inline merkle::block call(std::string id, std::string name, std::string input) {
    merkle::block made;
    made.type = "tool_use";
    made.tool_use_id = std::move(id);
    made.tool_name = std::move(name);
    made.tool_input = std::move(input);
    return made;
}
inline merkle::block result(std::string id, std::string output, bool error = false) {
    merkle::block made;
    made.type = "tool_result";
    made.tool_result_id = std::move(id);
    made.tool_output = std::move(output);
    made.is_error = error;
    return made;
}

/// Records turns of conversations into a store as the record room would: what is stored already is gone on
/// from.
class recorder {
public:
    explicit recorder(open_store& to) : to_{to} {}

    /// An exchange of `session` whose request is all but the last of `chain`, and whose answer is the last.
    std::unique_ptr<store::entry> turn(const std::string& session, const std::vector<said>& chain) {
        auto made = store::test::make_exchange();
        made->session = session;
        auto& seen = *made->exchange;
        seen.accepted_at = seen.first_byte_at = seen.last_byte_at =
            capture::timestamp{std::chrono::microseconds{at_us_ += 1'000'000}};
        const merkle::identity identity{made->model, seen.provider, seen.agent_name};
        std::optional<merkle::link> above;
        int parent = -1;
        for (std::size_t i = 0; i < chain.size(); ++i) {
            const bool answer = i + 1 == chain.size();
            auto node = merkle::make_node(above, identity, {chain[i].role, chain[i].content});
            above = node.position;
            made->nodes.push_back({std::move(node), parent, answer ? 0 : -1, answer ? "stop" : "", {}});
            parent = static_cast<int>(i);
        }
        return made;
    }
    bool record(const std::string& session, const std::vector<said>& chain) {
        return to_.commit(turn(session, chain));
    }

    void at(std::int64_t time_us) { at_us_ = time_us; }

private:
    open_store& to_;
    std::int64_t at_us_ = 1'800'000'000'000'000;
};

inline void bring_up(const std::string& store) {
    catch_up({store, true}, [](const progress&) { return true; });
}

/// All rows of all tables of a catalogue, in the order of their keys.
inline std::string dump(const std::string& path) {
    sqlite::connection db{path, SQLITE_OPEN_READONLY};
    std::vector<std::string> tables;
    {
        sqlite::statement names{db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"};
        while (names.step()) {
            tables.emplace_back(names.text_at(0));
        }
    }
    std::string text;
    for (const auto& table : tables) {
        if (table.find("text_") == 0 || table.find("sqlite_") == 0) {
            continue;
        }
        std::vector<std::string> rows;
        sqlite3_stmt* all = nullptr;
        const auto sql = "SELECT * FROM \"" + table + "\"";
        REQUIRE(sqlite3_prepare_v2(db.handle(), sql.c_str(), -1, &all, nullptr) == SQLITE_OK);
        while (sqlite3_step(all) == SQLITE_ROW) {
            std::string row;
            for (int i = 0; i < sqlite3_column_count(all); ++i) {
                const auto* const value = reinterpret_cast<const char*>(sqlite3_column_text(all, i));
                row += std::string{value == nullptr ? "NULL" : value} + "|";
            }
            rows.push_back(std::move(row));
        }
        sqlite3_finalize(all);
        std::sort(rows.begin(), rows.end());
        text += "-- " + table + "\n";
        for (const auto& row : rows) {
            text += row + "\n";
        }
    }
    return text;
}

}  // namespace tapes::catalogue::test
