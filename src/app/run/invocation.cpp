#include "run/client.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

namespace tapes::app::run {

namespace {

/// A program that runs another one, which its words name behind its own options.
struct wrapper {
    std::string_view program;
    std::string_view second;   ///< the word that must follow ("dlx" of `pnpm dlx`); "" for none
    std::string_view flags;    ///< options without a value, each between spaces
    std::string_view values;   ///< options whose value is the next word, or stands behind '='
    std::size_t operands = 0;  ///< words of its own before the command
};

/// From the manuals of coreutils 9, npm 11, pnpm 10, yarn 4, bun 1, uv 0.9 and pipx 1. Options that run
/// something else than the word behind them (npx -c) are left out: then no client is recognised.
constexpr std::array<wrapper, 17> wrappers{{
    {"env", "", "", " -u --unset ", 0},
    {"nohup", "", "", "", 0},
    {"nice", "", "", " -n --adjustment ", 0},
    {"timeout", "", " --foreground --preserve-status -v --verbose -f -p ", " -k --kill-after -s --signal ",
     1},
    {"stdbuf", "", "", " -i --input -o --output -e --error ", 0},
    {"npx", "", " -y --yes --no -q --quiet --prefer-offline --offline -- ", " -p --package ", 0},
    {"bunx", "", " --bun --silent --verbose -- ", " -p --package ", 0},
    {"npm", "exec", " -y --yes --no -- ", " --package ", 0},
    {"npm", "x", " -y --yes --no -- ", " --package ", 0},
    {"pnpm", "dlx", "", " --package ", 0},
    {"pnpm", "exec", "", "", 0},
    {"yarn", "dlx", " -q --quiet ", " -p --package ", 0},
    {"bun", "x", " --bun --silent --verbose -- ", " -p --package ", 0},
    {"uvx", "", " -q --quiet --offline --isolated --no-cache ", " --from --with -p --python ", 0},
    {"uv", "run", " -q --quiet --offline --isolated --no-sync --frozen -- ", " --with -p --python ", 0},
    {"pipx", "run", " -q --quiet --no-cache ", " --spec --python ", 0},
    {"uv", "tool", " -q --quiet --offline --isolated ", " --from --with -p --python ", 0},  // `uv tool run`
}};

/// Packages whose program has another name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> packages{{
    {"@anthropic-ai/claude-code", "claude"},
    {"@openai/codex", "codex"},
    {"opencode-ai", "opencode"},
    {"@qwen-code/qwen-code", "qwen"},
    {"@google/gemini-cli", "gemini"},
    {"@mariozechner/pi-coding-agent", "pi"},
    {"aider-chat", "aider"},
}};

std::string name_of(const std::string& word) {
    return std::filesystem::path{word}.filename().string();
}

/// The program of a package as runners name it: `@openai/codex@latest`, `llm==0.30`.
std::string program_of_package(std::string_view word) {
    const auto version = word.find('@', 1);
    auto package = word.substr(0, version);
    package = package.substr(0, package.find_first_of("=<>~["));
    const auto* const known = std::ranges::find(packages, package, &decltype(packages)::value_type::first);
    return std::string{known == packages.end() ? package : known->second};
}

bool among(std::string_view list, std::string_view word) {
    return list.find(" " + std::string{word} + " ") != std::string_view::npos;
}

/// Skips a wrapper's own options; false where there is one that is not known.
bool skip_options(const wrapper& of, std::span<const std::string> words, std::size_t& at) {
    while (at < words.size() && words[at].starts_with('-')) {
        const auto& word = words[at];
        const auto equals = word.find('=');
        if (among(of.flags, word)) {
            ++at;
        } else if (among(of.values, word)) {
            at += 2;
        } else if (equals != std::string::npos && among(of.values, word.substr(0, equals))) {
            ++at;
        } else {
            return false;
        }
    }
    at += of.operands;
    return at < words.size();
}

bool is_python(const std::string& name) {
    return name == "python" || name == "python3" || name.starts_with("python3.");
}

/// Moves `at` to the program that the one there runs; false where it runs none that can be told.
bool unwrap(invocation& made, std::size_t& at, std::string& program) {
    const std::span<const std::string> words{made.words};
    const auto next = at + 1;
    if (is_python(program) && next + 1 < words.size() && words[next] == "-m") {
        at = next + 1;
        program = words[at];
        return false;  // a module, whose arguments follow
    }
    for (const auto& one : wrappers) {
        if (one.program != program ||
            (!one.second.empty() && (next >= words.size() || words[next] != one.second))) {
            continue;
        }
        auto inner = next + (one.second.empty() ? 0 : 1);
        if (program == "uv" && one.second == "tool") {
            if (inner >= words.size() || words[inner] != "run") {
                return false;
            }
            ++inner;
        }
        if (!skip_options(one, words, inner)) {
            return false;
        }
        for (; program == "env" && inner < words.size(); ++inner) {
            const auto equals = words[inner].find('=');
            if (equals == std::string::npos) {
                break;
            }
            made.environment[words[inner].substr(0, equals)] = words[inner].substr(equals + 1);
        }
        if (inner >= words.size()) {
            return false;
        }
        const bool runs_packages = one.program != "env" && one.program != "nohup" && one.program != "nice" &&
                                   one.program != "timeout" && one.program != "stdbuf";
        at = inner;
        program = runs_packages ? program_of_package(words[at]) : name_of(words[at]);
        return true;
    }
    return false;
}

}  // namespace

invocation find_invocation(const std::vector<std::string>& command, const run_world& world) {
    invocation made{command, 0, world.environment, world, name_of(command.front())};
    auto at = made.program;
    auto name = made.name;
    while (unwrap(made, at, name)) {
    }
    // Only a client that is known is worth a place behind a wrapper: of others the wrapper is started alike.
    if (find_client(name) != nullptr) {
        made.program = at;
        made.name = name;
    }
    return made;
}

}  // namespace tapes::app::run
