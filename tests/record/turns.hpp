#pragma once

#include "store/support.hpp"
#include "support.hpp"
#include "turn_maker.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record::test {

struct api_case {
    std::string path;
    std::string provider;
};

inline const api_case messages_api{"/v1/messages", "anthropic"};
inline const api_case chat_api{"/v1/chat/completions", "openai"};
inline const api_case responses_api{"/v1/responses", "openai"};
inline const api_case ollama_chat_api{"/api/chat", "ollama"};
inline const api_case ollama_generate_api{"/api/generate", "ollama"};

/// A store, a maker with a view of it, and one turn after the other.
class recording {
public:
    explicit recording(settings options = {}) : store{file}, maker{options, redaction_key} {
        earlier.emplace(file.path(), store.out);
    }

    std::unique_ptr<store::entry> make(const api_case& api, std::string_view request, std::string_view answer,
                                       bool with_earlier = true) {
        auto ended = chat(request, answer);
        ended->path = ended->target = api.path;
        ended->provider = api.provider;
        return maker.make(std::move(ended), with_earlier ? &*earlier : nullptr);
    }

    /// Records it; the hash of its answer.
    merkle::digest turn(const api_case& api, std::string_view request, std::string_view answer) {
        auto made = make(api, request, answer);
        REQUIRE(made->dropped == capture::drop_reason::none);
        const auto head = head_of(*made);
        above = made->above ? made->above->id : 0;
        added = made->nodes.size();
        pieces = made->wire.pieces;
        REQUIRE(store.commit(std::move(made)));
        return head;
    }

    static merkle::digest head_of(const store::entry& entry) {
        for (const auto& one : entry.nodes) {
            if (one.choice == 0) {
                return one.node.position.hash;
            }
        }
        return {};
    }

    std::int64_t count(const std::string& sql) const { return store::test::number(file.path(), sql); }
    std::int64_t forks() const {
        return count(
            "SELECT count(*) FROM (SELECT parent FROM node WHERE parent IS NOT NULL GROUP BY parent"
            " HAVING count(*) > 1)");
    }

    store::test::temporary_store file;
    store::test::open_store store;
    turn_maker maker;
    std::optional<earlier_turns> earlier;
    std::int64_t above = 0;  ///< of the last turn
    std::size_t added = 0;   ///< nodes that its entry held
    std::vector<store::piece_chain> pieces;
};

inline std::string user(const std::string& text) {
    return R"({"role":"user","content":")" + text + R"("})";
}
inline std::string assistant(const std::string& text) {
    return R"({"role":"assistant","content":")" + text + R"("})";
}
inline std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all.append(all.empty() ? "" : ",").append(part);
    }
    return all;
}
inline std::string request(const std::vector<std::string>& messages, const std::string& more = "") {
    return R"({"model":"gpt-4o","tools":[{"type":"function","function":{"name":")" + std::string(400, 't') +
           R"("}}],"messages":[)" + joined(messages) + "]" + more + "}";
}

inline std::string claude(const std::string& blocks) {
    return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)" + blocks +
           R"(],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}})";
}
inline std::string thinking(const std::string& text) {
    return R"({"type":"thinking","thinking":")" + text + R"(","signature":"c2ln"})";
}
inline std::string text_block(const std::string& text) {
    return R"({"type":"text","text":")" + text + R"("})";
}
inline std::string assistant_blocks(const std::string& blocks) {
    return R"({"role":"assistant","content":[)" + blocks + "]}";
}
inline std::string ask_claude(const std::vector<std::string>& messages,
                              const std::string& system = "Be brief.") {
    return R"({"model":"claude","max_tokens":9,"system":")" + system + R"(","messages":[)" +
           joined(messages) + "]}";
}

}  // namespace tapes::record::test
