#pragma once

#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/search.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/sqlite/connection.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read::test {

/// A store that is told turn by turn, and searched.
class searched_store {
public:
    void tell(const std::string& question, const std::string& answer, const turn_options& options = {}) {
        store.tell({said("user", question)}, said("assistant", answer), options);
    }
    sources& from() {
        catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
        if (!from_) {
            from_.emplace(store.path(), catalogue::path_of(store.path()), prices_);
        }
        return *from_;
    }
    search_page page(std::string_view typed, search_request request = {}) {
        request.query = read_search_query(typed);
        request.limits.time = std::chrono::minutes{5};  // a busy machine finds the same
        return search(from(), request);
    }
    /// Has nodes stored at the times at which their exchanges were accepted.
    void date_nodes() {
        sqlite::connection db{store.path(), SQLITE_OPEN_READWRITE};
        db.exec("UPDATE log SET at = (SELECT accepted_at FROM exchange WHERE id = ref)");
        db.exec(
            "UPDATE node SET created_at = (SELECT at FROM log WHERE node.id BETWEEN first_node AND "
            "last_node)");
    }
    /// All hits, page by page.
    std::vector<search_hit> hits(std::string_view typed, search_request request = {}) {
        std::vector<search_hit> all;
        while (true) {
            auto one = page(typed, request);
            REQUIRE(one.problem == "");
            REQUIRE(one.hits.size() <= request.most);
            all.insert(all.end(), one.hits.begin(), one.hits.end());
            if (one.next.empty()) {
                return all;
            }
            REQUIRE(one.next != request.after);
            request.after = one.next;
        }
    }
    /// The snippets of all hits, the newest first, what is marked between `|`.
    std::vector<std::string> found(std::string_view typed, search_request request = {}) {
        request.newest = true;
        std::vector<std::string> made;
        for (const auto& hit : hits(typed, request)) {
            made.push_back(marked(hit.snippet));
        }
        return made;
    }
    static std::string marked(const search_snippet& from) {
        std::string made;
        std::size_t at = 0;
        for (const auto& one : from.marks) {
            made += from.text.substr(at, one.first - at) + "|" + from.text.substr(one.first, one.size) + "|";
            at = one.first + one.size;
        }
        return (from.more_before ? "…" : "") + made + from.text.substr(at) + (from.more_behind ? "…" : "");
    }

    told_store store;

private:
    price_table prices_;
    std::optional<sources> from_;
};

}  // namespace tapes::read::test
