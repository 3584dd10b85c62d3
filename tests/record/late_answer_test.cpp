#include "record/support.hpp"

#include <tapes/record/pool.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/verify.hpp>
#include <tapes/store/wire_reader.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

namespace tapes::record::late_answer_test {

using namespace test;
using namespace std::chrono_literals;
using capture::drop_reason;
using capture::end_reason;

namespace {

const std::string done = "data: [DONE]\n\n";
const std::string usage = R"(data: {"id":"c1","model":"gpt-4o-2024","choices":[],)"
                          R"("usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})"
                          "\n\n";

/// A pool, its store, and one stream that is handed over at its strong end.
class recording {
public:
    recording() {
        ::mkdtemp(directory_.data());
        lock_.emplace(store::open_options{directory_ + "/tapes.sqlite", store::synchronous::normal});
        writer_.emplace(*lock_, account, store::writer::settings{});
        pool_.emplace(settings{2, wire_policy::turns, {}, path(), {}}, lock_->redaction_key(), *writer_,
                      account);
    }
    ~recording() {
        stop();
        writer_.reset();
        lock_.reset();
        std::filesystem::remove_all(directory_);
    }
    recording(const recording&) = delete;
    recording& operator=(const recording&) = delete;

    std::shared_ptr<answer_rest> hand_over(const std::string& events, const std::string& request = ask("q")) {
        return hand_over(stream(request, events));
    }
    std::shared_ptr<answer_rest> hand_over(std::unique_ptr<capture::exchange> ended) {
        ended->request_received = ended->request_body.size();
        ended->response_received = received_ = ended->response_body.size();
        account.accept();
        auto rest = pool_->expect_rest(*ended);
        pool_->finish(std::move(ended));
        return rest;
    }
    /// What comes behind it.
    void end(answer_rest& rest, const std::string& late, end_reason reason = end_reason::complete) {
        if (!late.empty()) {
            rest.append(late, 1000);
        }
        const auto now =
            std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
        rest.end(reason, now, received_ + late.size());
    }
    void wait_for(std::uint64_t seq) {
        while (writer_->wait_past(seq - 1, 20s) < seq) {
        }
    }
    void stop() {
        pool_->stop();
        writer_->stop(std::chrono::steady_clock::now() + 60s);
    }

    store::kept_exchange row() const { return store::exchange_reader{path()}.read(0).at(0); }
    std::string answer() const { return store::history{path()}.node(row().head)->content; }
    std::string bytes() const { return store::wire_reader{path()}.read(1)->response; }
    std::vector<std::string> findings() const {
        store::findings wrong;
        store::verify({path()}, wrong);
        return wrong.lines();
    }
    std::string path() const { return directory_ + "/tapes.sqlite"; }

    capture::ledger account;

private:
    std::string directory_ = (std::filesystem::temp_directory_path() / "tapes-late-XXXXXX").string();
    std::optional<store::store_lock> lock_;
    std::optional<store::writer> writer_;
    std::optional<pool> pool_;
    std::uint64_t received_ = 0;
};

}  // namespace

TEST_CASE("what comes behind an end is added to its exchange, whichever of commit and end comes first") {
    const bool committed_first = GENERATE(true, false);
    recording in;
    auto rest = in.hand_over(event("one ") + last_event + done);
    if (committed_first) {
        in.wait_for(1);
        CHECK(in.answer() == R"([{"type":"text","text":"one "}])");
    }
    in.end(*rest, event("two") + usage + done);
    rest.reset();
    in.stop();
    CHECK(in.answer() == R"([{"type":"text","text":"one two"}])");
    CHECK(in.bytes() == event("one ") + last_event + done + event("two") + usage + done);
    const auto row = in.row();
    CHECK(row.response_bytes == in.bytes().size());
    CHECK_FALSE(row.captured_response_bytes);
    CHECK(row.used.total_tokens == 7);
    CHECK(row.ended == end_reason::complete);
    CHECK(in.account.read().recorded == 1);
    CHECK(in.account.read().in_flight() == 0);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("usage that comes behind an end changes the figures, not the node") {
    recording in;
    auto rest = in.hand_over(event("one") + last_event + done);
    in.wait_for(1);
    const auto before = in.row();
    in.end(*rest, usage, end_reason::upstream_closed);
    rest.reset();
    in.stop();
    const auto now = in.row();
    CHECK(now.head == before.head);
    CHECK(now.used.completion_tokens == 4);
    CHECK(now.ended == end_reason::upstream_closed);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("an answer within a conversation does not hang from itself for what comes behind its end") {
    const bool more = GENERATE(false, true);
    const std::string id = R"("id":"resp_1","model":"gpt-5-dated",)";
    const auto ended = [&](const std::string& text) {
        return R"(data: {"type":"response.completed","response":{)" + id +
               R"("status":"completed","output":[{"id":"msg_1","type":"message","role":"assistant",)"
               R"("content":[{"type":"output_text","annotations":[],"text":")" +
               text + R"("}]}]}})" + "\n\n";
    };
    recording in;
    auto asked =
        stream(R"({"model":"gpt-5","conversation":"conv_1","input":"q","stream":true})", ended("one"));
    asked->target = asked->path = "/v1/responses";
    auto rest = in.hand_over(std::move(asked));
    in.wait_for(1);
    in.end(*rest, more ? ended("one two") : done);
    rest.reset();
    in.stop();
    // What stands for the conversation, the question, the answer.
    CHECK(store::test::number(in.path(), "SELECT max(depth) FROM node") == 2);
    CHECK(
        store::test::number(
            in.path(),
            "SELECT count(*) FROM node n JOIN string r ON r.id = n.role WHERE r.value IS NOT 'assistant'") ==
        2);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("an answer behind which nothing comes is written once") {
    recording in;
    auto rest = in.hand_over(event("one") + last_event + done);
    in.wait_for(1);
    in.end(*rest, "");
    rest.reset();
    in.stop();
    store::findings wrong;
    const auto seen = store::verify({in.path()}, wrong);
    CHECK(seen.log_rows == 1);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("an exchange that was no turn becomes one by what comes behind its end, in the ledger too") {
    recording in;
    auto rest = in.hand_over(last_event + done);
    in.wait_for(1);
    CHECK(in.row().dropped == drop_reason::empty_response);
    in.end(*rest, event("late") + done);
    rest.reset();
    in.stop();
    CHECK(in.row().dropped == drop_reason::none);
    CHECK(in.answer() == R"([{"type":"text","text":"late"}])");
    const auto totals = in.account.read();
    CHECK(totals.recorded == 1);
    CHECK(totals.dropped_total() == 0);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("no credential of the request is stored because it comes behind the end") {
    recording in;
    auto rest = in.hand_over(event("one ") + last_event + done, ask("mine is " + secret));
    in.wait_for(1);
    in.end(*rest, event(secret) + done);
    rest.reset();
    in.stop();
    CHECK(in.bytes().find(secret) == std::string::npos);
    CHECK(in.answer().find(secret) == std::string::npos);
    CHECK(in.answer().find("one redacted:") != std::string::npos);
    CHECK(in.findings() == std::vector<std::string>{});
}

}  // namespace tapes::record::late_answer_test
