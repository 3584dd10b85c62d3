#include "early_question.hpp"

#include "record/support.hpp"
#include "record/turns.hpp"
#include "watch.hpp"

#include <tapes/record/pool.hpp>
#include <tapes/record/rederive.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/verify.hpp>
#include <tapes/store/wire_reader.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

namespace tapes::record::early_question_test {

using namespace test;
using namespace std::chrono_literals;
using capture::drop_reason;
using capture::end_reason;

namespace {

const std::string deep = R"({"model":"gpt-5","input":"deep","background":true,"stream":true})";
const std::string id = R"("id":"resp_1","model":"gpt-5-dated",)";

std::string data(const std::string& json) {
    return "data: " + json + "\n\n";
}
std::string about(const std::string& type, const std::string& members) {
    return data(R"({"type":"response.)" + type + R"(","response":{)" + members + "}}");
}

const std::string queued = about("queued", id + R"("background":true,"status":"queued","output":[])");
const std::string created = about("created", id + R"("background":true,"status":"in_progress","output":[])");

std::string item(const std::string& text) {
    return R"({"id":"msg_1","type":"message","role":"assistant","content":[)"
           R"({"type":"output_text","annotations":[],"text":")" +
           text + R"("}]})";
}
const std::string added = data(R"({"type":"response.output_item.added","output_index":0,"item":)"
                               R"({"id":"msg_1","type":"message","role":"assistant","content":[]}})");
std::string delta(const std::string& text) {
    return data(R"({"type":"response.output_text.delta","output_index":0,"item_id":"msg_1",)"
                R"("content_index":0,"delta":")" +
                text + R"("})");
}
std::string ended(const std::string& how, const std::string& output, const std::string& more = "") {
    return about(how, id + R"("background":true,"status":")" + how + R"(","output":[)" + output + "]" + more +
                          R"(,"usage":{"input_tokens":5,"output_tokens":3,"total_tokens":8})");
}
const std::string done = ended("completed", item("all said"));
const std::string spoken = added + delta("all ") + delta("said");

/// A Responses stream as the relay has it before any of its body has come.
std::unique_ptr<capture::exchange> begin(const std::string& request, capture::budget& budget = limits()) {
    auto made = stream(request, "", budget);
    made->target = made->path = "/v1/responses";
    made->sent_at = made->accepted_at;
    return made;
}

/// A pool, its store, and streams that come piece by piece.
class recording {
public:
    explicit recording(wire_policy wire = wire_policy::turns) {
        ::mkdtemp(directory_.data());
        lock_.emplace(store::open_options{path(), store::synchronous::normal});
        store::writer::settings options;
        options.on_settled = [this](const store::entry& one) { told += one.exchange->method + " "; };
        writer_.emplace(*lock_, account, std::move(options));
        pool_.emplace(settings{2, wire, {}, path(), {}}, lock_->redaction_key(), *writer_, account);
    }
    ~recording() {
        stop();
        writer_.reset();
        lock_.reset();
        std::filesystem::remove_all(directory_);
    }
    recording(const recording&) = delete;
    recording& operator=(const recording&) = delete;

    void start(std::unique_ptr<capture::exchange> made) {
        account.accept();
        running = std::move(made);
        watch_ = pool_->watch_answer(*running);
    }
    void come(const std::string& bytes) {
        running->response_body.append(bytes);
        watch_->feed(bytes);
        running->response_times.add(at_us_ += 1000, bytes.size());
    }
    void end(end_reason how = end_reason::complete) {
        watch_.reset();
        running->ended = how;
        running->request_received = running->request_body.size();
        running->response_received = running->response_body.size();
        pool_->finish(std::move(running));
    }
    void fetch(const std::string& answer, const std::string& method = "GET") {
        auto made = chat("", answer);
        made->method = method;
        made->target = made->path = "/v1/responses/resp_1";
        made->request_received = 0;
        made->response_received = answer.size();
        account.accept();
        pool_->finish(std::move(made));
    }
    void wait_for(std::uint64_t seq) {
        while (writer_->wait_past(seq - 1, 20s) < seq) {
        }
    }
    void stop() {
        pool_->stop();
        writer_->stop(std::chrono::steady_clock::now() + 60s);
    }

