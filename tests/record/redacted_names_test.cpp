#include "early_work.hpp"
#include "record/support.hpp"
#include "turn_maker.hpp"

#include <tapes/text/percent.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>

namespace tapes::record::redacted_names_test {

using namespace tapes::record::test;
using tapes::capture::drop_reason;

namespace {

const std::string key = "sk/very+secret=0123456789";

std::string names_of(const store::entry& made) {
    const auto& exchange = *made.exchange;
    return exchange.path + "\n" + exchange.target + "\n" + exchange.agent_name + "\n" + exchange.session +
           "\n" + made.target + "\n" + made.session;
}

/// An exchange whose key stands in its path, its session and its agent's name.
std::unique_ptr<capture::exchange> with_key_in_names(std::unique_ptr<capture::exchange> from) {
    from->request_head = "POST /x HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
                         key + "\r\nx-session-id: " + key + "\r\n";
    from->path = "/" + text::percent_encoded(key) + "/v1/chat/completions";
    from->target = "/agents/" + key + from->path + "?x=" + text::percent_encoded(key);
    from->agent_name = "agent-" + key;
    from->session = key;
    return from;
}

void check_names(const store::entry& made) {
    const auto names = names_of(made);
    CAPTURE(names);
    CHECK(names.find(key) == std::string::npos);
    CHECK(names.find(text::percent_encoded(key)) == std::string::npos);
    const auto token = http::redactor{redaction_key}.token(key);
    CHECK(made.session == token);
    CHECK(made.exchange->agent_name == "agent-" + token);
    CHECK(made.exchange->path == "/" + token + "/v1/chat/completions");
    CHECK(made.api == "openai_chat");
}

}  // namespace

TEST_CASE("an exchange's key is in none of its names, and not in the hash of its agent's name") {
    const bool early = GENERATE(false, true);
    auto from = with_key_in_names(chat(ask("x"), say("y")));
    const turn_maker maker{{}, redaction_key};
    if (early) {
        const auto ahead = std::make_shared<early_work>(*from, from->request_body.view());
        from->prepared = ahead;
        REQUIRE(ahead->begin());
        maker.prepare(*ahead, nullptr);
    }
    const auto made = maker.make(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    check_names(*made);
    auto plain = chat(ask("x"), say("y"));
    plain->agent_name = made->exchange->agent_name;
    const auto other = maker.make(std::move(plain));
    REQUIRE(made->nodes.size() == other->nodes.size());
    CHECK(made->nodes.back().node.position.hash == other->nodes.back().node.position.hash);
    CHECK(made->nodes.front().node.position.hash == other->nodes.front().node.position.hash);
}

TEST_CASE("the bare row of an exchange that is over the budget, and that of a tunnel, hold no key") {
    const turn_maker maker{{}, redaction_key};
    SECTION("over the budget") {
        capture::budget budget{32'000, 0};
        const auto made = maker.make(with_key_in_names(chat(ask(std::string(40'000, 'x')), "", budget)));
        CHECK(made->dropped == drop_reason::over_budget);
        check_names(*made);
    }
    SECTION("a tunnel") {
        auto from = with_key_in_names(chat("", ""));
        from->tunnel = true;
        const auto made = maker.make(std::move(from));
        CHECK(made->dropped == drop_reason::tunnel);
        CHECK(names_of(*made).find(key) == std::string::npos);
        CHECK(names_of(*made).find(text::percent_encoded(key)) == std::string::npos);
    }
}

TEST_CASE("a key that only the body names is in none of the names") {
    const std::string token = "body-token-0123456789";
    auto from = chat(R"({"model":"m","user_config":{"api_key":")" + token +
                         R"("},"messages":[{"role":"user","content":"hi"}]})",
                     say("y"));
    from->agent_name = from->session = token;
    from->path = "/" + token + "/v1/chat/completions";
    const auto made = turn_maker{{}, redaction_key}.make(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    CHECK(names_of(*made).find(token) == std::string::npos);
}

TEST_CASE("what the configuration adds is redacted: names, and credentials of the upstream that it echoes") {
    settings options;
    options.redaction.headers = {"X-Tenant"};
    options.redaction.fields = {"tenant_pass"};
    options.redaction.values = {"upstream-password-0123"};
    auto from = chat(
        R"({"model":"m","tenant_pass":"pass-0123456789abc","messages":[{"role":"user","content":"hi"}]})",
        say("upstream-password-0123 tenant-0123456789abc pass-0123456789abc"));
    from->request_head = "POST / HTTP/1.1\r\nX-Tenant: tenant-0123456789abc\r\n";
    from->response_head += "X-Echo: upstream-password-0123\r\n";
    const auto made = turn_maker{options, redaction_key}.make(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    const auto all = made->nodes.back().node.content + made->wire.request_head + made->wire.response_head +
                     raw(made->wire.request) + raw(made->wire.response);
    for (const std::string secret :
         {"upstream-password-0123", "tenant-0123456789abc", "pass-0123456789abc"}) {
        CAPTURE(secret);
        CHECK(all.find(secret) == std::string::npos);
        CHECK(all.find(http::redactor{redaction_key}.token(secret)) != std::string::npos);
    }
}

TEST_CASE("a value that only its header's shape names stays in what was said") {
    auto from = chat(ask("the ticket is number-0123456789abc"), say("y"));
    from->request_head = "POST / HTTP/1.1\r\nX-Ticket-Token: number-0123456789abc\r\n";
    const auto made = turn_maker{{}, redaction_key}.make(std::move(from));
    REQUIRE(made->dropped == drop_reason::none);
    CHECK(made->nodes.front().node.content.find("number-0123456789abc") != std::string::npos);
    CHECK(made->wire.request_head.find("number-0123456789abc") == std::string::npos);
}

}  // namespace tapes::record::redacted_names_test
