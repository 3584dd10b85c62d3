#include <tapes/http/redaction.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::http::redaction_places_test {

namespace http = tapes::http;
using http::body_format;

namespace {
const http::redactor& subject() {
    static const http::redactor one{std::string_view{"0123456789abcdef0123456789abcdef"}};
    return one;
}
std::string t(std::string_view value) {
    return subject().token(value);
}
std::string replaced(std::string text, std::string_view from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}
}  // namespace

TEST_CASE("a member of a body that is a credential is replaced at any depth, and its like elsewhere is not") {
    // SECRET stands where a credential does.
    const std::vector<std::string> bodies{
        R"({"user_config":{"model_list":[{"model_name":"m","litellm_params":{"model":"m","api_key":"SECRET"}}]}})",
        R"({"model":"bedrock/x","aws_access_key_id":"AKIA","aws_secret_access_key":"SECRET"})",
        R"({"vertex_credentials":"SECRET","messages":[]})",
        R"({"vertex_credentials":{"type":"service_account","private_key_id":"i","private_key":"SECRET"}})",
        R"({"data_sources":[{"type":"azure_search","parameters":{"endpoint":"https:\/\/e","authentication":)"
        R"({"type":"api_key","key":"SECRET"},"embedding_dependency":{"type":"endpoint",)"
        R"("authentication":{"type":"api_key","key":"SECRET"}}}}]})",
        R"({"data_sources":[{"type":"elasticsearch","parameters":{"authentication":{"type":"encoded_api_key",)"
        R"("encoded_api_key":"SECRET"}}}]})",
        R"({"data_sources":[{"parameters":{"authentication":{"type":"access_token","access_token":"SECRET"}}}]})",
        R"({"data_sources":[{"parameters":{"authentication":{"type":"connection_string",)"
        R"("connection_string":"SECRET"}}}]})",
        R"({"data_sources":[{"parameters":{"authentication":{"type":"key_and_key_id","key":"SECRET","key_id":"i"}}}]})",
        R"({"dataSources":[{"type":"AzureCognitiveSearch","parameters":{"endpoint":"e","key":"SECRET"}}]})",
        R"({"providerOptions":{"gateway":{"byok":{"anthropic":[{"apiKey":"SECRET"}],"vertex":[{"project":"p",)"
        R"("googleCredentials":{"privateKey":"SECRET","clientEmail":"e"}}],"bedrock":[{"accessKeyId":"a",)"
        R"("secretAccessKey":"SECRET"}]}}}})",
        R"({"extra_headers":{"Authorization":"SECRET","X-Title":"t"},"extra_body":{"a":[[{"b":{"token":"t",)"
        R"("hf_token":"SECRET"}}]]}})",
        R"({"metadata":{"langfuse_secret_key":"SECRET","langfuse_public_key":"pk","user_id":"u"}})",
        R"({"litellm_credentials":["x"],"api_keys":["SECRET"],"secrets":{"FOO":"SECRET"}})",
        R"({"tools":[{"type":"shell","environment":{"type":"container_auto","network_policy":{"type":"allowlist",)"
        R"("allowed_domains":["a.test"],"domain_secrets":[{"domain":"a.test","name":"KEY","value":"SECRET"}]}}}]})",
        R"({"tools":[{"type":"code_interpreter","container":{"type":"auto","network_policy":{)"
        R"("domain_secrets":[{"value":"SECRET"}]}},"headers":{"A":"b"},"authorization":"c"}]})",
        R"({"type":"response.create","response":{"tools":[{"type":"mcp","authorization":"SECRET"}]}})",
        R"({"tools":[{"googleMaps":{"authConfig":{"apiKey":"SECRET"}}}]})",
        R"({"tools":[{"googleMaps":{"authConfig":{"authType":"API_KEY_AUTH","apiKeyConfig":{"name":"key",)"
        R"("apiKeyString":"SECRET"}},"enableWidget":true}}]})",
        R"({"tools":[{"googleMaps":{"authConfig":{"oauthConfig":{"accessToken":"SECRET"}}}}]})",
        R"({"tools":[{"google_maps":{"auth_config":{"api_key_config":{"api_key_string":"SECRET"}}}}]})",
        R"({"tools":[{"retrieval":{"externalApi":{"apiSpec":"ELASTIC_SEARCH","endpoint":"https://e",)"
        R"("apiAuth":{"apiKeyConfig":{"apiKeyString":"SECRET"}}}}}]})",
        R"({"tools":[{"retrieval":{"externalApi":{"authConfig":{"apiKeyConfig":{"apiKeyString":"SECRET"}}}}}]})",
        R"({"tools":[{"retrieval":{"external_api":{"api_auth":{"api_key_config":{"api_key_string":"SECRET"}}}}}]})",
        R"({"tools":[{"parallelAiSearch":{"apiKey":"SECRET"}},{"exa_ai_search":{"api_key":"SECRET"}}]})",
        R"({"tools":[{"functionDeclarations":[{"name":"f","parameters":{}}]},{"mcpServers":[{"name":"n",)"
        R"("streamableHttpTransport":{"url":"https://h/?token=SECRET","timeout":"5s","headers":)"
        R"({"Authorization":"SECRET","Accept":"a"}}}]}]})",
        R"({"tools":[{"mcp_servers":[{"streamable_http_transport":{"headers":{"Authorization":"SECRET"}}}]}]})",
        R"({"setup":{"tools":[{"googleMaps":{"authConfig":{"apiKey":"SECRET"}}}]}})",
        R"({"mcpServers":[{"url":"https://h","headers":{"Authorization":"SECRET"}}]})",
        R"({"connector":{"apiKeyString":"SECRET"}})",
        R"({"api_base":"https://SECRET@h/v1","webhook_url":"https://h/?token=SECRET&x=1"})",
        R"({"mcp_servers":[{"url":"https://h","headers":{"Authorization":"SECRET","Accept":"a"}}]})",
    };
    for (const auto& body : bodies) {
        CAPTURE(body);
        for (const std::string secret : {"short", "a-long-secret-value-0123456789"}) {
            const auto with = [&](const std::string& value) { return replaced(body, "SECRET", value); };
            const auto once = subject().redact_body(with(secret), {}, body_format::json);
            CHECK(once == with(t(secret)));
            CHECK_FALSE(subject().redact_body(*once, {}, body_format::json));
            CHECK(subject().redact_body("data: " + with(secret) + "\n\n", {}, body_format::lines) ==
                  "data: " + with(t(secret)) + "\n\n");
        }
    }
}

