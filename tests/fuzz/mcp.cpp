// Any lines are messages of a client or none. What is answered is one line of JSON-RPC each, which hides
// nothing; a call is answered once, or cancelled.
#include "fuzz.hpp"

#include <tapes/mcp/server.hpp>
#include <tapes/text/visible.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;
using mcp::ordered_json;

mcp::server_about about() {
    mcp::server_about made;
    made.name = made.title = made.version = made.instructions = "t";
    made.tools = {{"echo", "e", "e", {{"type", "object"}}, {{"type", "object"}}}};
    made.new_mark = [] { return std::string{"mark"}; };
    return made;
}

void require_message(const ordered_json& one) {
    require(one.is_object() && one.value("jsonrpc", "") == "2.0", "an answer is a message");
    require(one.contains("result") != one.contains("error"), "it is a result or an error");
    require(one.contains("error") || one["id"].is_string() || one["id"].is_number_integer(),
            "a result has its id");
}

void require_line(const std::string& line) {
    require(text::is_visible(line), "a line is one, and hides nothing");
    const auto json = ordered_json::parse(line, nullptr, false);
    require(!json.is_discarded(), "a line is JSON");
    if (json.is_array()) {
        require(!json.empty(), "no batch is answered by nothing");
        for (const auto& one : json) {
            require_message(one);
        }
        return;
    }
    require_message(json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto bytes = fuzz::text_of(data, size);
    mcp::server server{about()};
    while (!bytes.empty()) {
        const auto line = fuzz::take_line(bytes);
        const auto made = server.take(line);
        for (const auto& one : made.lines) {
            require_line(one);
        }
        for (const auto& call : made.calls) {
            require(call.tool == "echo" && call.arguments.is_object(), "a call is of a tool that there is");
            const auto answer = server.finish(call.number, {{{"said", std::string{line}}}, ""});
            if (!answer.empty()) {
                require_line(answer);
            }
            require(server.finish(call.number, {}).empty(), "a call is answered once");
        }
    }
    return 0;
}
