#include "commands.hpp"

#include <tapes/config/keys.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace tapes::cli {

namespace {

/// A command ("tapes serve proxy") and the words that may follow it.
using command_words = std::vector<std::pair<std::string, std::string>>;

void walk(const CLI::App& command, const std::string& path, const std::string& inherited,
          command_words& all) {
    std::string options = inherited;
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) {
            options += " --" + name;
        }
    }
    std::string words;
    const auto subcommands =
        command.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
    for (const auto* sub : subcommands) {
        words += (words.empty() ? "" : " ") + sub->get_name();
    }
    if (path == "tapes config get" || path == "tapes config set") {
        for (const auto& key : config::keys()) {
            words += (words.empty() ? "" : " ") + key.name;
        }
    } else if (path == "tapes completion") {
        words = "bash zsh fish";
    }
    all.emplace_back(path, words + options);
    for (const auto* sub : subcommands) {
        walk(*sub, path + " " + sub->get_name(), path == "tapes" ? " --config-dir --debug" : inherited, all);
    }
}

/// Commands whose argument is a name of the record, and of what kind.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> named_arguments{
    {{"tapes show", "all"},
     {"tapes tree", "all"},
     {"tapes diff", "all"},
     {"tapes why", "all"},
     {"tapes open", "all"},
     {"tapes export", "all"},
     {"tapes exchange show", "exchange"}}};

// Names of the record come from `tapes complete-id`, of the store that the line names. They are compared, not
// expanded, as `compgen -W` would do. Words of the line come as they were typed.

/// Where `:` parts words, as it does by default, only what stands behind the last one is replaced.
constexpr const char bash_names[] = R"(_tapes_names() {
    local kind=$1 current=$2 name previous='' store=() line=${COMP_LINE:0:${COMP_POINT:-0}} part=''
    if [[ $COMP_WORDBREAKS == *:* && -n $line ]]; then
        current=${line##*[[:space:]]}
        part=${current%"${current##*:}"}
    fi
    for name in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$previous" in -s|--sqlite|--config-dir) store+=("$previous" "${name/#\~\//$HOME/}") ;; esac
        previous=$name
    done
    while IFS= read -r name; do
        [[ $name == "$current"* ]] && COMPREPLY+=("${name#"$part"}")
    done < <("${COMP_WORDS[0]}" complete-id "${store[@]}" "$kind" "$current" 2>/dev/null)
}
)";

constexpr const char zsh_names[] = R"(_tapes_names() {
    local word previous= store=() names=()
    for word in "${(@)words[2,CURRENT-1]}"; do
        case $previous in -s|--sqlite|--config-dir) store+=("$previous" "${word/#\~\//$HOME/}") ;; esac
        previous=$word
    done
    names=("${(@f)$("$words[1]" complete-id "${(@)store}" $1 "$PREFIX" 2>/dev/null)}")
    compadd -- "${(@)names:#}"
}
)";

constexpr const char fish_functions[] = R"(function __tapes_at
    set -l at tapes
    for word in (commandline -opc)[2..-1]
        contains -- "$at $word" $__tapes_commands; and set at "$at $word"
    end
    test "$at" = "$argv"
end
function __tapes_behind
    contains -- (commandline -opc)[-1] $argv
end
function __tapes_names
    set -l store
    set -l previous
    set -l words (commandline -opc)
    for word in $words
        contains -- "$previous" -s --sqlite --config-dir
        and set -a store $previous (string replace -r '^~/' "$HOME/" -- $word)
        set previous $word
    end
    $words[1] complete-id $store $argv[1] (commandline -ct) 2>/dev/null
end
)";

/// Writes the pattern that all commands but `tapes` itself match.
void write_command_pattern(app::printer& out, const command_words& all) {
    for (std::size_t i = 1; i < all.size(); ++i) {
        out << (i == 1 ? "" : "|") << "\"" << all[i].first << "\"";
    }
}