TEST_CASE("a member that is a credential is found below any number of others") {
    for (const int depth : {63, 64, 65, 500, 1000}) {
        std::string before;
        std::string after;
        for (int i = 0; i < depth; ++i) {
            before += i % 2 == 0 ? R"({"a":)" : "[";
            after.insert(0, i % 2 == 0 ? "}" : "]");
        }
        const auto body = [&](const std::string& value) {
            return before + R"({"api_key":")" + value + "\"}" + after;
        };
        CAPTURE(depth);
        CHECK(subject().redact_body(body("q"), {}, body_format::json) == body(t("q")));
    }
}

TEST_CASE("in messages, tools and schemas nothing is a credential by its name") {
    for (
        const std::string body : {
            R"({"messages":[{"role":"user","content":[{"type":"text","api_key":"x"}]}]})",
            R"({"input":[{"type":"function_call","arguments":{"password":"x"}}],"instructions":{"token":"x"}})",
            R"({"system":[{"type":"text","text":"t","auth":"x"}],"prompt":{"variables":{"api_key":"x"}}})",
            R"({"tools":[{"type":"function","function":{"parameters":{"properties":{"api_key":{"type":"string"}}},)"
            R"("api_key":"x"}},{"name":"t","input_schema":{"api_key":"x"}},{"type":"custom","api_key":"x"}]})",
            R"({"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":)"
            R"({"apiKey":{"type":"STRING"},"authConfig":{"apiKey":"x"}},"example":{"authConfig":{"apiKey":"x"}}},)"
            R"("parametersJsonSchema":{"default":{"authConfig":{"apiKey":"x"}}}}]}]})",
            R"({"tools":[{"function_declarations":[{"response":{"example":{"auth_config":{"api_key":"x"}}}}]}]})",
            R"({"toolConfig":{"tools":[{"toolSpec":{"inputSchema":{"json":{"default":{"authConfig":{"apiKey":"x"}}}}}}]}})",
            R"({"tools":[{"type":"function","name":"f","parameters":{"default":{"authConfig":{"apiKey":"x"}}}}]})",
            R"({"response_format":{"type":"json_schema","json_schema":{"schema":{"password":"x"}}}})",
            R"({"text":{"format":{"type":"json_schema","schema":{"api_key":"x"}}}})",
            R"({"format":{"type":"object","properties":{"api_key":{"type":"string","secret":"x"}}}})",
            R"({"functions":[{"name":"f","parameters":{"token":"x"}}],"function_call":{"token":"x"}})",
            R"({"choices":[{"message":{"content":"c","api_key":"x"},"logprobs":{"content":[{"token":"x"}]}}]})",
            R"({"type":"message","content":[{"type":"tool_use","input":{"password":"x"}}]})",
            R"({"type":"content_block_delta","delta":{"type":"signature_delta","signature":"x"}})",
            R"({"type":"response.output_item.done","item":{"type":"mcp_call","arguments":{"token":"x"}}})",
            R"({"response":{"output":[{"type":"message","token":"x"}]},"usage":{"token_type":"x"}})",
            R"({"copilot_usage":{"token_details":[{"token_type":"input"}]},"stop_tokens":["x"],"keys":["x"]})",
            R"({"prompt_cache_key":"k","max_tokens":5,"tokenizer":"x","author":"x","key":"x","token":"x"})",
            R"({"user_config":{"messages":[{"api_key":"x"}],"schema":{"api_key":"x"}}})",
        }) {
        CAPTURE(body);
        CHECK_FALSE(subject().redact_body(body, {}, body_format::json));
    }
}

