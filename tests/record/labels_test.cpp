#include "record/support.hpp"
#include "turn_maker.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/text/base64.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tapes::record::labels_test {

using namespace tapes::record::test;
using tapes::capture::drop_reason;

namespace {

/// What one API says on one turn.
struct api_words {
    std::string path;
    std::string request;
    std::string one_shot;
    std::vector<std::string> values;  ///< of a stream
    bool in_lines = false;            ///< the API streams lines, not events
};

const std::vector<api_words>& apis() {
    static const std::vector<api_words> all{
        {"/v1/chat/completions",
         ask("q"),
         say("the answer"),
         {R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"the "}}]})",
          R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"answer"},"finish_reason":"stop"}]})"}},
        {"/v1/responses",
         R"({"model":"m","input":"q"})",
         R"({"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"i",)"
         R"("role":"assistant","content":[{"type":"output_text","text":"the answer"}]}]})",
         {R"({"type":"response.created","response":{"id":"r","object":"response","model":"m","output":[]}})",
          R"({"type":"response.completed","response":{"id":"r","object":"response","status":"completed","model":"m",)"
          R"("output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text",)"
          R"("text":"the answer"}]}]}})"}},
        {"/v1/messages",
         R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}]})",
         R"({"id":"msg","type":"message","role":"assistant","model":"m","content":[{"type":"text",)"
         R"("text":"the answer"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}})",
         {R"({"type":"message_start","message":{"id":"msg","type":"message","role":"assistant","model":"m",)"
          R"("content":[],"usage":{"input_tokens":1,"output_tokens":1}}})",
          R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
          R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"the answer"}})",
          R"({"type":"content_block_stop","index":0})",
          R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}})",
          R"({"type":"message_stop"})"}},
        {"/api/chat",
         R"({"model":"m","messages":[{"role":"user","content":"q"}]})",
         R"({"model":"m","message":{"role":"assistant","content":"the answer"},"done":true,"done_reason":"stop"})",
         {R"({"model":"m","message":{"role":"assistant","content":"the "},"done":false})",
          R"({"model":"m","message":{"role":"assistant","content":"answer"},"done":true,"done_reason":"stop"})"},
         true},
        {"/api/generate",
         R"({"model":"m","prompt":"q"})",
         R"({"model":"m","response":"the answer","done":true,"done_reason":"stop"})",
         {R"({"model":"m","response":"the ","done":false})",
          R"({"model":"m","response":"answer","done":true,"done_reason":"stop"})"},
         true},
    };
    return all;
}

std::string as_events(const api_words& api) {
    std::string all;
    for (const auto& one : api.values) {
        all += "data: " + one + "\n\n";
    }
    return all;
}

std::string as_lines(const api_words& api) {
    std::string all;
    for (const auto& one : api.values) {
        all += one + "\n";
    }
    return all;
}

std::string pretty(const std::string& json) {
    std::string out;
    bool inside = false;
    for (const char c : json) {
        inside = c == '"' ? !inside : inside;
        out += c;
        if (!inside && (c == ',' || c == '{')) {
            out += "\r\n  ";
        }
    }
    return out;
}

struct label {
    std::string type = "application/json";
    bool event_stream = false;
    std::string request_coding = {};
    std::string answer_coding = {};
};

const label stream_label{"text/event-stream", true, {}, {}};

std::unique_ptr<store::entry> made_of(const api_words& api, const std::string& request,
                                      const std::string& answer, const label& labelled) {
    auto from = chat(request, answer);
    from->path = from->target = api.path;
    from->event_stream = labelled.event_stream;
    from->request_encoding = labelled.request_coding;
    from->response_encoding = labelled.answer_coding;
    from->response_head = "HTTP/1.1 200 OK\r\nContent-Type: " + labelled.type + "\r\n";
    return turn_maker{{}, redaction_key}.make(std::move(from));
}

/// The stream of an API that Bedrock offers, in AWS' framing.
std::string as_frames(const api_words& api) {
    std::string all;
    for (const auto& one : api.values) {
        llm::append_aws_event(all, "event", "chunk",
                              R"({"bytes":")" + ::tapes::text::encoded_base64(one) + R"("})");
    }
    return all;
}

const label frames_label{"application/vnd.amazon.eventstream", true, {}, {}};

/// Types under which such a stream has been seen.
const std::vector<std::string>& wrong_types() {
    static const std::vector<std::string> all{"application/octet-stream", "application/json", ""};
    return all;
}

/// Messages by way of InvokeModelWithResponseStream.
api_words invoked() {
    auto api = apis()[2];
    api.path = "/model/m/invoke-with-response-stream";
    api.request = R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[)"
                  R"({"role":"user","content":"q"}]})";
    return api;
}

