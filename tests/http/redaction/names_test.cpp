#include "redaction/names.hpp"

#include "redaction/head.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::http::redaction_names_test {

namespace http = tapes::http;
using http::field_kind;
using http::name_kind;

namespace {
const http::name_rules none;

bool is_redacted_field(std::string_view name) {
    return http::kind_of(name, true, none) != field_kind::plain;
}
}  // namespace

TEST_CASE("a header field of a request whose name has the shape of a credential is one") {
    for (const std::string name : {"Helicone-Auth",
                                   "CF-Access-Client-Secret",
                                   "CF-Access-Token",
                                   "cf-access-jwt-assertion",
                                   "x-portkey-virtual-key",
                                   "x-portkey-aws-secret-access-key",
                                   "x-portkey-aws-session-token",
                                   "x-portkey-azure-entra-client-secret",
                                   "x-portkey-api-key",
                                   "x-bf-vk",
                                   "X-GitHub-Token",
                                   "x-cindy-cc-session-token",
                                   "x-litellm-key",
                                   "x-litellm-api-key",
                                   "X-API-Token",
                                   "PRIVATE-TOKEN",
                                   "JOB-TOKEN",
                                   "X-Vault-Token",
                                   "X-Auth-Token",
                                   "X-Auth",
                                   "X-Goog-Authenticated-User-JWT",
                                   "X-JWT",
                                   "X-Password",
                                   "X-Passwd",
                                   "X-Credentials",
                                   "X-Hub-Signature-256",
                                   "X-Amz-Signature",
                                   "x_api_key",
                                   "X-Secret-Key",
                                   "secretKey",
                                   "x-mcp-github-authorization",
                                   "xi-api-key",
                                   "DD-APPLICATION-KEY",
                                   "x-functions-key",
                                   "aeg-sas-key",
                                   "x-serper-key",
                                   "X-CSRF-Token",
                                   "key",
                                   "apikey",
                                   "x-db-pwd"}) {
        CAPTURE(name);
        CHECK(is_redacted_field(name));
        CHECK(http::kind_of("x-plain", true, none) == field_kind::plain);
    }
}

TEST_CASE("names that only look like those of credentials are none") {
    for (const std::string name : {"Idempotency-Key",
                                   "X-Idempotency-Key",
                                   "Sec-WebSocket-Key",
                                   "Surrogate-Key",
                                   "X-Cache-Key",
                                   "cf-aig-cache-key",
                                   "x-bf-cache-key",
                                   "x-bf-api-key",
                                   "x-bf-api-key-id",
                                   "x-amz-key-id",
                                   "X-Amzn-Bedrock-Input-Token-Count",
                                   "x-amzn-bedrock-output-token-count",
                                   "x-ratelimit-limit-tokens",
                                   "x-ratelimit-remaining-tokens_usage_based",
                                   "x-ratelimit-reset-tokens",
                                   "anthropic-ratelimit-tokens-remaining",
                                   "anthropic-ratelimit-input-tokens-limit",
                                   "x-max-tokens",
                                   "x-token-limit",
                                   "Helicone-Token-Limit-Exception-Handler",
                                   "Authority",
                                   "X-Forwarded-Authority",
                                   "X-Author",
                                   "X-Author-Email",
                                   "x-tokenizer",
                                   "x-portkey-aws-access-key-id",
                                   "x-public-key",
                                   "x-monkey",
                                   "x-hotkey",
                                   "Accept",
                                   "User-Agent",
                                   "anthropic-version",
                                   "anthropic-beta",
                                   "OpenAI-Organization",
                                   "traceparent",
                                   "x-stainless-lang",
                                   "x-request-id",
                                   "originator",
                                   "session_id",
                                   "Content-Type"}) {
        CAPTURE(name);
        CHECK_FALSE(is_redacted_field(name));
    }
}

TEST_CASE("shapes count in requests alone, names in answers too") {
    CHECK(http::kind_of("x-some-token", false, none) == field_kind::plain);
    CHECK(http::kind_of("x-api-key", false, none) == field_kind::secret);
    CHECK(http::kind_of("Set-Cookie", false, none) == field_kind::set_cookie);
}

