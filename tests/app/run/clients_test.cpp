#include "user.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace tapes::app::run::clients_test {

namespace {

using Catch::Matchers::Contains;
using test::settings_case;
using test::user;

void check(const std::vector<settings_case>& rows) {
    for (const auto& one : rows) {
        CAPTURE(one.about);
        user here;
        here.world.environment = one.environment;
        for (const auto& [name, text] : one.files) {
            here.write(name, text);
        }
        const auto found = here.upstreams_of(one.command);
        if (one.upstreams.starts_with("error: ")) {
            CHECK(found.starts_with("error: "));
            CHECK_THAT(found, Contains(one.upstreams.substr(7)));
            CHECK(found.find('\n') == std::string::npos);
        } else {
            CHECK(found == one.upstreams);
        }
    }
}

std::string claude_env(const std::string& value) {
    return R"({"env":{"ANTHROPIC_BASE_URL":")" + value + "\"}}";
}

}  // namespace

TEST_CASE("requests of Claude Code go where its strongest setting says") {
    const std::string user_file = "home/.claude/settings.json";
    const std::string project_file = "project/.claude/settings.json";
    const std::string local_file = "project/.claude/settings.local.json";
    const std::map<std::string, std::string> gateway{{"ANTHROPIC_BASE_URL", "https://env.example/"}};
    check({
        {"nothing", {}, {}, {"claude"}, "anthropic https://api.anthropic.com"},
        {"environment", {}, gateway, {"claude", "-p", "x"}, "anthropic https://env.example"},
        {"user",
         {{user_file, claude_env("https://user.example")}},
         gateway,
         {"claude"},
         "anthropic https://user.example"},
        {"settings without env",
         {{user_file, R"({"model":"x"})"}},
         gateway,
         {"claude"},
         "anthropic https://env.example"},
        {"comments",
         {{user_file, "// mine\n" + claude_env("https://user.example")}},
         {},
         {"claude"},
         "anthropic https://user.example"},
        {"empty file", {{user_file, "\n"}}, gateway, {"claude"}, "anthropic https://env.example"},
        {"project over user",
         {{user_file, claude_env("https://user.example")},
          {project_file, claude_env("https://project.example")}},
         gateway,
         {"claude"},
         "anthropic https://project.example"},
        {"local over project",
         {{local_file, claude_env("https://local.example")},
          {project_file, claude_env("https://project.example")}},
         {},
         {"claude"},
         "anthropic https://local.example"},
        {"flag over local",
         {{local_file, claude_env("https://local.example")}},
         {},
         {"claude", "--settings", claude_env("https://flag.example")},
         "anthropic https://flag.example"},
        {"flag with =",
         {},
         {},
         {"claude", "--settings=" + claude_env("https://flag.example")},
         "anthropic https://flag.example"},
        {"flag names a file",
         {{"project/mine.json", claude_env("https://mine.example")}},
         {},
         {"claude", "--settings", "mine.json"},
         "anthropic https://mine.example"},
        {"a word of the prompt",
         {},
         {},
         {"claude", "-p", "--", "--settings", "{"},
         "anthropic https://api.anthropic.com"},
        {"chosen sources",
         {{user_file, claude_env("https://user.example")},
          {project_file, claude_env("https://project.example")}},
         {},
         {"claude", "--setting-sources", "user"},
         "anthropic https://user.example"},
        {"own folder",
         {{"home/other/settings.json", claude_env("https://other.example")}},
         {{"CLAUDE_CONFIG_DIR", "/nonexistent"}},
         {"claude"},
         "anthropic https://api.anthropic.com"},
        {"set to nothing",
         {{user_file, claude_env("")}},
         gateway,
         {"claude"},
         "anthropic https://api.anthropic.com"},
        {"env before it",
         {},
         gateway,
         {"env", "ANTHROPIC_BASE_URL=https://word.example", "claude"},
         "anthropic https://word.example"},
        {"malformed", {{user_file, "{"}}, gateway, {"claude"}, "error: settings.json is no JSON object"},
        {"a list", {{user_file, "[]"}}, {}, {"claude"}, "error: is no JSON object"},
        {"env is a text", {{user_file, R"({"env":"x"})"}}, {}, {"claude"}, "error: --anthropic-upstream"},
        {"a folder", {{user_file + "/x", ""}}, {}, {"claude"}, "error: cannot be read"},
        {"no URL", {{user_file, claude_env("gateway.example")}}, {}, {"claude"}, "error: is no URL"},
        {"a number",
         {{user_file, R"({"env":{"ANTHROPIC_BASE_URL":7}})"}},
         {},
         {"claude"},
         "error: is no URL"},
        {"flag malformed", {}, {}, {"claude", "--settings", "{"}, "error: --settings"},
        {"flag's file missing", {}, {}, {"claude", "--settings", "none.json"}, "error: --settings"},
        {"two flags", {}, {}, {"claude", "--settings", "{}", "--settings", "{}"}, "error: twice"},
        {"Bedrock", {}, {{"CLAUDE_CODE_USE_BEDROCK", "1"}}, {"claude"}, "error: Amazon Bedrock"},
        {"Bedrock off",
         {},
         {{"CLAUDE_CODE_USE_BEDROCK", "0"}},
         {"claude"},
         "anthropic https://api.anthropic.com"},
        {"Vertex in a file",
         {{project_file, R"({"env":{"CLAUDE_CODE_USE_VERTEX":"true"}})"}},
         {},
         {"claude"},
         "error: CLAUDE_CODE_USE_VERTEX in "},
        {"Foundry off by a stronger one",
         {{user_file, R"({"env":{"CLAUDE_CODE_USE_FOUNDRY":"1"}})"},
          {local_file, R"({"env":{"CLAUDE_CODE_USE_FOUNDRY":"0"}})"}},
         {},
         {"claude"},
         "anthropic https://api.anthropic.com"},
        {"managed",
         {{"root/etc/claude-code/managed-settings.json", claude_env("https://m.example")}},
         {},
         {"claude"},
         "error: managed settings"},
        {"managed in parts",
         {{"root/etc/claude-code/managed-settings.d/10.json", claude_env("https://m.example")}},
         {},
         {"claude"},
         "error: managed settings"},
        {"managed by a server",
         {{"home/.claude/remote-settings.json", claude_env("https://m.example")}},
         {},
         {"claude"},
         "error: managed settings"},
        {"managed, of other things",
         {{"root/etc/claude-code/managed-settings.json", R"({"env":{"X":"1"}})"}},
         {},
         {"claude"},
         "anthropic https://api.anthropic.com"},
        {"managed, malformed",
         {{"root/etc/claude-code/managed-settings.json", "x"}},
         {},
         {"claude"},
         "error: is no JSON object"},
    });
}

