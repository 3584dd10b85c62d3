#pragma once

#include <string>
#include <string_view>

namespace tapes::record {

/// Who asked, as far as the head of a request tells. It is metadata of the exchange: only an agent that is
/// named by a path prefix or by X-Tapes-Agent-Name is hashed.
struct speaker {
    std::string agent;     ///< the program: "claude-code", "codex", …; "" where it is not known
    std::string client;    ///< the library or program that sent the request: "openai-python", "curl", …
    std::string agent_id;  ///< of a sub-agent, as Claude Code names it
    std::string parent_agent_id;  ///< of the agent that started it
    std::string parent_session;   ///< the session that started this one
};

/// Reads who asked from a request's head (`originator`, `User-Agent`, the ids of Claude Code and OpenCode),
/// by the tables in the source file. A library that is in none is named by the first product of its
/// User-Agent. Every text is valid UTF-8 and short. Pure.
speaker speaker_of(std::string_view request_head);

}  // namespace tapes::record
