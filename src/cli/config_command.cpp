#include "commands.hpp"

#include <tapes/config/keys.hpp>

#include <algorithm>
#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* config_examples = R"(Examples:
  tapes config                                   every value and where it came from
  tapes config get proxy.listen
  tapes config set proxy.upstream https://api.openai.com)";

[[noreturn]] void refuse_key(const std::string& key) {
    const auto meant = config::nearest_key(key);
    throw usage_error{"unknown key " + key + (meant.empty() ? "" : "; did you mean " + meant + "?")};
}

int list(command_context& context) {
    const auto loaded = load_config(context);
    std::size_t width = 0;
    for (const auto& one : loaded.entries) {
        width = std::max(width, one.key.size());
    }
    for (const auto& one : loaded.entries) {
        context.out << one.key << std::string(width - one.key.size(), ' ') << " = "
                    << config::masked(one.key, one.value) << "  (" << one.origin << ")\n";
    }
    return done;
}

int get(command_context& context, const std::string& key) {
    const auto loaded = load_config(context);
    for (const auto& one : loaded.entries) {
        if (one.key.starts_with(key + ".")) {  // a table's member
            context.out << one.key << " = " << config::masked(one.key, one.value) << "\n";
        }
        if (one.key == key) {
            // What is in force where the configured value is empty.
            const auto value = one.value.empty() && key == "proxy.project" ? loaded.values.proxy.project
                               : one.value.empty() && key == "storage.sqlite_path"
                                   ? loaded.values.storage.sqlite_path
                                   : one.value;
            context.out << config::masked(key, value) << "\n";
            return done;
        }
    }
    if (config::find_key(key) == nullptr) {
        refuse_key(key);
    }
    return done;
}

int set(command_context& context, const std::string& key, const std::string& value) {
    if (config::find_key(key) == nullptr) {
        refuse_key(key);
    }
    config::set_in_file(config::find_config_dir(context.inputs), key, value);
    return done;
}

}  // namespace

void add_config(CLI::App& root, command_context& context) {
    auto* command = root.add_subcommand("config", "show or change the configuration");
    command->fallthrough();
    command->footer(config_examples);
    set_action(*command, context, [&] { return list(context); });

    auto* listing = command->add_subcommand("list", "list every value and where it came from (the default)");
    listing->fallthrough();
    set_action(*listing, context, [&] { return list(context); });

    const auto key = std::make_shared<std::string>();
    const auto value = std::make_shared<std::string>();
    auto* getting = command->add_subcommand("get", "print one value");
    getting->fallthrough();
    getting->add_option("key", *key, "such as proxy.listen")->required();
    set_action(*getting, context, [&context, key] { return get(context, *key); });

    auto* setting = command->add_subcommand("set", "write a value to config.toml");
    setting->fallthrough();
    setting->add_option("key", *key, "such as proxy.listen")->required();
    setting->add_option("value", *value, "the new value")->required();
    set_action(*setting, context, [&context, key, value] { return set(context, *key, *value); });
}

}  // namespace tapes::cli
