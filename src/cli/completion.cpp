#include "commands.hpp"

#include <tapes/config/keys.hpp>

#include <memory>
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
    const auto subcommands = command.get_subcommands([](const CLI::App*) { return true; });
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

void write_bash(app::printer& out, const command_words& all) {
    out << "_tapes() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" path=tapes word\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case \"$path $word\" in\n            ";
    for (std::size_t i = 1; i < all.size(); ++i) {
        out << (i == 1 ? "" : "|") << "\"" << all[i].first << "\"";
    }
    out << ") path=\"$path $word\" ;;\n        esac\n    done\n    case \"$path\" in\n";
    for (const auto& [path, words] : all) {
        out << "        \"" << path << "\") COMPREPLY=($(compgen -W \"" << words
            << "\" -- \"$current\")) ;;\n";
    }
    out << "    esac\n}\ncomplete -o default -F _tapes tapes\n";
}

void write_fish(app::printer& out, const command_words& all) {
    out << "function __tapes_at\n"
           "    set -l words\n"
           "    for word in (commandline -opc)\n"
           "        string match -q -- '-*' $word; or set -a words $word\n"
           "    end\n"
           "    test (string join ' ' $words) = \"$argv\"\n"
           "end\n";
    for (const auto& [path, words] : all) {
        out << "complete -c tapes -n \"__tapes_at " << path << "\" -a \"" << words << "\"\n";
    }
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
        if (*shell == "zsh") {
            context.out << "#compdef tapes\nautoload -U +X bashcompinit && bashcompinit\n";
        }
        write_bash(context.out, all);
        return done;
    });
}

}  // namespace tapes::cli