TEST_CASE("requests of Claude Code may be named where its settings disagree") {
    user here;
    here.write("project/.claude/settings.json", claude_env("https://top.example"));
    std::filesystem::create_directories(here.path("project/below"));
    here.world.working_directory = here.path("project/below").string();
    CHECK_THAT(here.upstreams_of({"claude"}), Contains("error: ") && Contains("different base URLs"));
    CHECK(here.upstreams_of({"claude"}, {"", "https://named.example", ""}) ==
          "anthropic https://named.example");
}

TEST_CASE("Claude Code is told its base URL by settings that win over all others") {
    user here;
    const auto plain = here.launch_of({"/usr/bin/claude", "-p", "x"}).command;
    CHECK(plain == std::vector<std::string>{"/usr/bin/claude", "--settings",
                                            R"({"env":{"ANTHROPIC_BASE_URL":"at:anthropic"}})", "-p", "x"});
    const auto own = here.launch_of({"npx", "-y", "@anthropic-ai/claude-code@latest", "--settings",
                                     R"({"env":{"A":"1"},"model":"m"})", "-c"});
    REQUIRE(own.command.size() == 6);
    CHECK(own.command[2] == "@anthropic-ai/claude-code@latest");
    CHECK(own.command[3] == "--settings");
    CHECK(own.command[5] == "-c");
    std::string text;
    std::getline(std::ifstream{own.command[4]}, text);
    CHECK(text == R"({"env":{"A":"1","ANTHROPIC_BASE_URL":"at:anthropic"},"model":"m"})");
    CHECK((std::filesystem::status(own.command[4]).permissions() & std::filesystem::perms::others_read) ==
          std::filesystem::perms::none);
    own.clean_up();
    CHECK_FALSE(std::filesystem::exists(own.command[4]));
}