TEST_CASE("names that are added are known, those with a star are shapes") {
    const http::name_rules more{http::name_list{{"X-TenAnt", "x-corp-*"}, http::name_place::header},
                                http::name_list{{"tenant_pass", "corp*"}, http::name_place::member}};
    for (const bool in_request : {true, false}) {
        CHECK(http::kind_of("x-tenant", in_request, more) == field_kind::secret);
        CHECK(http::kind_of("X_Corp_Ticket", in_request, more) == field_kind::shaped);
        CHECK(http::kind_of("x-corp", in_request, more) == field_kind::plain);
    }
    CHECK(http::member_kind("tenantPass", more) == name_kind::named);
    CHECK(http::member_kind("corpTicket", more) == name_kind::shaped);
    CHECK(http::query_kind("tenant-pass", more) == name_kind::named);
    CHECK(http::form_kind("corp.ticket", more) == name_kind::shaped);
}

TEST_CASE("members of bodies are known or have the shape of a credential") {
    for (const std::string name :
         {"api_key", "apiKey", "x-api-key", "access_token", "accessToken", "id_token", "client_secret",
          "aws_secret_access_key", "secretAccessKey", "sessionToken", "Authorization", "authorization_token",
          "encoded_api_key", "connection_string", "privateKey", "private_key", "password"}) {
        CAPTURE(name);
        CHECK(http::member_kind(name, none) == name_kind::named);
    }
    for (const std::string name :
         {"langfuse_secret_key", "vertex_credentials", "openrouter_api_key", "virtual_key",
          "mongo_connection_string", "webhook_secret", "hf_token", "Cookie", "Helicone-Auth",
          "OPENAI_API_KEY", "db_passwd", "jwt", "accessKey", "tokens_cookie"}) {
        CAPTURE(name);
        CHECK(http::member_kind(name, none) == name_kind::shaped);
    }
    for (const std::string name : {"token",
                                   "signature",
                                   "thought_signature",
                                   "thoughtSignature",
                                   "prompt_cache_key",
                                   "promptCacheKey",
                                   "max_tokens",
                                   "maxTokens",
                                   "max_completion_tokens",
                                   "token_type",
                                   "stop_token",
                                   "eos_token",
                                   "tokenizer",
                                   "author",
                                   "authors",
                                   "idempotency_key",
                                   "key",
                                   "key_id",
                                   "private_key_id",
                                   "auth_type",
                                   "access_key_id",
                                   "safety_identifier",
                                   "previous_response_id",
                                   "string",
                                   "query_string",
                                   "monkey"}) {
        CAPTURE(name);
        CHECK(http::member_kind(name, none) == name_kind::plain);
    }
}

TEST_CASE("parameters of queries and forms are known or have the shape of a credential") {
    for (const std::string name : {"key", "api_key", "apiKey", "api_token", "access-token", "access_token",
                                   "x-api-key", "X-Goog-Signature", "X-Amz-Security-Token",
                                   "Ocp-Apim-Subscription-Key", "subscription-key", "sig"}) {
        CAPTURE(name);
        CHECK(http::query_kind(name, none) == name_kind::named);
    }
    for (const std::string name :
         {"code", "auth", "X-Amz-Credential", "X-Goog-Credential", "hf_token", "jwt"}) {
        CAPTURE(name);
        CHECK(http::query_kind(name, none) == name_kind::shaped);
    }
    for (const std::string name :
         {"page_token", "nextPageToken", "max_tokens", "api-version", "token_type", "beta"}) {
        CAPTURE(name);
        CHECK(http::query_kind(name, none) == name_kind::plain);
    }
    CHECK(http::form_kind("code_verifier", none) == name_kind::named);
    CHECK(http::form_kind("bot_token", none) == name_kind::shaped);
    CHECK(http::form_kind("grant_type", none) == name_kind::plain);
}

TEST_CASE("a shape covers what its stars leave open") {
    CHECK(http::matches_shape("*", ""));
    CHECK(http::matches_shape("a*c", "abbc"));
    CHECK(http::matches_shape("*token*", "x-token-a"));
    CHECK(http::matches_shape("*ab", "aab"));
    CHECK_FALSE(http::matches_shape("a*c", "abcd"));
    CHECK_FALSE(http::matches_shape("", "a"));
    CHECK_FALSE(http::matches_shape("ab", "a"));
}

}  // namespace tapes::http::redaction_names_test