/// The nodes of a turn whose bodies are what their labels say.
std::vector<merkle::digest> hashes_of(const store::entry& made) {
    std::vector<merkle::digest> all;
    for (const auto& one : made.nodes) {
        all.push_back(one.node.position.hash);
    }
    return all;
}

void check_same(const api_words& api, const std::string& request, const std::string& answer,
                const label& labelled, const std::string& reading) {
    CAPTURE(api.path, request, answer, labelled.type, labelled.request_coding, labelled.answer_coding);
    const auto plain = made_of(api, api.request, api.one_shot, {});
    REQUIRE(plain->dropped == drop_reason::none);
    CHECK(plain->reading.empty());
    const auto made = made_of(api, request, answer, labelled);
    CHECK(made->dropped == drop_reason::none);
    CHECK(hashes_of(*made) == hashes_of(*plain));
    CHECK(made->reading == reading);
    CHECK(made->response_model == plain->response_model);
}

/// Answers whose model the streams name otherwise would differ in that alone.
api_words with_one_model(api_words api) {
    if (const auto at = api.one_shot.find("gpt-4o-2024"); at != std::string::npos) {
        api.one_shot.replace(at, std::string{"gpt-4o-2024"}.size(), "m");
    }
    return api;
}

}  // namespace

TEST_CASE(
    "a one-shot answer under the type of a stream is read, also with the stream's last word behind it") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        for (const std::string end : {"", "\n", "\n\ndata: [DONE]\n\n", "\r\ndata:[DONE]"}) {
            check_same(api, api.request, api.one_shot + end, stream_label, api.in_lines ? "" : "one_shot");
            check_same(api, api.request, pretty(api.one_shot) + end, stream_label,
                       api.in_lines ? "" : "one_shot");
        }
        check_same(api, api.request, api.one_shot + "\n\ndata: [DONE]\n\n", {}, "one_shot");
        check_same(api, api.request, "\xEF\xBB\xBF" + api.one_shot, stream_label,
                   api.in_lines ? "" : "one_shot");
    }
}

TEST_CASE("a stream under another type is read, whatever its first line is") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        for (const std::string begin :
             {"", ": keep-alive\n\n", ":\n", "id: 1\n", "retry: 3000\n\n", "event: x\n", "\xEF\xBB\xBF",
              "\n\n", "\xEF\xBB\xBF: hi\n\n", "id: 7\nretry: 1\nevent: y\n"}) {
            for (const std::string type : {"application/json", "text/plain", ""}) {
                check_same(api, api.request, begin + as_events(api), {type, false, {}, {}}, "events");
                if (api.in_lines) {
                    check_same(api, api.request, begin + as_lines(api), {type, false, {}, {}}, "events");
                }
            }
        }
        CHECK(made_of(api, api.request, api.in_lines ? as_lines(api) : as_events(api), {})->streamed);
    }
}

TEST_CASE("a stream in AWS' framing is read whatever its label says") {
    const auto api = invoked();
    for (const auto& type : wrong_types()) {
        check_same(api, api.request, as_frames(api), {type, false, {}, {}}, "events");
        check_same(api, api.request, gzip(as_frames(api)), {type, false, {}, "gzip"}, "events");
        CHECK(made_of(api, api.request, as_frames(api), {type, false, {}, {}})->streamed);
    }
    check_same(api, api.request, as_frames(api), frames_label, "");
    const std::string path = "/model/m/converse-stream";
    const std::string request = R"({"messages":[{"role":"user","content":[{"text":"q"}]}]})";
    std::string frames;
    for (const auto& [name, payload] : std::vector<std::pair<std::string, std::string>>{
             {"messageStart", R"({"role":"assistant"})"},
             {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"the answer"}})"},
             {"contentBlockStop", R"({"contentBlockIndex":0})"},
             {"messageStop", R"({"stopReason":"end_turn"})"}}) {
        llm::append_aws_event(frames, "event", name, payload);
    }
    const auto right = made_of({path, request, "", {}}, request, frames, frames_label);
    REQUIRE(right->dropped == drop_reason::none);
    for (const auto& type : wrong_types()) {
        const auto made = made_of({path, request, "", {}}, request, frames, {type, false, {}, {}});
        CHECK(made->dropped == drop_reason::none);
        CHECK(hashes_of(*made) == hashes_of(*right));
        CHECK(made->stop_reason == "end_turn");
        CHECK(made->reading == "events");
    }
}

