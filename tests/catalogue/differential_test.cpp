#include "catalogue_support.hpp"
#include "keep/upkeep.hpp"

#include <tapes/store/log_scan.hpp>

#include <catch2/catch.hpp>

#include <random>

namespace tapes::catalogue::test {
namespace differential_test {

namespace {

/// Conversations as they come: several at once, with tools, sub-agents, forks, retries, several choices, and
/// exchanges that gave no turn.
class conversations {
public:
    explicit conversations(open_store& store) : store_{store}, to_{store} {}

    void step() {
        const auto number = dice(0, 5);
        const auto name = number == 0 ? std::string{} : "s" + std::to_string(number);
        auto& chain = chains_[name];
        switch (chain.empty() ? 0 : dice(0, 9)) {
            case 0:
                chain = {{"system", "You help with " + std::to_string(dice(0, 2))}, {"user", text()}};
                break;
            case 1:  // the same request again
                chain.pop_back();
                break;
            case 2:  // from an earlier answer on
                chain.resize(3, chain.front());
                chain.push_back({"user", text()});
                break;
            case 3:
                REQUIRE(store_.commit(without_turn(name)));
                return;
            case 4:
                chain.push_back({"user", std::vector{result("c" + std::to_string(calls_), text(), true)}});
                break;
            default:
                chain.push_back({"user", text()});
        }
        if (dice(0, 3) == 0) {
            chain.push_back({"assistant", std::vector{call("c" + std::to_string(++calls_), "Task",
                                                           R"({"prompt":")" + (prompt_ = text()) + "\"}")}});
        } else {
            chain.push_back({"assistant", text()});
        }
        auto turn = to_.turn(name, chain);
        if (dice(0, 4) == 0) {
            store::test::add_node(*turn, text(), static_cast<int>(chain.size()) - 2, 1);
        }
        REQUIRE(store_.commit(std::move(turn)));
        if (dice(0, 4) == 0 && !prompt_.empty()) {
            auto below =
                to_.turn(name, {{"system", "You help with 0"}, {"user", prompt_}, {"assistant", text()}});
            below->sender.agent_id = dice(0, 1) == 0 ? "agent" + std::to_string(calls_) : "";
            REQUIRE(store_.commit(std::move(below)));
        }
        if (dice(0, 9) == 0) {
            amend();
        }
    }

private:
    int dice(int from, int to) { return std::uniform_int_distribution{from, to}(random_); }
    std::string text() { return "Words " + std::to_string(dice(0, 1000)) + " of a message"; }

    std::unique_ptr<store::entry> without_turn(const std::string& name) {
        auto made = store::test::make_exchange(capture::drop_reason::upstream_status);
        made->session = name;
        made->exchange->status = 500;
        made->used = {};
        return made;
    }

    /// A turn whose answer turns out to be fuller.
    void amend() {
        const std::vector<said> chain{{"system", "You help with 0"}, {"user", text()}, {"assistant", "Part"}};
        REQUIRE(to_.record("s1", chain));
        auto fuller = to_.turn("s1", {chain[0], chain[1], {"assistant", "Part of it"}});
        fuller->exchange->amends = static_cast<std::int64_t>(store_.out.last_seq());
        fuller->used.completion_tokens = 50;
        REQUIRE(store_.commit(std::move(fuller)));
    }

    open_store& store_;
    recorder to_;
    std::mt19937 random_{7};  // NOLINT(*-msc51-cpp,*-msc32-c): each run is the same
    std::map<std::string, std::vector<said>> chains_;
    int calls_ = 0;
    std::string prompt_;
};

}  // namespace

TEST_CASE("a catalogue made while turns are recorded, afterwards, or with interruptions is the same") {
    const store::test::temporary_store where;
    open_store store{where};
    conversations talk{store};
    const auto path = path_of(where.path());
    for (int i = 0; i < 60; ++i) {
        for (int turn = 0; turn < 5; ++turn) {
            talk.step();
        }
        bring_up(where.path());
    }
    const auto while_recording = dump(path);
    CHECK(while_recording.size() > 20'000);

    std::filesystem::remove(path);
    bring_up(where.path());
    CHECK(dump(path) == while_recording);

    std::filesystem::remove(path);
    store::log_scan scan{where.path()};
    for (bool more = true; more;) {
        upkeep work{path, scan, true};
        for (int i = 0; i < 3 && more; ++i) {
            more = work.step({5, 1 << 20});
        }
    }
    CHECK(dump(path) == while_recording);
}

}  // namespace differential_test
}  // namespace tapes::catalogue::test