TEST_CASE("requests of Codex go where its strongest setting says, and else where it is signed in") {
    const std::string config = "home/.codex/config.toml";
    const std::string auth = "home/.codex/auth.json";
    const std::string own =
        "model_provider = \"own\"\n[model_providers.own]\nbase_url = \"https://own.example/v1\"\n";
    const std::map<std::string, std::string> key{{"OPENAI_API_KEY", "sk"},
                                                 {"OPENAI_BASE_URL", "https://no.example"}};
    const std::string chatgpt = "openai https://chatgpt.com/backend-api/codex";
    check({
        {"a key in the environment", {}, key, {"codex"}, "openai https://api.openai.com/v1"},
        {"not signed in", {}, {}, {"codex"}, "error: not signed in"},
        {"ChatGPT", {{auth, R"({"auth_mode":"chatgpt","tokens":{}})"}}, key, {"codex"}, chatgpt},
        {"ChatGPT of earlier versions",
         {{auth, R"({"OPENAI_API_KEY":null,"tokens":{"id_token":"x"}})"}},
         {},
         {"codex"},
         chatgpt},
        {"a key",
         {{auth, R"({"OPENAI_API_KEY":"sk","tokens":null})"}},
         {},
         {"codex"},
         "openai https://api.openai.com/v1"},
        {"a key, by its mode",
         {{auth, R"({"auth_mode":"apikey","OPENAI_API_KEY":"sk","tokens":{}})"}},
         {},
         {"codex"},
         "openai https://api.openai.com/v1"},
        {"another sign-in",
         {{auth, R"({"auth_mode":"agentIdentity"})"}},
         {},
         {"codex"},
         "error: not known here"},
        {"empty sign-in", {{auth, "{}"}}, {}, {"codex"}, "error: not known here"},
        {"malformed sign-in", {{auth, "{"}}, {}, {"codex"}, "error: auth.json is no JSON object"},
        {"keyring",
         {{config, "cli_auth_credentials_store = \"keyring\"\n"}},
         key,
         {"codex"},
         "error: keyring"},
        {"token of the environment",
         {},
         {{"CODEX_ACCESS_TOKEN", "x"}},
         {"codex"},
         "error: CODEX_ACCESS_TOKEN"},
        {"ChatGPT and a key",
         {{auth, R"({"auth_mode":"chatgpt","tokens":{}})"}},
         {{"CODEX_API_KEY", "sk"}},
         {"codex"},
         "error: CODEX_API_KEY"},
        {"base URL",
         {{config, "openai_base_url = \"https://set.example/v1\"\n"}},
         key,
         {"codex"},
         "openai https://set.example/v1"},
        {"base URL under ChatGPT",
         {{config, "openai_base_url = \"https://set.example/v1\"\n"}, {auth, R"({"auth_mode":"chatgpt"})"}},
         {},
         {"codex"},
         "openai https://set.example/v1"},
        {"machine's settings",
         {{"root/etc/codex/config.toml", "openai_base_url = \"https://etc.example\"\n"}},
         key,
         {"codex"},
         "openai https://etc.example"},
        {"own folder",
         {{config, "openai_base_url = \"https://set.example/v1\"\n"}},
         {{"CODEX_HOME", "/nonexistent"}, {"OPENAI_API_KEY", "sk"}},
         {"codex"},
         "openai https://api.openai.com/v1"},
        {"own provider", {{config, own}}, {}, {"codex"}, "openai https://own.example/v1"},
        {"own provider on the line",
         {{config, own}},
         key,
         {"codex", "exec", "-c", "model_provider=openai", "x"},
         "openai https://api.openai.com/v1"},
        {"base URL on the line",
         {},
         key,
         {"codex", "--config=openai_base_url=\"https://line.example\"", "exec", "x"},
         "openai https://line.example"},
        {"a value that is no TOML",
         {},
         key,
         {"codex", "-c", "openai_base_url=https://line.example/v1"},
         "openai https://line.example/v1"},
        {"the last one counts",
         {},
         key,
         {"codex", "-c", "openai_base_url=\"https://a.example\"", "exec",
          "-copenai_base_url=\"https://b.example\""},
         "openai https://b.example"},
        {"a provider as a table",
         {},
         {},
         {"codex", "-c", "model_provider=t", "-c", "model_providers.t={base_url=\"https://t.example/v1\"}"},
         "openai https://t.example/v1"},
        {"profile",
         {{config, "openai_base_url = \"https://set.example\"\n"},
          {"home/.codex/work.config.toml", "openai_base_url = \"https://work.example\"\n"}},
         key,
         {"codex", "-p", "work"},
         "openai https://work.example"},
        {"profile of earlier versions",
         {{config, "profile = \"w\"\n[profiles.w]\nmodel_provider = \"own\"\n" + own.substr(own.find('['))}},
         key,
         {"codex"},
         "openai https://own.example/v1"},
        {"Ollama",
         {},
         {},
         {"codex", "--oss", "--local-provider", "ollama"},
         "openai http://localhost:11434/v1"},
        {"LM Studio elsewhere",
         {{config, "oss_provider = \"lmstudio\"\n"}},
         {{"CODEX_OSS_BASE_URL", "http://10.0.0.7:1234/v1/"}},
         {"codex", "--oss"},
         "openai http://10.0.0.7:1234/v1"},
        {"local, but which", {}, {}, {"codex", "--oss"}, "error: --local-provider"},
        {"unknown provider",
         {{config, "model_provider = \"amazon-bedrock\"\n"}},
         key,
         {"codex"},
         "error: amazon-bedrock"},
        {"provider without a base URL",
         {{config, "model_provider = \"p\"\n[model_providers.p]\nname = \"x\"\n"}},
         key,
         {"codex"},
         "error: no base URL"},
        {"malformed", {{config, "openai_base_url = \n"}}, key, {"codex"}, "error: config.toml is no TOML"},
        {"settings of the project",
         {{"project/.codex/config.toml", "openai_base_url = \"https://p.example\"\n"}},
         key,
         {"codex"},
         "error: may decide"},
        {"settings of the project, of other things",
         {{"project/.codex/config.toml", "model = \"m\"\n"}},
         key,
         {"codex"},
         "openai https://api.openai.com/v1"},
        {"managed",
         {{"root/etc/codex/managed_config.toml", "model_provider = \"x\"\n"}},
         key,
         {"codex"},
         "error: managed settings"},
        {"no URL", {{config, "openai_base_url = \"gateway\"\n"}}, key, {"codex"}, "error: is no URL"},
    });
}

