#include "prices/model_name.hpp"

#include <catch2/catch.hpp>

namespace tapes::read::model_name_test {

TEST_CASE("a model has the name that its maker gave it, whatever gateways and clouds put around it") {
    struct row {
        const char* written;
        const char* plain;
    };
    for (const auto& [written, plain] : {
             row{"claude-sonnet-4-5", "claude-sonnet-4-5"},
             row{"GPT-5", "gpt-5"},
             row{"anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"},
             row{"openrouter/anthropic/claude-opus-4.6", "claude-opus-4-6"},
             row{"openai/gpt-5.1", "gpt-5.1"},
             row{"azure/gpt-5-2025-08-07", "gpt-5-2025-08-07"},
             row{"us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"},
             row{"bedrock/converse/eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"},
             row{"anthropic.claude-haiku-5-5", "claude-haiku-5-5"},
             row{"global.anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4-5-20251101"},
             row{"arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0",
                 "claude-3-5-haiku-20241022"},
             row{"vertex_ai/claude-opus-4-1@20250805", "claude-opus-4-1-20250805"},
             row{"publishers/anthropic/models/claude-sonnet-4@20250514", "claude-sonnet-4-20250514"},
             row{"claude-opus-4-8@default", "claude-opus-4-8"},
             row{"claude-opus-4-6[1m]", "claude-opus-4-6"},
             // What is not known stays.
             row{"someone/gpt-5", "someone/gpt-5"},
             row{"ft:gpt-4o-2024-08-06:org::id", "ft:gpt-4o-2024-08-06:org::id"},
             row{"llama3.2:3b", "llama3.2:3b"},
             row{"us.meta.llama3-1-8b-instruct-v1:0", "us.meta.llama3-1-8b-instruct-v1:0"},
             row{"gpt-4.1", "gpt-4.1"},
             row{"anthropic.claude-2.1-v:", "claude-2-1-v:"},
             row{"anthropic/", ""},
             row{"", ""},
         }) {
        CAPTURE(written);
        CHECK(plain_model_name(written) == plain);
    }
}

TEST_CASE("a star in a pattern stands for any characters") {
    CHECK(model_matches("gpt-5-20*", "gpt-5-2025-08-07"));
    CHECK_FALSE(model_matches("gpt-5-20*", "gpt-5-mini-2025-08-07"));
    CHECK_FALSE(model_matches("gpt-5", "gpt-5-mini"));
    CHECK(model_matches("*mini*07", "gpt-5-mini-2025-08-07"));
    CHECK(model_matches("*", ""));
    CHECK_FALSE(model_matches("", "a"));
    CHECK(model_matches("a**b", "ab"));
    CHECK_FALSE(model_matches("a*b*c", "a-b-d"));
}

}  // namespace tapes::read::model_name_test
