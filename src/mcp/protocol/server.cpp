#include "protocol/message.hpp"
#include "protocol/results.hpp"
#include "protocol/revision.hpp"

#include <tapes/mcp/server.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace tapes::mcp {

class server::impl {
public:
    explicit impl(server_about about) : about_{std::move(about)} {}

    outcome take(std::string_view line);
    outcome refuse(error_code code, std::string_view text);
    bool is_cancelled(std::uint64_t call) const;
    std::string finish(std::uint64_t number, const tool_result& result);

private:
    /// A call that is being made.
    struct open_call {
        ordered_json id;
        std::string revision;
        std::uint64_t batch = 0;  ///< 0: it came alone
        bool cancelled = false;
    };
    /// The answers of a batch are one line, once all are there.
    struct open_batch {
        std::size_t calls = 0;
        ordered_json answers = ordered_json::array();
    };

    void handle(message& one, std::uint64_t batch, outcome& to);
    void answer(ordered_json made, std::uint64_t batch, outcome& to);
    void handle_request(message& one, std::uint64_t batch, outcome& to);
    void handle_known(message& one, const std::string& revision, std::uint64_t batch, outcome& to);
    void initialize(const message& one, std::uint64_t batch, outcome& to);
    void call(message& one, const std::string& revision, std::uint64_t batch, outcome& to);
    void cancel(const message& one);

    server_about about_;
    std::string agreed_;  ///< revision of the handshake; "": there was none
    std::map<std::uint64_t, open_call> calls_;
    std::map<std::uint64_t, open_batch> batches_;
    std::uint64_t last_number_ = 0;
};

server::outcome server::impl::refuse(error_code code, std::string_view text) {
    return {{line_of(error_message(nullptr, code, text))}, {}};
}

server::outcome server::impl::take(std::string_view line) {
    if (std::ranges::all_of(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; })) {
        return {};
    }
    auto content = read_line(line);
    if (!content.batch) {
        outcome made;
        handle(content.messages.front(), 0, made);
        return made;
    }
    if (agreed_ != with_batches) {
        return refuse(error_code::invalid_request,
                      "batches are of the revision 2025-03-26 alone: send one message a line");
    }
    outcome made;
    const auto batch = ++last_number_;
    batches_[batch];
    for (auto& one : content.messages) {
        handle(one, batch, made);
    }
    if (const auto& all = batches_[batch]; all.calls == 0) {
        if (!all.answers.empty()) {
            made.lines.push_back(line_of(all.answers));
        }
        batches_.erase(batch);
    }
    return made;
}

void server::impl::answer(ordered_json made, std::uint64_t batch, outcome& to) {
    if (batch != 0) {
        batches_[batch].answers.push_back(std::move(made));
    } else {
        to.lines.push_back(line_of(made));
    }
}

void server::impl::handle(message& one, std::uint64_t batch, outcome& to) {
    switch (one.what) {
        case message::kind::invalid:
            answer(error_message(one.id, one.code, one.problem), batch, to);
            break;
        case message::kind::request:
            handle_request(one, batch, to);
            break;
        case message::kind::notification:
            if (one.method == "notifications/cancelled") {
                cancel(one);
            }
            break;
        case message::kind::response:
            break;
    }
}

void server::impl::handle_request(message& one, std::uint64_t batch, outcome& to) {
    std::string problem;
    const auto said = revision_of(one.params, problem);
    if (!problem.empty()) {
        return answer(error_message(one.id, error_code::invalid_params, problem), batch, to);
    }
    if (said && !is_spoken(*said)) {
        return answer(error_message(one.id, error_code::unsupported_version, "Unsupported protocol version",
                                    {{"supported", revisions_json()}, {"requested", *said}}),
                      batch, to);
    }
    if (one.method == "initialize") {
        return initialize(one, batch, to);
    }
    if (one.method == "ping" && !(said && is_stateless(*said))) {  // also before the handshake
        return answer(result_message(one.id, ordered_json::object()), batch, to);
    }
    if (!said && agreed_.empty()) {
        return answer(
            error_message(one.id, error_code::invalid_params,
                          "send initialize first, or name the protocol version in _meta of each request "
                          "(\"io.modelcontextprotocol/protocolVersion\")"),
            batch, to);
    }
    handle_known(one, said ? *said : agreed_, batch, to);
}