    std::string text(const std::string& sql) const { return store::test::text(path(), sql); }
    std::int64_t number(const std::string& sql) const { return store::test::number(path(), sql); }
    std::string row() const {
        return text(
            "SELECT coalesce(drop_reason, '-') || ' ' || coalesce(stop_reason, '-') || ' ' || end_reason ||"
            " ' ' || coalesce(total_tokens, '-') FROM exchanges WHERE seq = 1");
    }
    /// The texts of the chain of the first exchange.
    std::string said() const {
        return text(
            "WITH RECURSIVE up(id) AS (SELECT head FROM exchange WHERE id = 1 UNION ALL"
            " SELECT n.parent FROM up JOIN node n ON n.id = up.id WHERE n.parent IS NOT NULL)"
            " SELECT group_concat(said, '/') FROM (SELECT json_extract(n.content, '$[0].text') AS said"
            " FROM up JOIN node n ON n.id = up.id ORDER BY n.depth)");
    }
    std::string bytes() const { return store::wire_reader{path()}.read(1)->response; }
    std::vector<std::string> findings() const {
        store::findings wrong;
        store::verify({path()}, wrong);
        recheck({path()}, wrong);
        return wrong.lines();
    }
    std::string path() const { return directory_ + "/tapes.sqlite"; }

    capture::ledger account;
    std::string told;  ///< of what was settled
    std::unique_ptr<capture::exchange> running;

private:
    std::string directory_ = (std::filesystem::temp_directory_path() / "tapes-early-XXXXXX").string();
    std::optional<store::store_lock> lock_;
    std::optional<store::writer> writer_;
    std::optional<pool> pool_;
    std::unique_ptr<answer_watch> watch_;
    std::int64_t at_us_ = 0;
};

/// What is stored of the first exchange and of all nodes, but for when it was committed.
std::string all_of(const recording& in) {
    return in.text(
               "SELECT group_concat(hex(hash) || content || coalesce(total_tokens, '-'), ' ')"
               " FROM (SELECT * FROM node ORDER BY hash)") +
           in.text(
               "SELECT method || path || model || response_model || response_id || streamed || stop_reason ||"
               " coalesce(total_tokens, '-') || end_reason || coalesce(drop_reason, '-') || head_hash ||"
               " request_bytes || ' ' || response_bytes || ' ' || captured_response_bytes || (SELECT "
               "last_byte_at FROM exchange)"
               " FROM exchanges WHERE seq = 1") +
           in.text("SELECT coalesce((SELECT hex(times) FROM chunk_time), '-')") +
           in.text("SELECT group_concat(id || exchange) FROM response") +
           in.text("SELECT group_concat(id || exchange) FROM response_item") + in.bytes();
}

}  // namespace

