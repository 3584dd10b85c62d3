#include "answer_body.hpp"

#include "splits.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::relay::answer_body_test {

namespace {

/// Holds from the first `mark` on; finds it over any split.
class fake_watch final : public record::answer_watch {
public:
    explicit fake_watch(std::string mark) : mark_{std::move(mark)} {}
    record::end_mark feed(std::string_view bytes) override {
        const auto before = seen_.size();
        seen_.append(bytes);
        const auto at = seen_.find(mark_);
        if (done || at == std::string::npos) {
            return {};
        }
        done = true;
        return {record::end_kind::strong, at < before ? 0 : at - before, false};
    }
    bool done = false;

private:
    std::string mark_;
    std::string seen_;
};

/// What became of a whole input: the sums over all calls.
struct outcome {
    std::string passed;
    std::string held;
    std::string data;  ///< undone chunks
    std::string captured;
    std::string behind;  ///< what belongs to the next message
    bool over = false;
    bool broken = false;
    bool end_seen = false;
};

struct sample {
    http::framing framing;
    bool hold = true;
    std::string mark;  ///< of the watch, "" for none
};

outcome run(const sample& input, const std::vector<std::string_view>& parts) {
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    fake_watch watch{input.mark};
    answer_body body{input.framing, input.hold, input.mark.empty() ? nullptr : &watch, copy};
    outcome seen;
    for (const auto part : parts) {
        if (seen.over || seen.broken) {
            seen.behind.append(part);
            continue;
        }
        const auto now = body.feed(part, &seen.data);
        REQUIRE(now.pass <= now.used);
        REQUIRE(now.used <= part.size());
        // Once something is held nothing passes behind it.
        REQUIRE((seen.held.empty() || now.pass == 0));
        seen.passed.append(part.substr(0, now.pass));
        seen.held.append(part.substr(now.pass, now.used - now.pass));
        seen.over = now.over;
        seen.broken = now.broken;
        seen.behind.append(part.substr(now.used));
    }
    seen.captured = copy.view();
    seen.end_seen = body.end() == record::end_kind::strong;
    return seen;
}

/// Runs `text` in every split; `check` gets each outcome.
template <class Check>
void in_every_split(const sample& input, std::string_view text, Check check) {
    test::in_every_split(text, [&](const auto& parts) { check(run(input, parts)); });
}

const http::framing chunked{http::body_kind::chunked, 0};

std::string chunk(const std::string& data) {
    static const char digits[] = "0123456789abcdef";
    std::string made;
    for (auto left = data.size(); left > 0; left /= 16) {
        made.insert(made.begin(), digits[left % 16]);
    }
    return made + "\r\n" + data + "\r\n";
}

}  // namespace

TEST_CASE("of a chunked body all but the last chunk passes, in every split") {
    const std::string data = chunk("hello ") + "5;ext=1\r\nworld\r\n";
    const std::string last = "0\r\nTrailer: x\r\n\r\n";
    in_every_split({chunked, true, ""}, data + last + "NEXT", [&](const outcome& seen) {
        CHECK(seen.over);
        CHECK_FALSE(seen.broken);
        CHECK(seen.captured == "hello world");
        CHECK(seen.data == "hello world");
        CHECK(seen.passed + seen.held == data + last);
        CHECK(seen.behind == "NEXT");
        // The end is held whole but for a size line that was split before it could be known.
        CHECK(seen.passed.size() >= data.size());
        CHECK(seen.passed.size() <= data.size() + 2);
        CHECK(seen.held.ends_with("\n\r\n"));
    });
    CHECK(run({chunked, true, ""}, {data + last}).passed == data);
}

TEST_CASE("the end of a chunked body never passes before its release, in every split") {
    const std::string text = chunk("x") + "0\r\n\r\n";
    in_every_split({chunked, true, ""}, text, [&](const outcome& seen) {
        CHECK(seen.passed.find("0\r\n") == std::string::npos);
        CHECK(seen.passed + seen.held == text);
    });
}

TEST_CASE("of a body with a length the bytes of the last read are held") {
    const sample input{{http::body_kind::length, 10}, true, ""};
    const auto whole = run(input, {"0123456789NEXT"});
    CHECK((whole.over && whole.passed.empty() && whole.held == "0123456789" && whole.behind == "NEXT"));
    in_every_split(input, "0123456789", [](const outcome& seen) {
        CHECK(seen.over);
        CHECK_FALSE(seen.held.empty());
        CHECK(seen.passed + seen.held == "0123456789");
        CHECK(seen.captured == "0123456789");
    });
    const auto split = run(input, {"01234567", "89"});
    CHECK((split.passed == "01234567" && split.held == "89"));
    const auto cut = run(input, {"01234567"});
    CHECK((!cut.over && cut.passed == "01234567" && cut.held.empty()));
}

TEST_CASE("of a body that ends at the close everything passes and nothing is over") {
    in_every_split({{http::body_kind::until_close, 0}, true, ""}, "anything", [](const outcome& seen) {
        CHECK((seen.passed == "anything" && seen.held.empty() && !seen.over && seen.captured == "anything"));
    });
}