TEST_CASE("a value that is matched by its shape is replaced where it stands, a named one wherever it does") {
    const auto say = [](const std::string& member, const std::string& value, const std::string& mark,
                        const std::string& said) {
        const auto body = [&](const std::string& one, const std::string& two) {
            return R"({")" + member + R"(":")" + one + R"(","messages":[{"content":"it is )" + two +
                   R"("}]})";
        };
        std::vector<std::string> named;
        CHECK(subject().redact_body(body(value, value), {}, body_format::json, &named) == body(mark, said));
        return named;
    };
    const std::string secret = "sk-0123456789abcdef";
    CHECK(say("api_key", secret, t(secret), t(secret)) == std::vector<std::string>{secret});
    CHECK(say("virtual_key", secret, t(secret), secret).empty());
    for (const std::string harmless :
         {"fifteen-letters", "os.environ/OPENAI_API_KEY", "${OPENAI_API_KEY_OF_MINE}",
          "your-api-key-goes-here", "1234567890123456789", "2026-11-28T21:00:00Z",
          "Sat, 28 Nov 2026 21:00:00 GMT", "12345678-1234-1234-1234-1234567890ab",
          "3.14159265358979323846"}) {
        CAPTURE(harmless);
        CHECK(say("api_key", harmless, t(harmless), harmless).empty());
        CHECK(http::collect_credentials("GET / HTTP/1.1\r\nX-Api-Key: " + harmless + "\r\n").empty());
    }
}

TEST_CASE("of a head only named fields are collected, however many there are") {
    const auto found = [](const std::string& fields) {
        return http::collect_credentials("GET / HTTP/1.1\r\n" + fields);
    };
    CHECK(found("Helicone-Auth: Bearer sk-0123456789abcdef\r\nx-bf-vk: sk-0123456789abcdef\r\n").empty());
    CHECK(found("x-portkey-config: {\"api_key\":\"sk-0123456789abcdef\"}\r\n") ==
          std::vector<std::string>{"sk-0123456789abcdef"});
    std::string many;
    for (int i = 0; i < 2000; ++i) {
        many += "Cookie: c=cookie-with-many-letters-" + std::to_string(i) +
                "\r\nX-Api-Key: key-with-many-letters-" + std::to_string(i) + "\r\n";
    }
    CHECK(found(many + "Authorization: Bearer last\r\n").size() == 128);
}

