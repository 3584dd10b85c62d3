#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace sums_test {

namespace {

const said helper{"system", "You help."};

/// An exchange whose provider told these figures.
std::unique_ptr<store::entry> told(recorder& to, const std::string& session, const std::string& question,
                                   const merkle::usage& used) {
    auto made = to.turn(session, {helper, {"user", question}, {"assistant", "Fine"}});
    made->used = used;
    return made;
}

usage_parts by(bool usage_parts::*part) {
    usage_parts made;
    made.*part = true;
    return made;
}

usage_filter of_session(std::int64_t id) {
    usage_filter made;
    made.sessions = {id};
    return made;
}

usage_filter of_model(std::string name) {
    usage_filter made;
    made.model = std::move(name);
    return made;
}

usage_filter between(std::string since, std::string until) {
    usage_filter made;
    made.since_day = std::move(since);
    made.until_day = std::move(until);
    return made;
}

}  // namespace

TEST_CASE("sums are kept by each part, and over all sessions") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    merkle::usage used;
    used.prompt_tokens = 40'000;
    used.cache_read_input_tokens = 30'000;
    used.cache_creation_input_tokens = 6'000;
    used.cache_write_1h_tokens = 6'000;
    used.completion_tokens = 100;
    used.reasoning_tokens = 60;
    REQUIRE(store.commit(told(to, "s1", "a", used)));
    to.at(1'800'000'000'000'000 + 86'400'000'000);
    auto other = told(to, "s2", "b", used);
    other->model = "other";
    REQUIRE(store.commit(std::move(other)));
    REQUIRE(store.commit(told(to, "s2", "c", {})));
    auto failed = store::test::make_exchange(capture::drop_reason::upstream_status);
    failed->session.clear();
    failed->exchange->status = 529;
    failed->used = {};
    failed->exchange->accepted_at = capture::timestamp{std::chrono::microseconds{1'800'000'000'000'000}};
    REQUIRE(store.commit(std::move(failed)));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const token_sums once{4'000, 30'000, 0, 0, 6'000, 100, 60};
    const auto all = from.usage({}, {});
    REQUIRE(all.size() == 1);
    CHECK(all[0].exchanges == 4);
    CHECK(all[0].turns == 3);
    CHECK(all[0].errors == 1);
    CHECK(all[0].dropped == 1);
    CHECK(all[0].without_usage == 1);
    CHECK(all[0].tokens.input == 8'000);
    const auto models = from.usage(by(&usage_parts::model), {});
    REQUIRE(models.size() == 2);
    CHECK(models[1].key.model == "other");
    CHECK(models[1].tokens == once);
    const auto contexts = from.usage(by(&usage_parts::context), of_model("other"));
    REQUIRE(contexts.size() == 1);
    CHECK(contexts[0].key.context_above == 32'000);
    const auto days = from.usage(by(&usage_parts::day), {});
    REQUIRE(days.size() == 2);
    CHECK(days[0].key.day == "2027-01-15");
    CHECK(days[1].key.day == "2027-01-16");
    const auto since = from.usage({}, between("2027-01-16", "2027-01-16"));
    REQUIRE(since.size() == 1);
    CHECK(since[0].turns == 2);
    const auto sessions = from.usage(by(&usage_parts::session), {});
    REQUIRE(sessions.size() == 2);
    CHECK(sessions[0].tokens == once);
    CHECK(from.usage({}, of_model("none")).empty());
    CHECK(from.usage(by(&usage_parts::session), of_session(sessions[0].key.session)).size() == 1);
}

TEST_CASE("an amended exchange is taken out of the sums and counted anew") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    merkle::usage used;
    used.prompt_tokens = 10;
    used.completion_tokens = 1;
    REQUIRE(store.commit(told(to, "s", "a", used)));
    bring_up(where.path());
    auto fuller = told(to, "s", "a", used);
    fuller->exchange->amends = 1;
    fuller->used.completion_tokens = 9;
    fuller->response_model = "fuller";
    REQUIRE(store.commit(std::move(fuller)));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto sums = from.usage(by(&usage_parts::response_model), {});
    REQUIRE(sums.size() == 1);
    CHECK(sums[0].key.response_model == "fuller");
    CHECK(sums[0].exchanges == 1);
    CHECK(sums[0].tokens.output == 9);
    const auto sessions = from.sessions({}, 10);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions[0].turns == 1);
    CHECK(sessions[0].tokens.output == 9);
}

TEST_CASE("calls and results count once, also where a client writes its history anew") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const said asked{"user", "List it"};
    const said calls{"assistant", std::vector{call("toolu_0123456789", "Bash", R"({"command":"ls"})"),
                                              call("toolu_9876543210", "Read", R"({"path":"a"})")}};
    const said results{
        "user", std::vector{result("toolu_0123456789", "a b"), result("toolu_9876543210", "no", true)}};
    REQUIRE(to.record("s", {helper, asked, calls}));
    REQUIRE(to.record("s", {helper, asked, calls, results, {"assistant", "Two"}}));
    REQUIRE(to.record("s", {{"system", "You help again."}, asked, calls, results, {"assistant", "Three"}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto tools = from.tools(true, {});
    REQUIRE(tools.size() == 2);
    CHECK(tools[0].tool == "Bash");
    CHECK(tools[0].calls == 1);
    CHECK(tools[0].errors == 0);
    CHECK(tools[0].argument_bytes == 16);
    CHECK(tools[0].result_bytes == 3);
    CHECK(tools[1].calls == 1);
    CHECK(tools[1].errors == 1);
    CHECK(from.tools(false, between("2030-01-01", "")).empty());
}

TEST_CASE("figures of a hostile server do not run over") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    merkle::usage used;
    used.prompt_tokens = INT64_MAX;
    used.completion_tokens = INT64_MAX;
    used.cache_read_input_tokens = INT64_MIN;
    used.cache_write_5m_tokens = INT64_MAX;
    for (int i = 0; i < 20; ++i) {
        REQUIRE(store.commit(told(to, "s", "q" + std::to_string(i), used)));
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto sums = from.usage({}, {});
    REQUIRE(sums.size() == 1);
    CHECK(sums[0].tokens.output > 0);
    CHECK(sums[0].tokens.context() > 0);
}

TEST_CASE("sessions are chosen by each name, by time and by errors, page by page") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    for (int i = 0; i < 25; ++i) {
        auto turn = to.turn("name-" + std::to_string(i % 10),
                            {helper, {"user", "Q" + std::to_string(i)}, {"assistant", "A"}});
        turn->exchange->provider = i % 2 == 0 ? "even" : "odd";
        turn->exchange->caller = i % 10 == 3 ? "ann" : "";
        turn->sender.client = "curl";
        turn->exchange->status = i == 7 ? 500 : 200;
        REQUIRE(store.commit(std::move(turn)));
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto count = [&](const session_filter& filter) { return from.sessions(filter, 100).size(); };
    const auto with = [](auto&& change) {
        session_filter filter;
        change(filter);
        return filter;
    };
    CHECK(count({}) == 10);
    CHECK(count(with([](auto& to) { to.provider = "even"; })) == 5);
    CHECK(count(with([](auto& to) { to.caller = "ann"; })) == 1);
    CHECK(count(with([](auto& to) { to.client = "curl"; })) == 10);
    CHECK(count(with([](auto& to) { to.client = "wget"; })) == 0);
    CHECK(count(with(
              [](auto& to) { to.project = "project", to.agent_name = "agent", to.model = "gpt-4o"; })) == 10);
    CHECK(count(with([](auto& to) { to.errors = true; })) == 1);
    CHECK(count(with([](auto& to) { to.title_part = "q1"; })) == 1);
    CHECK(count(with([](auto& to) { to.title_part = "%"; })) == 0);
    CHECK(count(with([](auto& to) { to.name_prefix = "name-1"; })) == 1);
    CHECK(count(with([](auto& to) { to.name_prefix = "na"; })) == 10);
    CHECK(count(with([](auto& to) { to.since_us = 1'800'000'000'000'000 + 21'000'000; })) == 5);
    CHECK(count(with([](auto& to) { to.until_us = 1'800'000'000'000'000 + 4'000'000; })) == 3);
    CHECK(from.sessions_by_name("name-").size() == 2);
    CHECK(from.sessions_by_name("name-4", 5).size() == 1);
    std::vector<std::string> paged;
    std::optional<session_place> after;
    while (true) {
        const auto page = from.sessions({}, 3, after);
        if (page.empty()) {
            break;
        }
        for (const auto& one : page) {
            paged.push_back(one.name);
        }
        after = session_place{page.back().last_at_us, page.back().id};
    }
    std::vector<std::string> whole;
    for (const auto& one : from.sessions({}, 100)) {
        whole.push_back(one.name);
    }
    CHECK(paged == whole);
    const auto four = from.sessions_by_name("name-4", 1).front();
    CHECK(from.session_of_exchange(5)->name == "name-4");
    CHECK(from.exchanges(four.id, 0, 5, 10) == std::vector<std::int64_t>{15, 25});
    CHECK(from.sessions_of_root(1).size() == 10);
}

TEST_CASE("trees are counted as they are, and the count holds no snapshot") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s1", {helper, {"user", "a"}, {"assistant", "Fine"}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto counts = [&] {
        const auto made = from.count_trees();
        return std::pair{made.leaves, made.roots};
    };
    CHECK(counts() == std::pair<std::uint64_t, std::uint64_t>{1, 1});
    CHECK(counts() == std::pair<std::uint64_t, std::uint64_t>{1, 1});
    REQUIRE(to.record("s1", {helper, {"user", "b"}, {"assistant", "Fine"}}));
    REQUIRE(to.record("s2", {{"user", "c"}, {"assistant", "Fine"}}));
    bring_up(where.path());
    CHECK(counts() == std::pair<std::uint64_t, std::uint64_t>{3, 2});
    CHECK(from.sessions({}, 10).size() == 2);
    REQUIRE(to.record("s3", {{"user", "d"}, {"assistant", "Fine"}}));
    bring_up(where.path());
    sqlite::connection other{path_of(where.path()), SQLITE_OPEN_READWRITE};
    CHECK(other.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0);  // 1: a reader is in the way
}

}  // namespace sums_test
}  // namespace tapes::catalogue::test