TEST_CASE("the question of an answer in the background is committed while its stream is coming") {
    const auto first = GENERATE(values<std::string>({created, queued, queued + created, created + spoken}));
    CAPTURE(first);
    recording in;
    in.start(begin(deep));
    in.come(first);
    in.wait_for(1);
    CHECK(in.row() == "- pending shutdown -");
    CHECK(in.said() == "deep");
    CHECK(in.bytes() == first.substr(0, first.find("\n\n") + 2));
    CHECK(in.findings() == std::vector<std::string>{});
    in.come(spoken + done);
    in.end();
    in.wait_for(2);
    in.stop();
    CHECK(in.row() == "- completed complete 8");
    CHECK(in.said() == "deep/all said");
    CHECK(in.bytes() == first + spoken + done);
    CHECK(in.number("SELECT count(*) FROM exchange") == 1);
    CHECK(in.number("SELECT count(*) FROM node") == 2);
    CHECK(in.number("SELECT group_concat(kind, '') FROM log") == 14);
    CHECK(in.told == "POST ");
    CHECK(in.account.read().recorded == 1);
    CHECK(in.account.read().in_flight() == 0);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("a stream from the background is stored as one that was recorded in one piece") {
    struct row {
        std::string about;
        std::string rest;
        end_reason how;
        std::string row;
        std::string said;
    };
    const auto one = GENERATE(values<row>({
        {"whole", spoken + done, end_reason::complete, "- completed complete 8", "deep/all said"},
        {"nothing said", "", end_reason::client_closed, "- pending client_closed -", "deep"},
        {"cut in what was said", added + delta("all "), end_reason::upstream_closed,
         "- incomplete upstream_closed -", "deep/all "},
        {"failed", ended("failed", "", R"(,"error":{"code":"server_error"})"), end_reason::complete,
         "- failed complete 8", "deep"},
        {"failed half way", added + delta("all ") + ended("failed", item("all ")), end_reason::complete,
         "- failed complete 8", "deep/all "},
        {"cancelled", ended("cancelled", ""), end_reason::complete, "- cancelled complete 8", "deep"},
        {"without words", ended("completed", ""), end_reason::complete, "- completed complete 8", "deep"},
        {"an error of the stream", data(R"({"type":"error","code":"x","message":"y"})"), end_reason::complete,
         "- pending complete -", "deep"},
    }));
    CAPTURE(one.about);
    const bool encoded = GENERATE(false, true);
    recording early;
    recording whole;
    auto made = begin(deep);
    auto copy = begin(deep);
    copy->id = made->id;
    for (auto* const time : {&copy->accepted_at, &copy->forwarded_at, &copy->first_byte_at,
                             &copy->last_byte_at, &copy->sent_at}) {
        *time = made->accepted_at;
    }
    copy->sent_at = {};  // so that nothing is handed over ahead of its end
    for (auto* const in : {&early, &whole}) {
        auto& its = in == &early ? made : copy;
        if (encoded) {
            its->response_head += "Content-Encoding: gzip\r\n";
            its->response_encoding = "gzip";
        }
        in->start(std::move(its));
        if (encoded) {
            in->come(gzip(created + one.rest));
        } else {
            in->come(created);
            in->come(one.rest);
        }
        CHECK((in->running->begun != nullptr) == (in == &early));
        in->end(one.how);
        in->stop();
        CHECK(in->row() == one.row);
        CHECK(in->said() == one.said);
        CHECK(in->findings() == std::vector<std::string>{});
        CHECK(in->account.read().in_flight() == 0);
    }
    CHECK(early.number("SELECT count(*) FROM log") == 2);
    CHECK(whole.number("SELECT count(*) FROM log") == 1);
    CHECK(all_of(early) == all_of(whole));
}

TEST_CASE("only an answer that is known to be in the background is handed over ahead of its end") {
    struct row {
        std::string about;
        std::string request;
        std::string first;
        bool early;
    };
    const std::string unsaid = about("created", id + R"("status":"in_progress","output":[])");
    const std::string null = about("created", id + R"("background":null,"status":"in_progress","output":[])");
    const std::string no = about("created", id + R"("background":false,"status":"in_progress","output":[])");
    const std::string nameless = about("created", R"("background":true,"status":"queued","output":[])");
    const std::string plain = R"({"model":"gpt-5","input":"say \"background\":true","stream":true})";
    const auto one = GENERATE_COPY(values<row>({
        {"asked for and told", deep, created, true},
        {"asked for, and nothing told", deep, unsaid, true},
        {"asked for, and null told", deep, null, true},
        {"told, though not asked for", plain, created, true},
        {"asked for, and denied", deep, no, false},
        {"neither", plain, unsaid, false},
        {"without a name", deep, nameless, false},
        {"named by a later event", deep, nameless + created, true},
        {"denied before", deep, no + created, false},
        {"no event about the response", deep, spoken, false},
        {"said in a text", plain, unsaid + delta(R"(\"background\":true)"), false},
    }));
    CAPTURE(one.about);
    recording in;
    in.start(begin(one.request));
    in.come(one.first);
    CHECK((in.running->begun != nullptr) == one.early);
    in.come(done);
    in.end();
    in.stop();
    CHECK(in.row() == "- completed complete 8");
    CHECK(in.number("SELECT count(*) FROM log") == (one.early ? 2 : 1));
    CHECK(in.account.read().recorded == 1);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("a question is handed over once, in whatever pieces its stream comes") {
    const auto text = queued + created + spoken + done;
    const auto step = GENERATE(1U, 7U, 100U);
    recording in;
    in.start(begin(deep));
    for (std::size_t at = 0; at < text.size(); at += step) {
        in.come(text.substr(at, step));
    }
    in.end();
    in.stop();
    CHECK(in.row() == "- completed complete 8");
    CHECK(in.number("SELECT group_concat(kind, '') FROM log") == 14);
    CHECK(in.bytes() == text);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("a question that is no turn by itself is recorded with its answer") {
    recording in;
    in.start(begin(R"({"input":7,"background":true})"));
    in.come(created);
    in.come(spoken + done);
    in.end();
    in.stop();
    CHECK(in.row().starts_with("request_decode"));
    CHECK(in.number("SELECT count(*) FROM log") == 1);
    CHECK(in.account.read().dropped_total() == 1);
    CHECK(in.account.read().in_flight() == 0);
    CHECK(in.told == "POST ");
}

TEST_CASE("a question for which there is no room is recorded with its answer") {
    capture::budget small{16384, 0};
    auto running = begin(deep, small);
    running->response_body.append(created);
    while (running->hold(1)) {
    }
    auto queue = std::make_shared<shared_queue>(2);
    capture::ledger account;
    early_question::hand_over(*running, queue, account);
    CHECK(running->begun == nullptr);
    CHECK(running->request_body.complete());
    CHECK(queue->open_answers == 0);
}

TEST_CASE("a question that leaves no row leaves the exchange in one piece, whichever is known first") {
    const bool refused_first = GENERATE(true, false);
    auto queue = std::make_shared<shared_queue>(2);
    capture::ledger account;
    account.accept();
    auto running = begin(deep);
    running->response_body.append(created);
    early_question::hand_over(*running, queue, account);
    REQUIRE(running->begun);
    auto question = queue->queue.take();
    REQUIRE(question.next.ended);
    CHECK(question.next.ended->part == capture::exchange_part::question);
    const auto begun = std::exchange(running->begun, nullptr);
    if (refused_first) {
        question = {};
        begun->conclude(std::move(running));
    } else {
        begun->conclude(std::move(running));
        question = {};
    }
    const auto whole = queue->queue.take();
    REQUIRE(whole.next.ended);
    CHECK(whole.next.ended->part == capture::exchange_part::whole);
    CHECK(whole.next.ended->amends == 0);
    CHECK(account.read().in_flight() == 1);
}

TEST_CASE("a fetch while the stream is coming, and the stream, bring one answer") {
    struct row {
        std::string about;
        std::string fetched;
        std::string rest;
        std::string row;
        std::string said;
    };
    const auto object = [](const std::string& status, const std::string& output) {
        return R"({"id":"resp_1","model":"gpt-5-dated","background":true,"status":")" + status +
               R"(","output":[)" + output +
               R"(],"usage":{"input_tokens":5,"output_tokens":3,"total_tokens":8}})";
    };
    const auto one = GENERATE_COPY(values<row>({
        {"both whole", object("completed", item("all said")), spoken + done, "- completed upstream_closed 8",
         "deep/all said"},
        {"the stream is cut", object("completed", item("all said")), added + delta("all "),
         "- completed upstream_closed 8", "deep/all said"},
        {"nothing yet", object("in_progress", ""), spoken + done, "- completed upstream_closed 8",
         "deep/all said"},
        {"nothing said when it was cancelled", object("cancelled", ""), added + delta("all "),
         "- incomplete upstream_closed -", "deep/all "},
        {"nothing said by either", object("cancelled", ""), "", "- cancelled upstream_closed 8", "deep"},
    }));
    CAPTURE(one.about);
    recording in;
    in.start(begin(deep));
    in.come(created);
    in.wait_for(1);
    in.fetch(one.fetched);
    in.wait_for(2);
    in.come(one.rest);
    in.end(end_reason::upstream_closed);
    in.stop();
    CHECK(in.row() == one.row);
    CHECK(in.said() == one.said);
    CHECK(in.bytes() == created + one.rest);
    CHECK(in.number("SELECT count(*) FROM exchange") == 2);
    CHECK(in.account.read().in_flight() == 0);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("a conversation leads to the question, and the answer hangs from it") {
    const bool known = GENERATE(false, true);
    recording in;
    const std::string request =
        R"({"model":"gpt-5","conversation":"conv_1","input":"deep","background":true})";
    if (known) {
        auto before = chat(R"({"model":"gpt-5","conversation":"conv_1","input":"first"})",
                           R"({"id":"resp_0","model":"gpt-5-dated","status":"completed","output":[)" +
                               item("earlier") + "]}");
        before->target = before->path = "/v1/responses";
        in.start(std::move(before));
        in.end();
        in.wait_for(1);
    }
    in.start(begin(request));
    in.come(created);
    in.wait_for(known ? 2 : 1);
    in.come(spoken + done);
    in.end();
    in.stop();
    CHECK(in.number("SELECT count(*) FROM node") == (known ? 5 : 3));
    CHECK(in.number("SELECT count(*) FROM node n JOIN exchange x ON x.head = n.id WHERE x.response_id ="
                    " 'resp_1' AND n.parent = (SELECT id FROM node WHERE content LIKE '%deep%')") == 1);
    CHECK(in.findings() == std::vector<std::string>{});
}

TEST_CASE("no credential of the request is stored with its question") {
    recording in;
    auto made = begin(R"({"model":"gpt-5","input":"mine is )" + secret + R"(","background":true})");
    in.start(std::move(made));
    in.come(created);
    in.wait_for(1);
    CHECK(in.said().find("mine is redacted:") == 0);
    CHECK(in.number("SELECT count(*) FROM wire WHERE instr(request_head, '" + secret + "')") == 0);
    in.come(added + delta(secret) + ended("completed", item(secret)));
    in.end();
    in.stop();
    CHECK(in.said().find(secret) == std::string::npos);
    CHECK(in.bytes().find(secret) == std::string::npos);
    CHECK(in.findings() == std::vector<std::string>{});
}

}  // namespace tapes::record::early_question_test
