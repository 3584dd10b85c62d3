#include "secret_shapes.hpp"

#include <tapes/export/secret_filter.hpp>
#include <tapes/export/secrets.hpp>
#include <tapes/text/json_string.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace secrets_test {

using namespace tapes::exports;
using export_test::all_planted;
using export_test::characters;

std::string cleaned(std::string_view text) {
    secret_filter filter;
    return filter.text(text, "here");
}

TEST_CASE("secrets of every kind are found, whatever stands around them") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        for (const auto& one : all_planted(seed)) {
            for (const auto& [before, behind] : {std::pair{"", ""},
                                                 {"see ", " there"},
                                                 {"(", ")"},
                                                 {"\n", "\n"},
                                                 {"a=1;", "\t"},
                                                 {"```\n", "\n```"},
                                                 {"x: ", "."}}) {
                const auto text = before + one.text + behind;
                CAPTURE(one.kind, text);
                secret_filter filter;
                const auto made = filter.text(text, "block 1");
                CHECK(made.find(one.secret) == std::string::npos);
                CHECK(filter.report().kinds.contains(one.kind));
            }
        }
    }
}

TEST_CASE("every kind has a secret that is planted, or is of a provider that is told by its prefix alone") {
    const auto planted = all_planted();
    std::vector<std::string_view> without;
    for (const auto kind : secret_kinds()) {
        if (std::ranges::none_of(planted, [kind](const auto& one) { return one.kind == kind; })) {
            without.push_back(kind);
        }
    }
    CHECK(without.size() <= 25);
}

TEST_CASE("secrets are found in JSON whatever escapes hide them") {
    for (const auto& one : all_planted(7)) {
        CAPTURE(one.kind, one.text);
        std::string plain;
        tapes::text::append_json_string(plain, "before\n" + one.text + "\nbehind");
        std::string numbered = "\"";
        for (const char c : one.text) {
            constexpr const char* digits = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            numbered += std::string{"\\u00"} + digits[byte >> 4U] + digits[byte & 15U];
        }
        numbered += "\"";
        for (const auto& string : {plain, numbered}) {
            secret_filter filter;
            const auto made = filter.json("{\"command\":[" + string + "]}", "arguments");
            std::string said;
            REQUIRE(tapes::text::decode_json_string(std::string_view{made}.substr(12), said) != 0);
            CHECK(said.find(one.secret) == std::string::npos);
            CHECK(filter.report().kinds.contains(one.kind));
        }
        // JSON that is text, as tools put it out.
        std::string twice;
        tapes::text::append_json_string(twice, plain);
        CHECK(cleaned(plain).find(one.secret) == std::string::npos);
    }
}

TEST_CASE("colours and other control sequences of terminals hide no secret") {
    struct shape {
        const char* name;
        std::string before, behind;
    };
    const std::vector<shape> shapes{
        {"SGR", "token: \x1b[31m", "\x1b[0m"},
        {"grep", ".env:\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"},
        {"behind a word", "token\x1b[1m", "\x1b[22m"},
        {"true colours", "\x1b[38:2:255:0:0m", "\x1b[39m"},
        {"tput sgr0", "a \x1b(B\x1b[m", "\x1b(B\x1b[m"},
        {"link", "\x1b]8;;http://a/b\x1b\\", "\x1b]8;;\x1b\\"},
        {"JSON that is text", "x \\u001b[31m", "\\u001b[0m"},
        {"JSON within JSON", "x \\\\u001b[31m", "\\\\u001b[0m"},
        {"source text", "x \\x1b[31m", "\\x1b[0m"},
        {"octal", "x \\033[31m", "\\033[0m"},
        {"echo -e", "x \\e[31m", "\\e[0m"},
        {"cat -v", "x ^[[31m", "^[[0m"},
        {"ESC lost", "x [01;31m[K", "[m[K"},
    };
    for (const auto& one : all_planted(8)) {
        for (const auto& [name, before, behind] : shapes) {
            const auto text = before + one.text + behind;
            CAPTURE(name, one.kind, text);
            secret_filter filter;
            CHECK(filter.text(text, "x").find(one.secret) == std::string::npos);
            CHECK(filter.report().kinds.contains(one.kind));
        }
    }
}