TEST_CASE("a stream in AWS' framing that is cut or broken is read as far as it is whole") {
    const auto api = invoked();
    auto cut = as_frames(api);
    cut.resize(cut.size() - 300);
    const auto right = made_of(api, api.request, cut, frames_label);
    const auto made = made_of(api, api.request, cut, {});
    CHECK(made->dropped == drop_reason::none);
    CHECK(made->stop_reason == right->stop_reason);
    CHECK(hashes_of(*made) == hashes_of(*right));
    // What only begins as one is none.
    CHECK(made_of(api, api.request, std::string(40, '\0'), {})->dropped == drop_reason::response_decode);
    CHECK(made_of(api, api.request, as_frames(api).substr(0, 40), {})->dropped ==
          drop_reason::response_decode);
}

TEST_CASE("JSON texts one after the other are read as the stream that they are") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        std::string run_on;
        std::string spread;
        std::string array = "[";
        for (const auto& one : api.values) {
            run_on += one;
            spread += pretty(one) + "\n";
            array += (array.size() > 1 ? "," : "") + one;
        }
        for (const auto& labelled : {label{}, stream_label}) {
            // A reader of lines takes objects however they are cut into lines, elements of an array too.
            const std::string by_lines = labelled.event_stream ? "" : "events";
            for (const std::string& answer : {as_lines(api), run_on, spread, array + "]"}) {
                check_same(api, api.request, answer, labelled, api.in_lines ? by_lines : "values");
            }
        }
    }
}

TEST_CASE("plain bytes are taken whatever coding is named, in requests and answers") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        for (const std::string coding : {"utf-8", "UTF-8", "none", "identity, utf-8", "x-anything", "gzip",
                                         "x-gzip", "deflate", "br", "zstd", "gzip, br"}) {
            check_same(api, api.request, api.one_shot, {"application/json", false, {}, coding}, "plain");
            check_same(api, api.request, api.one_shot, {"application/json", false, coding, {}},
                       "request_plain");
            check_same(api, api.request, api.in_lines ? as_lines(api) : as_events(api),
                       {"text/event-stream", true, coding, coding}, "request_plain,plain");
        }
        for (const std::string coding : {"identity", " Identity ", "", "identity, identity", ","}) {
            check_same(api, api.request, api.one_shot, {"application/json", false, coding, coding}, "");
        }
    }
}

TEST_CASE("bytes that show another coding than is named are read by it") {
    const auto api = with_one_model(apis()[0]);
    for (const std::string coding : {"gzip, utf-8", "utf-8, gzip", "br", "zstd", "deflate", "none"}) {
        check_same(api, gzip(api.request), gzip(api.one_shot), {"application/json", false, coding, coding},
                   "request_other_coding,other_coding");
    }
    check_same(api, gzip(api.request), gzip(api.one_shot), {"application/json", false, "gzip", "x-gzip"}, "");
}

TEST_CASE("bytes of another coding are read though the one that is named may take some of them for its own") {
    const auto api = with_one_model(apis()[0]);
    auto request = gzip(api.request);
    int taken = 0;
    for (unsigned time = 0; time < 4096; ++time) {
        request[4] = static_cast<char>(time & 0xffU);  // MTIME, RFC 1952 §2.3
        request[5] = static_cast<char>(time >> 8U);
        const auto by_name = http::decode_all("br", request).status;
        if (by_name == http::decode_status::truncated || by_name == http::decode_status::done) {
            ++taken;
            check_same(api, request, api.one_shot, {"application/json", false, "br", ""},
                       "request_other_coding");
        }
    }
    CHECK(taken > 0);
}

TEST_CASE("a byte order mark is no part of JSON, and is kept with it") {
    const std::string mark = "\xEF\xBB\xBF";
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        check_same(api, mark + api.request, mark + api.one_shot, {}, "");
        const auto made = made_of(api, mark + api.request, mark + api.one_shot, {});
        CHECK(raw(made->wire.request) == mark + api.request);
        CHECK(raw(made->wire.response) == mark + api.one_shot);
    }
    auto api = with_one_model(apis()[0]);
    const auto made = made_of(api, mark + ask("my key is " + secret), mark + api.one_shot, {});
    CHECK(raw(made->wire.request) == mark + ask("my key is " + http::redactor{redaction_key}.token(secret)));
}

TEST_CASE("a coding that no label names is undone where the first bytes show it") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        for (const std::string name : {"", "identity"}) {
            const label labelled{"application/json", false, name, name};
            check_same(api, gzip(api.request), gzip(api.one_shot), labelled,
                       "request_other_coding,other_coding");
            check_same(api, api.request, gzip(api.in_lines ? as_lines(api) : as_events(api)),
                       {"text/event-stream", true, name, name}, "other_coding");
        }
    }
    const auto made = made_of(apis()[0], gzip(ask("my key is " + secret)), gzip(say(secret)), {});
    CHECK(raw(made->wire.request) == ask("my key is " + http::redactor{redaction_key}.token(secret)));
    CHECK(raw(made->wire.response) == say(http::redactor{redaction_key}.token(secret)));
    // What is no text stays as it came.
    const auto archive = gzip(std::string(100, '\0'));
    CHECK(raw(made_of(apis()[0], ask("q"), archive, {})->wire.response) == archive);
}

