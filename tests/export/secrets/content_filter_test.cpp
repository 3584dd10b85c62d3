#include "secrets/content_filter.hpp"

#include "secret_shapes.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace content_filter_test {

using namespace tapes::exports;
using nlohmann::ordered_json;

TEST_CASE("secrets are taken out of every string of a content, at any depth") {
    for (const auto& one : export_test::all_planted(9)) {
        CAPTURE(one.kind);
        ordered_json blocks = ordered_json::array();
        blocks.push_back({{"type", "text"}, {"text", "see " + one.text}});
        blocks.push_back({{"type", "tool_use"}, {"tool_input", {{"a", {1, {{"b", one.text}}}}}}});
        blocks.push_back({{"type", "tool_result"}, {"tool_output", one.text}});
        blocks.push_back({{"type", "thinking"}, {"thinking", one.text}});
        blocks.push_back({{"type", "custom"}, {"raw", {{one.text, one.text}}}});
        secret_filter secrets;
        CHECK(filter_content(blocks, secrets, "node 0"));
        CHECK(blocks.dump().find(ordered_json(one.secret).dump().substr(1, 20)) == std::string::npos);
        CHECK(secrets.report().kinds.at(one.kind) >= 5);
    }
}

TEST_CASE("a content without secrets stays as it is, and so do images") {
    export_test::characters r{5};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    auto blocks =
        ordered_json::parse(R"([{"type":"text","text":"a"},{"type":"x","raw":{"n":1e21,"b":[true,null]}}])");
    blocks.push_back({{"type", "image"}, {"media_type", "image/png"}, {"image_base64", key}});
    const auto before = blocks;
    secret_filter secrets;
    CHECK(!filter_content(blocks, secrets, "node 0"));
    CHECK(blocks == before);
}

TEST_CASE("plain text that stands in the place of a document's data is looked through") {
    struct data_case {
        const char *type, *media_type;
        bool looked_through;
    };
    for (const auto& one : export_test::all_planted(14)) {
        for (const auto& [type, media_type, looked_through] :
             {data_case{"document", "text/plain", true}, data_case{"document", "text/markdown", true},
              data_case{"file", "text/plain", true}, data_case{"document", "", true},
              data_case{"image", "image/png", false}}) {
            CAPTURE(one.kind, type, media_type);
            auto blocks = ordered_json::array();
            blocks.push_back(
                {{"type", type}, {"media_type", media_type}, {"image_base64", "see this: " + one.text}});
            secret_filter secrets;
            CHECK(filter_content(blocks, secrets, "node 0") == looked_through);
            const auto& data = blocks[0]["image_base64"].get_ref<const std::string&>();
            CHECK((data.find(one.secret) == std::string::npos) == looked_through);
        }
    }
}

TEST_CASE("members that name secrets, and neighbours that share one") {
    export_test::characters r{6};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    ordered_json blocks = ordered_json::array();
    blocks.push_back({{"type", "text"}, {"text", key.substr(0, 15)}});
    blocks.push_back({{"type", "text"}, {"text", key.substr(15)}});
    blocks.push_back({{"type", "tool_use"},
                      {"tool_input",
                       {{"password",
                         "hunter2"
                         "!"}}}});
    secret_filter secrets;
    CHECK(filter_content(blocks, secrets, "node 0"));
    CHECK(blocks[0]["text"] == "[redacted: github-token]");
    CHECK(blocks[1]["text"] == "");
    CHECK(blocks[2]["tool_input"]["password"] == "[redacted: assigned-secret]");
    CHECK(secrets.take_least_bits() == 0);
}

}  // namespace content_filter_test