void server::impl::handle_known(message& one, const std::string& revision, std::uint64_t batch, outcome& to) {
    if (one.method == "server/discover" && is_stateless(revision)) {
        answer(result_message(one.id, discover_result(about_)), batch, to);
    } else if (one.method == "tools/list") {
        // All are told at once, so there is no cursor that could be right.
        if (one.params.contains("cursor")) {
            return answer(
                error_message(one.id, error_code::invalid_params, "there is no page behind the first"), batch,
                to);
        }
        answer(result_message(one.id, tools_result(about_, revision)), batch, to);
    } else if (one.method == "tools/call") {
        call(one, revision, batch, to);
    } else {
        answer(error_message(one.id, error_code::method_not_found,
                             "this server has no method \"" + one.method.substr(0, 128) + "\""),
               batch, to);
    }
}

void server::impl::initialize(const message& one, std::uint64_t batch, outcome& to) {
    const auto wanted = one.params.find("protocolVersion");
    if (wanted == one.params.end() || !wanted->is_string()) {
        return answer(error_message(one.id, error_code::invalid_params, "protocolVersion must be a string"),
                      batch, to);
    }
    const auto version = wanted->get<std::string>();
    agreed_ = is_spoken(version) && !is_stateless(version) ? version : std::string{newest_with_handshake};
    answer(result_message(one.id, initialize_result(about_, agreed_)), batch, to);
}

void server::impl::call(message& one, const std::string& revision, std::uint64_t batch, outcome& to) {
    const auto refuse_call = [&](const std::string& why) {
        answer(error_message(one.id, error_code::invalid_params, why), batch, to);
    };
    const auto name = one.params.find("name");
    if (name == one.params.end() || !name->is_string()) {
        return refuse_call("the name of a tool must be a string");
    }
    tool_call made;
    made.tool = name->get<std::string>();
    if (std::ranges::find(about_.tools, made.tool, &tool::name) == about_.tools.end()) {
        return refuse_call("there is no tool \"" + made.tool.substr(0, 128) + "\"");
    }
    made.arguments = ordered_json::object();
    if (const auto given = one.params.find("arguments"); given != one.params.end() && !given->is_null()) {
        if (!given->is_object()) {
            return refuse_call("the arguments of a tool must be an object");
        }
        made.arguments = std::move(*given);
    }
    made.number = ++last_number_;
    calls_[made.number] = {one.id, revision, batch, false};
    if (batch != 0) {
        ++batches_[batch].calls;
    }
    to.calls.push_back(std::move(made));
}

/// What was answered already, or never came, is no fault: both may have met on their way.
void server::impl::cancel(const message& one) {
    const auto id = one.params.find("requestId");
    if (id == one.params.end()) {
        return;
    }
    for (auto& [number, open] : calls_) {
        open.cancelled = open.cancelled || open.id == *id;
    }
}

bool server::impl::is_cancelled(std::uint64_t call) const {
    const auto found = calls_.find(call);
    return found != calls_.end() && found->second.cancelled;
}

std::string server::impl::finish(std::uint64_t number, const tool_result& result) {
    const auto found = calls_.find(number);
    if (found == calls_.end()) {
        return {};
    }
    const auto open = std::move(found->second);
    calls_.erase(found);
    ordered_json made;
    if (!open.cancelled) {
        made = result_message(open.id, call_result(about_, result, open.revision));
    }
    if (open.batch == 0) {
        return open.cancelled ? std::string{} : line_of(made);
    }
    auto& batch = batches_[open.batch];
    if (!open.cancelled) {
        batch.answers.push_back(std::move(made));
    }
    if (--batch.calls != 0) {
        return {};
    }
    const auto all = std::move(batch.answers);
    batches_.erase(open.batch);
    return all.empty() ? std::string{} : line_of(all);
}

server::server(server_about about) : impl_{std::make_unique<impl>(std::move(about))} {}
server::~server() = default;
server::outcome server::take(std::string_view line) {
    return impl_->take(line);
}
server::outcome server::take_too_long() {
    return impl_->refuse(error_code::invalid_request,
                         "a line must have at most " + std::to_string(longest_line) + " bytes");
}
bool server::is_cancelled(std::uint64_t call) const {
    return impl_->is_cancelled(call);
}
std::string server::finish(std::uint64_t call, const tool_result& result) {
    return impl_->finish(call, result);
}

}  // namespace tapes::mcp