void write_bash(app::printer& out, const command_words& all) {
    out << bash_names
        << "_tapes() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" path=tapes word\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case \"$path $word\" in\n            ";
    write_command_pattern(out, all);
    out << ") path=\"$path $word\" ;;\n        esac\n    done\n    case \"$path\" in\n";
    for (const auto& [path, words] : all) {
        out << "        \"" << path << "\") COMPREPLY=($(compgen -W \"" << words
            << "\" -- \"$current\")) ;;\n";
    }
    out << "    esac\n"
           "    case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n"
           "        --session) COMPREPLY=(); _tapes_names session \"$current\"; return ;;\n"
           "        -s|--sqlite|--config-dir) COMPREPLY=(); return ;;\n"
           "    esac\n"
           "    case \"$path\" in\n";
    for (const auto& [path, kind] : named_arguments) {
        out << "        \"" << path << "\") [[ $current == -* ]] || _tapes_names " << kind
            << " \"$current\" ;;\n";
    }
    out << "    esac\n}\ncomplete -o default -F _tapes tapes\n";
}

/// As a file of `fpath`, which is run as the function itself the first time, and to be read by `source`.
void write_zsh(app::printer& out, const command_words& all) {
    out << "#compdef tapes\n"
        << zsh_names
        << "_tapes() {\n"
           "    local at=tapes word none=1\n"
           "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
           "        case \"$at $word\" in\n            ";
    write_command_pattern(out, all);
    out << ") at=\"$at $word\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"${words[CURRENT-1]}\" in\n"
           "        --session) _tapes_names session; return ;;\n"
           "        -s|--sqlite|--config-dir) _files; return ;;\n"
           "    esac\n"
           "    case \"$at\" in\n";
    for (const auto& [path, words] : all) {
        out << "        \"" << path << "\") compadd -- " << words << " && none=0 ;;\n";
    }
    out << "    esac\n    case \"$at\" in\n";
    for (const auto& [path, kind] : named_arguments) {
        out << "        \"" << path << "\") [[ $PREFIX == -* ]] || { _tapes_names " << kind
            << " && none=0; } ;;\n";
    }
    out << "    esac\n"
           "    (( none )) && _files\n"
           "}\n"
           "if [[ $funcstack[1] == _tapes ]]; then _tapes; else compdef _tapes tapes; fi\n";
}

void write_fish(app::printer& out, const command_words& all) {
    out << fish_functions << "set -g __tapes_commands";
    for (std::size_t i = 1; i < all.size(); ++i) {
        out << " \"" << all[i].first << "\"";
    }
    out << "\n";
    for (const auto& [path, words] : all) {
        out << "complete -c tapes -n \"__tapes_at " << path << "\" -a \"" << words << "\"\n";
    }
    for (const auto& [path, kind] : named_arguments) {
        out << "complete -c tapes -n \"__tapes_at " << path << "\" -a \"(__tapes_names " << kind << ")\"\n";
    }
    out << "complete -c tapes -n \"__tapes_behind --session\" -a \"(__tapes_names session)\"\n";
}

}  // namespace

void add_completion(CLI::App& root, command_context& context) {
    const auto shell = std::make_shared<std::string>();
    auto* command = root.add_subcommand("completion", "print a completion script for a shell");
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "Examples:\n"
        "  tapes completion bash > /etc/bash_completion.d/tapes\n"
        "  tapes completion zsh > \"${fpath[1]}/_tapes\"\n"
        "  tapes completion fish > ~/.config/fish/completions/tapes.fish");
    set_action(*command, context, [&root, &context, shell] {
        command_words all;
        walk(root, "tapes", "", all);
        if (*shell == "fish") {
            write_fish(context.out, all);
            return done;
        }
        *shell == "zsh" ? write_zsh(context.out, all) : write_bash(context.out, all);
        return done;
    });
}

}  // namespace tapes::cli
