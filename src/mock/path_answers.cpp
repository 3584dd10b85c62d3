#include "path_answers.hpp"

#include "text.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/llm/request_cut.hpp>
#include <tapes/text/base64.hpp>

#include <algorithm>
#include <utility>

namespace tapes::mock {
namespace {

/// Puts members in front of those of an object, if it is one.
std::string with_members(std::string_view body, const std::string& members) {
    std::string out;
    const auto open = body.find('{');
    if (open != std::string_view::npos) {
        const auto next = body.find_first_not_of(" \t\r\n", open + 1);
        const bool empty = next != std::string_view::npos && body[next] == '}';
        out.append(body.substr(0, open + 1)).append(members).append(empty ? "" : ",");
        out.append(body.substr(open + 1));
    } else {
        out = body;
    }
    out.reserve(out.size() + request_padding);
    return out;
}

/// Puts the events of Messages into chunks, as InvokeModelWithResponseStream does.
void put_into_chunks(answer& from) {
    answer made;
    made.stream = true;
    made.type = answer::aws_event_stream;
    for (std::size_t i = 0; i < from.events(); ++i) {
        auto data = from.event(i);
        data.remove_prefix(std::min(data.find("data: ") + 6, data.size()));
        data = data.substr(0, data.find('\n'));
        const auto payload = dump({{"bytes", text::encoded_base64(data)}, {"p", "abcdefghij"}});
        llm::append_aws_event(made.body, "event", "chunk", payload);
        made.ends.push_back(made.body.size());
    }
    from = std::move(made);
}

}  // namespace

answer answer_at(std::string_view path, answerer make, std::string_view body, const shape& wanted,
                 std::uint64_t number) {
    const auto* const api = llm::find_api("POST", path);
    const auto told = api == nullptr ? llm::path_facts{} : llm::facts_of(*api, path);
    std::string members;
    if (!told.model.empty() && llm::member_text(body, "model").empty()) {
        members = "\"model\":" + dump(told.model);
    }
    if (told.streamed.value_or(false)) {
        members.append(members.empty() ? "" : ",").append("\"stream\":true");
    }
    if (members.empty()) {
        return make(body, wanted, number);
    }
    auto made = make(with_members(body, members), wanted, number);
    if (made.stream && told.provider == "bedrock" && made.type == answer::event_stream) {
        put_into_chunks(made);
    }
    return made;
}

}  // namespace tapes::mock