TEST_CASE("control sequences within an assignment, or within a secret, part nothing") {
    characters r{12};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    const std::string password = "Hunter2Hunter2x";
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {"\x1b[32mAPI_TOKEN\x1b[0m=\x1b[33m" + r.alnum(32) + "\x1b[0m",
              "\x1b[32mAPI_TOKEN\x1b[0m=\x1b[33m[redacted: assigned-secret]\x1b[0m"},
             {"\x1b[32mDB_PASSWORD\x1b[0m=\x1b[33m" + password + "\x1b[0m\n",
              "\x1b[32mDB_PASSWORD\x1b[0m=\x1b[33m[redacted: assigned-secret]\x1b[0m\n"},
             {"DB_\x1b[01;31m\x1b[KPASSWORD\x1b[m\x1b[K=" + password + " x",
              "DB_\x1b[01;31m\x1b[KPASSWORD\x1b[m\x1b[K=[redacted: assigned-secret] x"},
             {"a \x1b[31m" + key.substr(0, 4) + "\x1b[0m" + key.substr(4) + " b",
              "a \x1b[31m[redacted: github-token] b"},
             {"\\u001b[32mDB_PASSWORD\\u001b[0m=\\u001b[33m" + password + "\\u001b[0m",
              "\\u001b[32mDB_PASSWORD\\u001b[0m=\\u001b[33m[redacted: assigned-secret]\\u001b[0m"},
         }) {
        CAPTURE(text);
        CHECK(cleaned(text) == expected);
    }
}

TEST_CASE("a secret of a shape that nothing else has is found behind a word that is joined to it") {
    characters r{15};
    const std::string sk = "sk-";
    for (const auto& secret :
         {sk + "ant-api03-" + r.alnum(93) + "AA", sk + "or-v1-" + r.hex(64),
          sk + "proj-" + r.alnum(74) + "T3Blbk" + "FJ" + r.alnum(74),
          sk + r.alnum(20) + "T3Blbk" + "FJ" + r.alnum(20), "AIza" + ("Sy" + r.alnum(33)),
          "AK" + ("IA" + r.base32(16)), "gh" + ("p_" + r.alnum(36)),
          "github" + ("_pat_" + r.alnum(22) + "_" + r.alnum(59)), "gl" + ("pat-" + r.alnum(20)),
          "xo" + ("xb-" + r.of("0123456789", 12) + "-" + r.of("0123456789", 12) + "-" + r.alnum(24)),
          "sk" + ("_live_" + r.alnum(24)),
          "ey" + ("J" + r.alnum(20) + ".ey" + "J" + r.alnum(30) + "." + r.alnum(43))}) {
        for (const std::string before : {"token", "see my-token", "my_", "the key is=key"}) {
            CAPTURE(before, secret);
            CHECK(cleaned(before + secret + " x").find(secret) == std::string::npos);
        }
    }
}

TEST_CASE("emphasis and escapes before a secret are no part of its word") {
    for (const auto& one : all_planted(10)) {
        for (const std::string before : {"_", "__", "see ___", "(_", "\\n_", "\\x00", "\\0", "%20"}) {
            CAPTURE(one.kind, before, one.text);
            CHECK(cleaned(before + one.text + "_ then").find(one.secret) == std::string::npos);
        }
    }
}

TEST_CASE("members whose names speak of secrets are looked at with them") {
    secret_filter filter;
    CHECK(filter.json(R"({"user":"a","password":"hunter2!","note":"fine"})", "x") ==
          R"({"user":"a","password":"[redacted: assigned-secret]","note":"fine"})");
    CHECK(filter.json(R"({"max_tokens":"123456789012345678a","token_type":"bearer123456789012"})", "x") ==
          R"({"max_tokens":"123456789012345678a","token_type":"bearer123456789012"})");
}