TEST_CASE("an answer with a number that is not finite is read as what it says") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        for (const std::string odd : {"NaN", "Infinity", "-Infinity"}) {
            const auto with_odd = R"({"service_tier":[)" + odd + R"(],"usage":{"cost":)" + odd + "},";
            check_same(api, api.request, with_odd + api.one_shot.substr(1), {}, "");
        }
    }
}

TEST_CASE("an event that cannot be read leaves a mark, and one that the end cuts off does not") {
    for (const auto& each : apis()) {
        const auto api = with_one_model(each);
        const std::string between = api.in_lines ? "\n" : "\n\n";
        const std::string name = api.in_lines ? "" : "data: ";
        const auto whole = api.in_lines ? as_lines(api) : as_events(api);
        const label labelled{api.in_lines ? "application/x-ndjson" : "text/event-stream", true, {}, {}};
        const auto first = whole.find(between) + between.size();
        for (const std::string broken : {"{\"a\":\"x\ty\"}", R"({"a":})"}) {
            check_same(api, api.request,
                       whole.substr(0, first) + name + broken + between + whole.substr(first), labelled,
                       "gaps");
        }
        for (const std::string passed : {"[DONE]", "", ": a comment"}) {
            check_same(api, api.request,
                       whole.substr(0, first) + name + passed + between + whole.substr(first), labelled, "");
        }
        check_same(api, api.request, whole + name + R"({"id":"c1","mod)", labelled, "");
    }
}

TEST_CASE("a line break within a string is not read as a space that nobody said") {
    for (const auto& api : apis()) {
        for (const std::string broken : {"the\nanswer", "the\ranswer", "the\tanswer"}) {
            auto answer = api.one_shot;
            answer.replace(answer.find("the answer"), broken.size(), broken);
            CAPTURE(api.path, answer);
            CHECK(made_of(api, api.request, answer, {})->dropped == drop_reason::response_decode);
        }
    }
}

TEST_CASE("what no reading finds anything in keeps the reason of its label") {
    const auto& api = apis()[0];
    const auto reason = [&](const std::string& answer, const label& labelled) {
        const auto made = made_of(api, api.request, answer, labelled);
        CHECK(made->reading.find("one_shot") == std::string::npos);
        CHECK(made->reading.find("values") == std::string::npos);
        return made->dropped;
    };
    CHECK(reason("<html></html>", {}) == drop_reason::response_decode);
    CHECK(reason("<html></html>", stream_label) == drop_reason::empty_response);
    CHECK(reason("{\"a\":1}", stream_label) == drop_reason::empty_response);
    CHECK(reason("{\"a\":1}{\"b\":2}", {}) == drop_reason::response_decode);
    CHECK(reason(": nothing\n\n", {}) == drop_reason::response_decode);
    CHECK(reason("\x1f\x8b{", {"application/json", false, {}, "gzip"}) == drop_reason::response_decode);
    CHECK(reason(std::string(3, '\0') + api.one_shot, {"application/json", false, {}, "br"}) ==
          drop_reason::response_decode);
}

/// An event of Chat that says `text`.
std::string chunk_of(const std::string& text) {
    return R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})";
}

TEST_CASE("credentials of an answer under another label are redacted") {
    const auto& api = apis()[0];
    const auto half = secret.size() / 2;
    const auto events =
        event("it is " + secret.substr(0, half)) + event(secret.substr(half) + "!") + last_event;
    auto in_frames = api;
    in_frames.values = {chunk_of("it is " + secret.substr(0, half)), chunk_of(secret.substr(half) + "!")};
    const auto frames = as_frames(in_frames);
    for (const auto& [answer, labelled] : std::vector<std::pair<std::string, label>>{
             {say("it is " + secret), stream_label},
             {pretty(say("it is " + secret)), stream_label},
             {": c\n\n" + events, {}},
             {events, {"text/event-stream", true, {}, "utf-8"}},
             {say("it is " + secret), {"application/json", false, {}, "br"}},
             {frames, {"application/octet-stream", false, {}, {}}},
             {frames, frames_label}}) {
        CAPTURE(answer, labelled.type);
        const auto made = made_of(api, api.request, answer, labelled);
        REQUIRE(made->dropped == drop_reason::none);
        CHECK(made->nodes.back().node.content.find(http::redactor{redaction_key}.token(secret)) !=
              std::string::npos);
        const auto kept = raw(made->wire.response);
        CHECK(kept.find(secret.substr(half)) == std::string::npos);
        CHECK(kept.find(secret.substr(0, half)) == std::string::npos);
    }
}

}  // namespace tapes::record::labels_test
