#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <random>

namespace tapes::catalogue::test {
namespace session_list_test {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Sessions of all kinds: short ones and such that go on for months, with errors and without.
class sessions_of_kinds {
public:
    explicit sessions_of_kinds(open_store& store) : store_{store}, to_{store} {}

    void step() {
        const auto number = dice(0, 60);
        const auto name = "s" + std::to_string(number);
        const auto at = std::chrono::system_clock::time_point{} + hours{24 * 365 * 56} + passed_;
        passed_ += dice(0, 20) == 0 ? minutes{dice(0, 60 * 24 * 30)} : minutes{dice(0, 90)};
        auto made = dice(0, 9) == 0 ? without_turn(name)
                                    : to_.turn(name, {{"user", name + pick({"one", "two"})},
                                                      {"assistant", "Answer " + std::to_string(++answers_)}});
        auto& seen = *made->exchange;
        seen.accepted_at = seen.first_byte_at = seen.last_byte_at =
            std::chrono::time_point_cast<std::chrono::microseconds>(at);
        seen.project = number % 3 == 0 ? "shop" : "site";
        seen.agent_name = pick({"", "reviewer", "planner"});
        seen.provider = number % 2 == 0 ? "openai" : "anthropic";
        seen.caller = pick({"", "ann", "bob"});
        made->sender.client = pick({"curl", "codex"});
        made->model = pick({"gpt-4o", "gpt-5", "claude"});
        REQUIRE(store_.commit(std::move(made)));
    }
    session_filter filter() {
        session_filter made;
        const auto maybe = [&](std::string& to, std::initializer_list<const char*> from) {
            to = dice(0, 3) == 0 ? pick(from) : "";
        };
        maybe(made.project, {"shop", "site", "nowhere"});
        maybe(made.agent_name, {"reviewer", "planner"});
        maybe(made.provider, {"openai", "anthropic"});
        maybe(made.caller, {"ann", "bob"});
        maybe(made.client, {"curl", "codex"});
        maybe(made.model, {"gpt-4o", "gpt-5", "claude"});
        maybe(made.name_prefix, {"s1", "s"});
        maybe(made.title_part, {"ONE", "2"});
        made.errors = dice(0, 4) == 0;
        if (dice(0, 3) == 0) {
            made.since_us = moment();
        }
        if (dice(0, 2) == 0) {
            made.until_us = moment();
        }
        return made;
    }
    int dice(int from, int to) { return std::uniform_int_distribution{from, to}(random_); }

private:
    std::string pick(std::initializer_list<const char*> from) {
        return *(from.begin() + dice(0, static_cast<int>(from.size()) - 1));
    }
    std::int64_t moment() {
        const auto span = std::chrono::duration_cast<minutes>(passed_).count();
        return std::chrono::microseconds{hours{24 * 365 * 56} + minutes{dice(0, static_cast<int>(span))}}
            .count();
    }
    static std::unique_ptr<store::entry> without_turn(const std::string& name) {
        auto made = store::test::make_exchange(capture::drop_reason::upstream_status);
        made->session = name;
        made->exchange->status = 500;
        made->used = {};
        return made;
    }

    open_store& store_;
    recorder to_;
    std::mt19937 random_{11};  // NOLINT(*-msc51-cpp,*-msc32-c): each run is the same
    minutes passed_{0};
    int answers_ = 0;
};

bool lets_through(const session_filter& filter, const session& one) {
    const auto same = [](const std::string& wanted, const std::string& its) {
        return wanted.empty() || wanted == its;
    };
    const auto title = [&] {
        std::string lower;
        for (const char c : filter.title_part) {
            lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        return one.title.find(lower) != std::string::npos;
    };
    return same(filter.project, one.project) && same(filter.agent_name, one.agent_name) &&
           same(filter.provider, one.provider) && same(filter.caller, one.caller) &&
           same(filter.client, one.client) && same(filter.model, one.model) &&
           one.name.starts_with(filter.name_prefix) && title() && (!filter.errors || one.errors > 0) &&
           (!filter.since_us || one.last_at_us >= *filter.since_us) &&
           (!filter.until_us || one.first_at_us < *filter.until_us);
}

}  // namespace

TEST_CASE("with any filters, lists have what a look at all sessions finds, in its order, page by page") {
    const store::test::temporary_store where;
    open_store store{where};
    sessions_of_kinds made{store};
    for (int i = 0; i < 500; ++i) {
        made.step();
        if (i % 100 == 0) {
            bring_up(where.path());  // sessions become of other kinds between batches, too
        }
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto all = from.sessions({}, 1'000);
    REQUIRE(all.size() == 61);
    std::size_t chosen = 0;
    for (int i = 0; i < 500; ++i) {
        const auto filter = made.filter();
        std::vector<std::int64_t> expected;
        for (const auto& one : all) {
            if (lets_through(filter, one)) {
                expected.push_back(one.id);
            }
        }
        chosen += expected.size();
        const auto most = static_cast<std::size_t>(made.dice(1, 40));
        std::vector<std::int64_t> found;
        std::optional<session_place> after;
        while (true) {
            const auto page = from.sessions(filter, most, after);
            REQUIRE(page.size() <= most);
            for (const auto& one : page) {
                found.push_back(one.id);
                after = session_place{one.last_at_us, one.id};
            }
            if (page.size() < most) {
                break;
            }
        }
        CAPTURE(filter.project, filter.model, filter.errors, filter.until_us.value_or(0), most);
        REQUIRE(found == expected);
    }
    CHECK(chosen > 1'000);
}

}  // namespace session_list_test
}  // namespace tapes::catalogue::test