TEST_CASE("a body that cannot be is over at once and takes nothing") {
    const auto seen = run({{http::body_kind::none, 0}, true, ""}, {"NEXT"});
    CHECK((seen.over && seen.passed.empty() && seen.held.empty() && seen.behind == "NEXT"));
    CHECK(run({{http::body_kind::length, 0}, true, ""}, {""}).over);
}

TEST_CASE("from the event that ends the answer on everything is held, in every split") {
    const std::string before = "data: {\"a\":1}\n\n";
    const std::string after = "data: END\n\ndata: [DONE]\n\n";
    SECTION("of a stream that ends at the close") {
        in_every_split({{http::body_kind::until_close, 0}, true, "END"}, before + after,
                       [&](const outcome& seen) {
                           CHECK(seen.end_seen);
                           CHECK(seen.passed.find("END") == std::string::npos);
                           CHECK(seen.passed + seen.held == before + after);
                       });
        CHECK(run({{http::body_kind::until_close, 0}, true, "data: END"}, {before + after}).passed == before);
    }
    SECTION("of a stream in chunks") {
        const auto text = chunk(before) + chunk(after) + "0\r\n\r\n";
        in_every_split({chunked, true, "END"}, text, [&](const outcome& seen) {
            CHECK((seen.end_seen && seen.over));
            CHECK(seen.passed.find("END") == std::string::npos);
            CHECK(seen.passed + seen.held == text);
            CHECK(seen.captured == before + after);
        });
    }
    SECTION("of a stream with a length") {
        const sample input{{http::body_kind::length, before.size() + after.size()}, true, "END"};
        in_every_split(input, before + after, [&](const outcome& seen) {
            CHECK((seen.end_seen && seen.over));
            CHECK(seen.passed.find("END") == std::string::npos);
            CHECK(seen.passed + seen.held == before + after);
        });
    }
}

TEST_CASE("what a weak end has held goes ahead of what refutes it, and no weak end is held after it") {
    /// Tells what it is told to, for one call each.
    class scripted_watch final : public record::answer_watch {
    public:
        record::end_mark feed(std::string_view) override { return std::exchange(next, {}); }
        record::end_mark next;
    };
    using record::end_kind;
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    scripted_watch watch;
    answer_body body{chunked, true, &watch, copy};
    const auto feed = [&](record::end_mark mark) {
        watch.next = mark;
        const auto text = chunk("event");
        const auto now = body.feed(text);
        CHECK(now.used == text.size());
        return now;
    };
    CHECK(feed({}).pass == chunk("event").size());
    CHECK(feed({end_kind::weak, 0, false}).pass == 0);
    CHECK(body.held_end() == end_kind::weak);
    CHECK_FALSE(body.end_passed());
    auto now = feed({});
    CHECK((now.pass == 0 && !now.release));  // usage, perhaps
    now = feed({end_kind::none, record::end_mark::npos, true});
    CHECK((now.release && now.pass == now.used));
    CHECK((body.end() == end_kind::none && body.held_end() == end_kind::none));
    now = feed({end_kind::weak, 0, false});
    CHECK((now.pass == now.used && body.end() == end_kind::weak && body.end_passed()));
    now = feed({end_kind::strong, 0, false});
    CHECK((now.pass == 0 && body.held_end() == end_kind::strong && !body.end_passed()));
    now = feed({end_kind::strong, 0, true});  // more was said, and then it ended
    CHECK((now.release && now.pass == 0 && body.held_end() == end_kind::strong));
    CHECK(body.received() == copy.size());
}

TEST_CASE("a chunk that is held from its first byte on is held with its size line") {
    const auto first = chunk("one");
    const auto text = first + chunk("END");
    CHECK(run({chunked, true, "END"}, {text}).passed == first);
}

TEST_CASE("nothing is held where nothing need be, and the end event is seen all the same") {
    const auto text = chunk("x END") + "0\r\n\r\n";
    in_every_split({chunked, false, "END"}, text, [&](const outcome& seen) {
        CHECK((seen.over && seen.end_seen && seen.held.empty() && seen.passed == text));
    });
}

TEST_CASE("a body that is not the chunked coding is broken, and what came before passes") {
    const auto good = chunk("fine");
    in_every_split({chunked, true, ""}, good + "zz\r\nbad", [&](const outcome& seen) {
        CHECK(seen.broken);
        CHECK_FALSE(seen.over);
        CHECK(seen.captured == "fine");
        CHECK(seen.passed.starts_with("4\r\nfine"));
        CHECK(seen.passed.size() <= good.size() + 2);
    });
}

TEST_CASE("once released nothing is held, and once sealed nothing is captured") {
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    fake_watch watch{"END"};
    answer_body body{chunked, true, &watch, copy};
    const auto first = chunk("a END");
    auto now = body.feed(first);
    CHECK((body.end() == record::end_kind::strong && now.pass < now.used));
    now = body.feed(chunk("usage"));
    CHECK(now.pass == 0);
    body.seal(nullptr);
    now = body.feed(chunk("late"));
    CHECK(now.pass == 0);
    CHECK(copy.view() == "a ENDusage");
    body.release();
    std::string data;
    const std::string rest = chunk("later") + "0\r\n\r\n";
    now = body.feed(rest, &data);
    CHECK((now.over && now.pass == rest.size() && now.used == rest.size()));
    CHECK(data == "later");
    CHECK(copy.view() == "a ENDusage");
}

}  // namespace tapes::relay::answer_body_test
