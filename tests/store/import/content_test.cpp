#include "import/content.hpp"

#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/dropped.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::store::import_content_test {

namespace {

struct kind {
    const char* provider;
    const char* role;
    const char* content;
    const char* match;  ///< content of which the match is made
};

const std::vector<kind>& kinds() {
    static const std::vector<kind> all{
        {"openai", "user", R"([{"type":"text","text":"q"}])", R"([{"type":"text","text":"q"}])"},
        {"openai", "assistant", R"([{"type":"thinking"},{"type":"text","text":"a"}])",
         R"([{"type":"text","text":"a"}])"},
        {"anthropic", "assistant",
         R"([{"type":"redacted_thinking"},{"type":"reasoning"},{"type":"refusal"}])", "[]"},
        {"anthropic", "assistant",
         R"([{"type":"text","text":"\n\n"},{"type":"tool_use","tool_name":"f","tool_use_id":"t"}])",
         R"([{"type":"tool_use","tool_name":"f","tool_use_id":"t"}])"},
        {"openai", "assistant", R"([{"type":"text","text":"\n\n"}])", "[]"},
        {"openai", "user", R"([{"type":"text","text":"\n\n"}])", R"([{"type":"text","text":"\n\n"}])"},
        {"openai", "assistant",
         R"([{"type":"compaction","raw":{"type":"compaction","encrypted_content":"x"}}])", "[]"},
        {"anthropic", "system", R"([{"type":"text","text":"Be brief.\ngitStatus: clean"}])",
         R"([{"type":"text","text":"Be brief."}])"},
        {"anthropic", "assistant",
         R"([{"type":"server_tool_use","tool_use_id":"t","tool_name":"f","tool_input":{"a":1}}])",
         R"([{"type":"server_tool_use","tool_use_id":"t","tool_name":"f"}])"},
        {"openai", "user", R"([{"type":"image","image_url":"http://x"}])",
         R"([{"type":"image","image_url":"http://x"}])"},
        {"openai", "assistant", R"([{"type":"text","text":"a"},{"type":"image","image_url":"http://x"}])",
         R"([{"type":"text","text":"a"}])"},
        {"anthropic", "assistant",
         R"([{"type":"tool_use","tool_use_id":"t","tool_name":"f","tool_input":{"a":1}}])",
         R"([{"type":"tool_use","tool_use_id":"t","tool_name":"f","tool_input":{"a":1}}])"},
        {"anthropic", "user",
         R"([{"type":"tool_result","tool_result_id":"t","tool_output":"r","is_error":true}])",
         R"([{"type":"tool_result","tool_result_id":"t","tool_output":"r","is_error":true}])"},
        {"openai", "assistant",
         R"([{"type":"text","text":"a"},{"type":"annotation"},{"type":"audio_data","text":"b"},{"type":"citations"},{"type":"web_search_call"}])",
         R"([{"type":"text","text":"a"}])"},
    };
    return all;
}

}  // namespace

TEST_CASE("an imported node has the match that its recorder would have given it") {
    for (const auto& kind : kinds()) {
        INFO(kind.provider << " " << kind.role << " " << kind.content);
        reference_node from;
        from.role = kind.role;
        from.content = kind.content;
        from.identity = {"m", kind.provider, ""};
        const auto hash = merkle::hash_stored({}, from.identity, from.role, from.content);
        REQUIRE(hash);
        const auto made = make_reference_node({}, from, *hash);
        REQUIRE(made);
        CHECK(made->position.hash == *hash);
        CHECK(made->position.match == merkle::hash_stored({}, from.identity, from.role, kind.match));
        CHECK(merkle::hash_stored({}, from.identity, from.role, made->content) == *hash);
    }
}

TEST_CASE("an imported node whose fields are not known has its parent's difference all the same") {
    reference_node from;
    from.role = "user";
    from.content = R"([{"type":"text","text":"q","extra":1}])";
    from.identity = {"m", "openai", ""};
    const merkle::link parent{{1}, {2}};
    const auto hash = merkle::hash_stored(parent.hash, from.identity, from.role, from.content);
    const auto made = make_reference_node(parent, from, hash.value());
    REQUIRE(made);
    CHECK(made->position.match == merkle::hash_stored(parent.match, from.identity, from.role, from.content));
}

}  // namespace tapes::store::import_content_test