TEST_CASE("a secret that two texts share is taken out of both") {
    characters r{3};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    for (std::size_t cut = 1; cut < key.size(); ++cut) {
        auto first = "my key: " + key.substr(0, cut);
        auto second = key.substr(cut) + " is it";
        std::string* const both[] = {&first, &second};
        secret_filter filter;
        filter.texts(both, "message 1");
        CHECK(first == "my key: [redacted: github-token]");
        CHECK(second == " is it");
        CHECK(filter.report().count() == 1);
    }
}

TEST_CASE("a secret that begins a text is found whatever ends the one before") {
    characters r{13};
    for (const auto& one : all_planted(13)) {
        for (const std::string before : {"Here is my token", "UPPER", "digits 12", "under_", "the file"}) {
            auto first = before;
            auto second = one.text;
            auto third = std::string{"and so on"};
            std::string* const all[] = {&first, &second, &third};
            secret_filter filter;
            filter.texts(all, "message 1");
            CAPTURE(one.kind, before, one.text);
            CHECK((first + second + third).find(one.secret) == std::string::npos);
        }
    }
    // One that begins a text, and is cut over the next.
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    std::string first = "token";
    auto second = key.substr(0, 20);
    auto third = key.substr(20);
    std::string* const all[] = {&first, &second, &third};
    secret_filter filter;
    filter.texts(all, "message 1");
    CHECK(first + "|" + second + "|" + third == "token|[redacted: github-token]|");
}

TEST_CASE("a secret over three texts leaves nothing") {
    characters r{4};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    auto first = "a " + key.substr(0, 10);
    auto second = key.substr(10, 10);
    auto third = key.substr(20) + " b";
    std::string* const all[] = {&first, &second, &third};
    secret_filter filter;
    filter.texts(all, "x");
    CHECK(first + "|" + second + "|" + third == "a [redacted: github-token]|| b");
}

TEST_CASE("what is no secret stays") {
    for (const std::string text : {
             "AKIAIOSFODNN7EXAMPLE",
             "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
             "export OPENAI_API_KEY=sk-...",
             "ANTHROPIC_API_KEY=<your-key>",
             "token: ${GITHUB_TOKEN}",
             "Authorization: Bearer $TOKEN",
             "Authorization: Bearer YOUR_API_KEY_HERE_PLEASE",
             "550e8400-e29b-41d4-a716-446655440000",
             "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
             "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
             "integrity: sha512-z8rXZy1aRw0mcQG4u3bq8vZ1m0k2J3l4n5o6p7q8r9s0t1u2v3w4x5y6z7A8B9C0D1E2F3G4H5==",
             "postgres://user:password@localhost/db",
             "const token = getToken();",
             "password: string",
             "api_key = os.environ[\"API_KEY\"]",
             "max_tokens=4096",
             "the task-force-of-the-ministry-of-silly-walks-and-talks",
             "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
             "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
             "https://example.com/?key=value&other=1",
             "[redacted: github-token]",
             "\x1b[32mpassword\x1b[0m: \x1b[33mstring\x1b[0m",
             "\x1b[1mcommit 9fceb02d0ae598e95dc970b74767f19372d61af8\x1b[0m",
             "task-admin-some-component-with-a-long-name-2024",
             "test_github_pat_is_refused_where_it_has_expired_and_2_others_are_tried_again",
             "laughs_aVeryLongNameInCamelCaseThatGoesOnAndOn",
             "my_ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
             "const red = '\\x1b[31m'; const password = '\\x1b[0m';",
             "printf '\\033[1mAPI_KEY\\033[0m=...'",
             "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
         }) {
        CAPTURE(text);
        CHECK(cleaned(text) == text);
    }
}

