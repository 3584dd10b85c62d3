#include "run/launched.hpp"

#include "run/child.hpp"

namespace tapes::app::run {

namespace {

/// Lets the words `NAME=VALUE` of an `env` before the client say what the client is started with.
void carry_into_wrapper(const invocation& client, launch& to) {
    for (std::size_t i = 0; i < client.program; ++i) {
        auto& word = to.command[i];
        const auto name = word.substr(0, word.find('='));
        const auto changed = to.environment.find(name);
        const auto before = client.environment.find(name);
        if (name.size() < word.size() && changed != to.environment.end() &&
            before != client.environment.end() && changed->second != before->second) {
            word = name + "=" + changed->second;
        }
    }
}

}  // namespace

named_upstreams named_by(const run_request& request) {
    const auto or_all = [&request](const std::string& own) { return own.empty() ? request.upstream : own; };
    return {or_all(request.openai_upstream), or_all(request.anthropic_upstream),
            or_all(request.ollama_upstream), or_all(request.gemini_upstream)};
}

plan make_plan(const invocation& client, const named_upstreams& named, const std::string& agent) {
    const auto* const known = find_client(client.name);
    auto way = known == nullptr ? plan_generic(client, named) : known->make(client, named);
    if (!agent.empty()) {
        way.agent = agent;
    }
    return way;
}

int run_launched(const invocation& client, const plan& way, launch& to, printer& err) {
    carry_into_wrapper(client, to);
    for (const auto& note : way.notes) {
        err << "tapes: " << note << "\n";
    }
    err.flush();
    const int code = run_child(to.command, to.environment);
    if (to.clean_up) {
        to.clean_up();
    }
    return code;
}

}  // namespace tapes::app::run