TEST_CASE("fields of a head are replaced by shape, in JSON and in URLs") {
    std::string head =
        "POST /x HTTP/1.1\r\nHelicone-Auth: Bearer hel-1\r\nX-Some-Secret: two words\r\n"
        "x-portkey-config: {\"provider\":\"openai\",\"api_key\":\"pk-1\"}\r\n"
        "Helicone-Target-URL: https://u:p@h/?api_token=q&b=1\r\nIdempotency-Key: idem\r\n"
        "User-Agent: x (+https://h/a?b=1)\r\n\r\n";
    const auto expected = "POST /x HTTP/1.1\r\nHelicone-Auth: Bearer " + t("hel-1") +
                          "\r\nX-Some-Secret: " + t("two words") +
                          "\r\nx-portkey-config: {\"provider\":\"openai\",\"api_key\":\"" + t("pk-1") +
                          "\"}\r\nHelicone-Target-URL: https://" + t("u:p") + "@h/?api_token=" + t("q") +
                          "&b=1\r\nIdempotency-Key: idem\r\nUser-Agent: x (+https://h/a?b=1)\r\n\r\n";
    subject().redact_head(head);
    CHECK(head == expected);
    subject().redact_head(head);
    CHECK(head == expected);
}

TEST_CASE("credentials are found percent-encoded in paths, heads and forms") {
    const std::vector<std::string> keys{"sk/0123+456789=abc"};
    CHECK(subject().without("/a/sk%2F0123%2B456789%3Dabc/b", keys) == "/a/" + t(keys[0]) + "/b");
    CHECK(subject().without("/a/%73k/0123%2b456789=abc", keys) == "/a/" + t(keys[0]));
    CHECK(subject().without("/a/sk%2F0123", keys) == "/a/sk%2F0123");
    std::string head = "GET /sk%2F0123%2B456789%3Dabc HTTP/1.1\r\nX: sk%2F0123%2B456789%3Dabc\r\n";
    subject().redact_head(head, keys);
    CHECK(head == "GET /" + t(keys[0]) + " HTTP/1.1\r\nX: " + t(keys[0]) + "\r\n");
    CHECK(subject().redact_body("a=sk%2F0123%2B456789%3Dabc&b=c", keys, body_format::form) ==
          "a=" + t(keys[0]) + "&b=c");
}

TEST_CASE("a name that holds a credential is no credential's once that is replaced") {
    const std::string key(100, '\xff');
    for (const std::string& name :
         {key + "?my_key", key + "hu4ting" + key + "a_token", "auth" + key + "-cookie"}) {
        for (const auto format : {body_format::form, body_format::json}) {
            const auto body = format == body_format::form ? name + "=value" : "{\"" + name + "\":\"value\"}";
            const auto once = subject().redact_body(body, {key}, format);
            REQUIRE(once);
            CHECK_FALSE(subject().redact_body(*once, {key}, format));
        }
    }
}

TEST_CASE("the user info of a URL is known in each form in which it may come back") {
    const std::string info = "bob:pass/word-0123456789";
    const auto forms = http::credentials_of_user_info(info);
    const http::redactor with{"key", {{}, {}, forms}};
    const auto found = with.credentials_of("GET / HTTP/1.1\r\n");
    for (const std::string form : {"bob:pass/word-0123456789", "pass/word-0123456789",
                                   "pass%2Fword-0123456789", "Ym9iOnBhc3Mvd29yZC0wMTIzNDU2Nzg5"}) {
        CAPTURE(form);
        CHECK(std::find(found.begin(), found.end(), form) != found.end());
    }
}

}  // namespace tapes::http::redaction_places_test