TEST_CASE("ordinary texts raise few false alarms") {
    // Hashes, ids and base64 without names beside them.
    characters r{11};
    std::string log;
    for (int i = 0; i < 5000; ++i) {
        log += "2026-01-31T12:00:00.123Z INFO request_id=" + r.hex(32) + " commit " + r.hex(40) +
               " digest sha256:" + r.hex(64) + " span " + r.hex(16) + " etag \"" + r.alnum(22) + "\"\n";
    }
    std::string image = "data:image/png;base64," + r.base64(200'000);
    // Data in base64url, which has the characters of every prefix.
    const std::string data =
        r.of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 4'000'000);
    CHECK(find_secrets(data).empty());
    CHECK(find_secrets(log).empty());
    CHECK(find_secrets(image).empty());
}

/// Files of these folders of the project, whole.
std::vector<std::string> sources_in(std::initializer_list<const char*> folders) {
    std::vector<std::string> made;
    for (const char* const folder : folders) {
        const auto root = std::filesystem::path{TAPES_TEST_DATA} / ".." / ".." / folder;
        for (const auto& one : std::filesystem::recursive_directory_iterator{root}) {
            if (one.is_regular_file()) {
                made.push_back(one.path().string());
            }
        }
    }
    return made;
}

TEST_CASE("the sources and documents of this project raise no alarm") {
    std::size_t bytes = 0;
    const auto files = sources_in({"src", "include", "docs", "config", "web/src", "scripts"});
    for (const auto& path : files) {
        std::ifstream file{path, std::ios::binary};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        bytes += text.size();
        for (const auto& one : find_secrets(text)) {
            CAPTURE(path, one.kind, text.substr(one.first, one.size));
            CHECK(false);
        }
    }
    CHECK(files.size() > 1000);
    CHECK(bytes > 4'000'000);
}

TEST_CASE("a text that is cut leaves no part of a secret") {
    characters r{5};
    const auto key =
        "gh"
        "p_" +
        r.alnum(36);
    secret_filter filter;
    CHECK(filter.cut_text("the key is " + key.substr(0, 20), "x") == "the key is ");
    CHECK(filter.cut_text("some words that end", "x") == "some words that ");
}

TEST_CASE("what is kept is not looked at") {
    secret_filter filter{true};
    const auto one = all_planted().front();
    CHECK(filter.text(one.text, "x") == one.text);
    CHECK(filter.report().count() == 0);
}

TEST_CASE("how much of a secret nobody can guess is told cautiously") {
    characters r{6};
    const auto bits_of = [](const std::string& text) {
        const auto found = find_secrets(text);
        REQUIRE(found.size() == 1);
        return found.front().bits;
    };
    CHECK(bits_of("gh"
                  "p_" +
                  r.alnum(36)) >= unguessable_bits);
    CHECK(bits_of("sk-"
                  "ant-api03-" +
                  r.alnum(93) + "AA") >= unguessable_bits);
    CHECK(bits_of("AK"
                  "IA" +
                  r.base32(16)) < unguessable_bits);
    CHECK(bits_of("password = \"hunter2"
                  "!\"") == 0);
    CHECK(bits_of("postgres://app:" + r.alnum(14) + "@db/app") == 0);
}

TEST_CASE("the work grows with the bytes, whatever they are") {
    using clock = std::chrono::steady_clock;
    for (const std::string& part :
         {std::string{"eyJ"}, std::string{"-----BEGIN PRIVATE KEY-----\n"}, std::string{"sk-"},
          std::string{"a"}, std::string{"http://a:"}, std::string{"password=\"a1"}, std::string{"bearer "},
          std::string{"\\u0073"}, std::string{"token=abcdef1 "}, std::string{"curl a -u "},
          std::string{"machine a login "}, std::string{"\x1b[31m"}, std::string{"\x1b["},
          std::string{"\x1b]8;;"}, std::string{"\\\\"}, std::string{"[1;"},
          std::string{"_gh"
                      "p_"}}) {
        std::string text;
        while (text.size() < std::size_t{2} << 20) {
            text += part;
        }
        CAPTURE(part);
        const auto begun = clock::now();
        find_secrets(text);
        CHECK(clock::now() - begun < std::chrono::seconds{20});
    }
}

}  // namespace secrets_test