TEST_CASE("Codex is told its base URL behind what the user says of it") {
    user here;
    here.world.environment = {{"OPENAI_API_KEY", "sk"}};
    CHECK(here.launch_of({"codex", "exec", "x"}).command ==
          std::vector<std::string>{"codex", "-c", "openai_base_url=\"at:openai\"", "exec", "x"});
    CHECK(here.launch_of(
                  {"codex", "-c", "a=1", "exec", "--config", "openai_base_url=\"https://x.example\"", "y"})
              .command == std::vector<std::string>{"codex", "-c", "a=1", "exec", "--config",
                                                   "openai_base_url=\"https://x.example\"", "-c",
                                                   "openai_base_url=\"at:openai\"", "y"});
    const auto local = here.launch_of({"codex", "--oss", "--local-provider=ollama"});
    CHECK(local.command == std::vector<std::string>{"codex", "--oss", "--local-provider=ollama"});
    CHECK(local.environment.at("CODEX_OSS_BASE_URL") == "at:openai");
}

TEST_CASE("requests of OpenCode go where its settings say") {
    const auto base = [](const std::string& name, const std::string& url) {
        return R"({"provider":{")" + name + R"(":{"options":{"baseURL":")" + url + "\"}}}}";
    };
    const std::string global = "home/.config/opencode/opencode.json";
    const std::string project = "project/opencode.json";
    const std::string rest = ", openai https://api.openai.com/v1";
    check({
        {"nothing", {}, {}, {"opencode"}, "anthropic https://api.anthropic.com/v1" + rest},
        {"variables",
         {},
         {{"ANTHROPIC_BASE_URL", "https://a.example/v1"}, {"OPENAI_BASE_URL", "https://o.example/v1"}},
         {"opencode"},
         "anthropic https://a.example/v1, openai https://o.example/v1"},
        {"global",
         {{global, base("anthropic", "https://g.example/v1")}},
         {{"ANTHROPIC_BASE_URL", "https://a.example"}},
         {"opencode"},
         "anthropic https://g.example/v1" + rest},
        {"project over global",
         {{global, base("anthropic", "https://g.example/v1")},
          {project, base("anthropic", "https://p.example/v1")}},
         {},
         {"opencode"},
         "anthropic https://p.example/v1" + rest},
        {"folder over project",
         {{"project/.opencode/opencode.jsonc", "// x\n" + base("anthropic", "https://f.example/v1")},
          {project, base("anthropic", "https://p.example/v1")}},
         {},
         {"opencode"},
         "anthropic https://f.example/v1" + rest},
        {"content over all",
         {{project, base("anthropic", "https://p.example/v1")}},
         {{"OPENCODE_CONFIG_CONTENT", base("anthropic", "https://c.example/v1")}},
         {"opencode"},
         "anthropic https://c.example/v1" + rest},
        {"own provider",
         {{project, base("gateway", "https://p.example/v1")}},
         {},
         {"opencode"},
         "anthropic https://api.anthropic.com/v1, gateway https://p.example/v1" + rest},
        {"a variable in it",
         {{project, base("anthropic", "https://{env:GATE}/v1")}},
         {{"GATE", "x.example"}},
         {"opencode"},
         "anthropic https://x.example/v1" + rest},
        {"a variable that is not set",
         {{project, base("anthropic", "{env:GATE}")}},
         {},
         {"opencode"},
         "anthropic https://api.anthropic.com/v1" + rest},
        {"a file in it",
         {{project, base("anthropic", "{file:~/gate}")}},
         {},
         {"opencode"},
         "error: --upstream"},
        {"ChatGPT",
         {{"home/.local/share/opencode/auth.json", R"({"openai":{"type":"oauth"}})"}},
         {},
         {"opencode"},
         "anthropic https://api.anthropic.com/v1"},
        {"settings of a server",
         {{"home/.local/share/opencode/auth.json", R"({"https://x":{"type":"wellknown"}})"}},
         {},
         {"opencode"},
         "error: has settings from https://x"},
        {"managed",
         {{"root/etc/opencode/opencode.json", base("anthropic", "https://m.example")}},
         {},
         {"opencode"},
         "error: managed settings"},
        {"malformed", {{project, "{"}}, {}, {"opencode"}, "error: opencode.json is no JSON object"},
        {"malformed content",
         {},
         {{"OPENCODE_CONFIG_CONTENT", "x"}},
         {"opencode"},
         "error: OPENCODE_CONFIG_CONTENT"},
        {"a base URL that is no text",
         {{project, R"({"provider":{"anthropic":{"options":{"baseURL":1}}}})"}},
         {},
         {"opencode"},
         "error: is no text"},
    });
}

TEST_CASE("OpenCode is told its base URLs beside what its variable says") {
    user here;
    here.world.environment = {{"OPENCODE_CONFIG_CONTENT", R"({"model":"m"})"}};
    CHECK(here.launch_of({"opencode", "run", "x"}).environment.at("OPENCODE_CONFIG_CONTENT") ==
          R"({"model":"m","provider":{"anthropic":{"options":{"baseURL":"at:anthropic"}},)"
          R"("openai":{"options":{"baseURL":"at:openai"}}}})");
}

TEST_CASE("requests of aider go where its strongest setting says") {
    const std::string rest = "anthropic https://api.anthropic.com, ollama http://127.0.0.1:11434, openai ";
    const std::string yml = ".aider.conf.yml";
    check({
        {"nothing", {}, {}, {"aider"}, rest + "https://api.openai.com/v1"},
        {"variable",
         {},
         {{"OPENAI_API_BASE", "https://e.example/v1"}},
         {"aider"},
         rest + "https://e.example/v1"},
        {"the other variable over it",
         {},
         {{"OPENAI_API_BASE", "https://e.example/v1"}, {"OPENAI_BASE_URL", "https://b.example/v1"}},
         {"aider"},
         rest + "https://b.example/v1"},
        {"file",
         {{"home/" + yml, "openai-api-base: https://h.example/v1\n"}},
         {{"OPENAI_API_BASE", "https://e.example/v1"}},
         {"aider"},
         rest + "https://h.example/v1"},
        {"project over home",
         {{"home/" + yml, "openai-api-base: https://h.example/v1\n"},
          {"project/" + yml, "# x\nmodel: m\nopenai-api-base: \"https://p.example/v1\"  # y\n"}},
         {},
         {"aider"},
         rest + "https://p.example/v1"},
        {"own variable over file",
         {{"project/" + yml, "openai-api-base: https://p.example/v1\n"}},
         {{"AIDER_OPENAI_API_BASE", "https://v.example/v1"}},
         {"aider"},
         rest + "https://v.example/v1"},
        {"flag over all",
         {{"project/" + yml, "openai-api-base: https://p.example/v1\n"}},
         {{"AIDER_OPENAI_API_BASE", "https://v.example/v1"}},
         {"aider", "--openai-api-base", "https://f.example/v1", "x.py"},
         rest + "https://f.example/v1"},
        {"named file",
         {{"project/c.yml", "openai-api-base: https://c.example/v1\n"}},
         {},
         {"aider", "--config", "c.yml"},
         rest + "https://c.example/v1"},
        {".env over the environment",
         {{"project/.env", "export OPENAI_API_BASE='https://d.example/v1' # x\n"}},
         {{"OPENAI_API_BASE", "https://e.example/v1"}},
         {"aider"},
         rest + "https://d.example/v1"},
        {"named .env",
         {{"project/x.env", "OPENAI_API_BASE=https://x.example/v1\n"},
          {"project/.env", "OPENAI_API_BASE=https://d.example/v1\n"}},
         {},
         {"aider", "--env-file", "x.env"},
         rest + "https://x.example/v1"},
        {"Anthropic",
         {},
         {{"ANTHROPIC_BASE_URL", "https://a.example"}, {"ANTHROPIC_API_BASE", "https://b.example"}},
         {"aider"},
         "anthropic https://b.example, ollama http://127.0.0.1:11434, openai https://api.openai.com/v1"},
        {"behind a wrapper",
         {},
         {},
         {"uvx", "--from", "aider-chat", "aider", "--openai-api-base=https://f.example"},
         rest + "https://f.example"},
        {"a module",
         {},
         {},
         {"python3.12", "-m", "aider", "--openai-api-base=https://f.example"},
         rest + "https://f.example"},
        {".env that refers",
         {{"project/.env", "OPENAI_API_BASE=https://${HOST}/v1\n"}},
         {},
         {"aider"},
         "error: refers to other values"},
        {"another form",
         {{"project/" + yml, "openai-api-base: &x https://p.example/v1\n"}},
         {},
         {"aider"},
         "error: in a form"},
        {"a flow mapping",
         {{"project/" + yml, "{openai-api-base: https://p.example}\n"}},
         {},
         {"aider"},
         "error: in a form"},
        {"set-env",
         {{"project/" + yml, "set-env:\n  - OPENAI_API_BASE=https://s.example\n"}},
         {},
         {"aider"},
         "error: set-env"},
        {"set-env on the line",
         {},
         {},
         {"aider", "--set-env", "ANTHROPIC_API_BASE=https://s.example"},
         "error: set-env"},
        {"no URL", {{"project/" + yml, "openai-api-base: gateway\n"}}, {}, {"aider"}, "error: is no URL"},
    });
}

TEST_CASE("aider is told its base URLs in the place of the user's own") {
    user here;
    here.write("project/mine.env", "A=1\nOPENAI_API_BASE=https://x.example/v1\n");
    const auto made =
        here.launch_of({"aider", "--env-file=mine.env", "--openai-api-base", "https://f.example/v1", "a.py"});
    REQUIRE(made.command.size() == 5);
    CHECK(made.command[2] == "--openai-api-base");
    CHECK(made.command[3] == "at:openai");
    REQUIRE(made.command[1].starts_with("--env-file="));
    std::ifstream file{made.command[1].substr(11)};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(text.starts_with("A=1\nOPENAI_API_BASE=https://x.example/v1\n"));
    CHECK_THAT(text,
               Contains("\nOPENAI_API_BASE=at:openai\n") && Contains("\nANTHROPIC_BASE_URL=at:anthropic\n"));
    made.clean_up();
    CHECK_FALSE(std::filesystem::exists(made.command[1].substr(11)));
    const auto plain = here.launch_of({"aider", "a.py"});
    CHECK(std::ranges::find(plain.command, "--openai-api-base") != plain.command.end());
    CHECK(plain.command.back() == "a.py");
    plain.clean_up();
}

TEST_CASE("requests of llm go where variables and each model of its file say") {
    const std::string models = "home/.config/io.datasette.llm/extra-openai-models.yaml";
    const std::string rest =
        "anthropic https://api.anthropic.com/v1, gemini https://generativelanguage.googleapis.com, ollama "
        "http://127.0.0.1:11434, openai "
        "https://api.openai.com/v1";
    const std::string more = "anthropic https://api.anthropic.com/v1, extra-1 https://m.example/v1, ";
    check({
        {"nothing", {}, {}, {"llm"}, rest},
        {"variable",
         {},
         {{"OPENAI_BASE_URL", "https://e.example/v1"}},
         {"llm"},
         "anthropic https://api.anthropic.com/v1, gemini https://generativelanguage.googleapis.com, ollama "
         "http://127.0.0.1:11434, openai "
         "https://e.example/v1"},
        {"models",
         {{models,
           "- model_id: a\n  api_base: https://m.example/v1\n- api_base: \"http://n.example\" # n\n"
           "  model_id: b\n- model_id: c\n"}},
         {},
         {"llm"},
         more + "extra-2 http://n.example, gemini https://generativelanguage.googleapis.com, ollama "
                "http://127.0.0.1:11434, openai https://api.openai.com/v1"},
        {"a comment, and nothing",
         {{models, "# api_base: x\n- model_id: a\n  api_base: null\n"}},
         {},
         {"llm"},
         rest},
        {"own folder",
         {{models, "- api_base: https://m.example/v1\n"}},
         {{"LLM_USER_PATH", "/nonexistent"}},
         {"llm"},
         rest},
        {"another form",
         {{models, "- {model_id: a, api_base: https://m.example}\n"}},
         {},
         {"llm"},
         "error: in a form"},
        {"an anchor", {{models, "- api_base: *base\n"}}, {}, {"llm"}, "error: in a form"},
        {"no URL", {{models, "- api_base: gateway\n"}}, {}, {"llm"}, "error: is no URL"},
    });
}

TEST_CASE("requests of qwen-code go where its settings agree that they go") {
    const std::string file = "home/.qwen/settings.json";
    const std::map<std::string, std::string> key{{"OPENAI_API_KEY", "sk"}};
    const std::map<std::string, std::string> both{{"OPENAI_API_KEY", "sk"},
                                                  {"OPENAI_BASE_URL", "https://e.example"}};
    const std::string base =
        R"({"security":{"auth":{"selectedType":"openai","baseUrl":"https://s.example"}}})";
    check({
        {"a key", {}, key, {"qwen"}, "openai https://api.openai.com/v1"},
        {"variable", {}, both, {"qwen"}, "openai https://e.example"},
        {"settings", {{file, base}}, {}, {"qwen"}, "openai https://s.example"},
        {".env",
         {{"project/.qwen/.env", "OPENAI_BASE_URL=https://d.example\n"}},
         key,
         {"qwen"},
         "openai https://d.example"},
        {"the environment over .env",
         {{"project/.env", "OPENAI_BASE_URL=https://d.example\n"}},
         both,
         {"qwen"},
         "openai https://e.example"},
        {"flag",
         {{file, base}},
         both,
         {"qwen", "--openai-base-url", "https://f.example", "-p", "x"},
         "openai https://f.example"},
        {"two that differ", {{file, base}}, both, {"qwen"}, "error: different base URLs"},
        {"a login",
         {{file, R"({"security":{"auth":{"selectedType":"qwen-oauth"}}})"}},
         key,
         {"qwen"},
         "error: qwen-oauth"},
        {"not signed in", {}, {}, {"qwen"}, "error: not signed in"},
        {"models with base URLs",
         {{file, R"({"modelProviders":{"openai":[]}})"}},
         key,
         {"qwen"},
         "error: modelProviders"},
        {"malformed", {{"project/.qwen/settings.json", "{"}}, key, {"qwen"}, "error: is no JSON object"},
        {"a number", {{file, R"({"security":{"auth":{"baseUrl":1}}})"}}, key, {"qwen"}, "error: is no text"},
    });
    user here;
    here.world.environment = key;
    CHECK(
        here.launch_of({"npx", "@qwen-code/qwen-code", "-p", "x"}).command ==
        std::vector<std::string>{"npx", "@qwen-code/qwen-code", "--openai-base-url", "at:openai", "-p", "x"});
    CHECK(here.launch_of({"qwen", "--openai-base-url=https://f.example"}).command ==
          std::vector<std::string>{"qwen", "--openai-base-url=at:openai"});
}

TEST_CASE("requests of gemini-cli go where its sign-in has them go") {
    const std::string file = "home/.gemini/settings.json";
    const auto signed_in = [](const std::string& how) {
        return R"({"security":{"auth":{"selectedType":")" + how + R"("}}})";
    };
    const auto by_key = signed_in("gemini-api-key");
    const std::map<std::string, std::string> key{{"GEMINI_API_KEY", "k"}};
    const std::string api = "gemini https://generativelanguage.googleapis.com";
    const std::string login = "gemini https://cloudcode-pa.googleapis.com";
    check({
        {"a key", {{file, by_key}}, key, {"gemini"}, api},
        {"a key that is not chosen", {}, key, {"gemini"}, "error: choose the key"},
        {"a key of its file",
         {{"home/.gemini/.env", "GEMINI_API_KEY=k\n"}},
         {},
         {"gemini", "-p", "x"},
         "error: choose the key"},
        {"variable",
         {{file, by_key}},
         {{"GEMINI_API_KEY", "k"}, {"GOOGLE_GEMINI_BASE_URL", "https://e.example/"}},
         {"gemini"},
         "gemini https://e.example"},
        {"variable of its file",
         {{file, by_key}, {"project/.env", "GOOGLE_GEMINI_BASE_URL=https://d.example\n"}},
         key,
         {"gemini"},
         "gemini https://d.example"},
        {"a login", {{file, signed_in("oauth-personal")}}, key, {"gemini"}, login},
        {"a login by variable", {}, {{"GOOGLE_GENAI_USE_GCA", "true"}}, {"gemini"}, login},
        {"a login to another endpoint",
         {{file, signed_in("oauth-personal")}},
         {{"CODE_ASSIST_ENDPOINT", "https://c.example"}},
         {"gemini"},
         "gemini https://c.example"},
        {"the project's settings before one's own",
         {{file, signed_in("oauth-personal")}, {"project/.gemini/settings.json", by_key}},
         key,
         {"gemini"},
         api},
        {"Vertex AI",
         {{file, signed_in("vertex-ai")}},
         {},
         {"gemini"},
         "gemini https://aiplatform.googleapis.com"},
        {"Vertex AI in a region",
         {},
         {{"GOOGLE_GENAI_USE_VERTEXAI", "true"}, {"GOOGLE_CLOUD_LOCATION", "europe-west1"}},
         {"gemini"},
         "gemini https://europe-west1-aiplatform.googleapis.com"},
        {"Vertex AI elsewhere",
         {{file, signed_in("vertex-ai")}},
         {{"GOOGLE_VERTEX_BASE_URL", "https://v.example"}, {"GOOGLE_GEMINI_BASE_URL", "https://e.example"}},
         {"gemini"},
         "gemini https://v.example"},
        {"not signed in", {}, {}, {"gemini"}, "error: not signed in"},
        {"no URL", {{file, by_key}}, {{"GOOGLE_GEMINI_BASE_URL", "gateway"}}, {"gemini"}, "error: is no URL"},
        {"malformed", {{file, "{"}}, key, {"gemini"}, "error: is no JSON object"},
    });
    user here;
    here.world.environment = key;
    here.write(file, by_key);
    const auto made = here.launch_of({"npx", "@google/gemini-cli", "-p", "x"});
    CHECK(made.command == std::vector<std::string>{"npx", "@google/gemini-cli", "-p", "x"});
    CHECK(made.environment.at("GOOGLE_GEMINI_BASE_URL") == "at:gemini");
    CHECK(made.environment.count("CODE_ASSIST_ENDPOINT") == 0);
}

TEST_CASE("requests of any other program go where the variables of the SDKs say") {
    const std::string rest =
        "anthropic https://api.anthropic.com/v1, gemini https://generativelanguage.googleapis.com, ollama "
        "http://127.0.0.1:11434, ";
    check({
        {"nothing", {}, {}, {"python", "x.py"}, rest + "openai https://api.openai.com/v1"},
        {"each",
         {},
         {{"OPENAI_BASE_URL", "https://o.example/v1/"},
          {"ANTHROPIC_BASE_URL", "https://a.example"},
          {"OLLAMA_HOST", "h.example"}},
         {"node", "x.mjs"},
         "anthropic https://a.example, gemini https://generativelanguage.googleapis.com, ollama "
         "http://h.example:11434, openai https://o.example/v1"},
        {"two of one",
         {},
         {{"OPENAI_BASE_URL", "https://o.example/v1"},
          {"OPENAI_API_BASE", "https://p.example/v1"},
          {"ANTHROPIC_API_URL", "https://u.example"}},
         {"x"},
         "anthropic https://api.anthropic.com/v1, anthropic-2 https://u.example, gemini "
         "https://generativelanguage.googleapis.com, ollama "
         "http://127.0.0.1:11434, "
         "openai https://o.example/v1, openai-2 https://p.example/v1"},
        {"Ollama's server",
         {},
         {{"OLLAMA_HOST", "0.0.0.0:11434"}},
         {"/usr/bin/ollama", "serve"},
         "anthropic https://api.anthropic.com/v1, gemini https://generativelanguage.googleapis.com, openai "
         "https://api.openai.com/v1"},
        {"an empty variable",
         {},
         {{"OPENAI_BASE_URL", ""}},
         {"x"},
         rest + "openai https://api.openai.com/v1"},
        {"no URL", {}, {{"ANTHROPIC_BASE_URL", "gateway"}}, {"x"}, "error: ANTHROPIC_BASE_URL is no URL"},
        {"a password",
         {},
         {{"OPENAI_BASE_URL", "https://u:word@x.example"}},
         {"x"},
         "error: user name or password"},
    });
    user here;
    here.world.environment = {{"OPENAI_API_BASE", "https://p.example/v1"}};
    const auto made = here.launch_of({"x"}).environment;
    CHECK(made.at("OPENAI_API_BASE") == "at:openai");
    CHECK_FALSE(made.contains("OPENAI_BASE_URL"));  // LiteLLM would prefer it
}

}  // namespace tapes::app::run::clients_test
