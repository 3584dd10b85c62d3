#include "key_flags.hpp"

namespace tapes::cli {

void add_key_flags(CLI::App& command, command_context& context, std::span<const key_flag> flags) {
    for (const auto& flag : flags) {
        command
            .add_option_function<std::string>(
                flag.names,
                [&context, &flag](const std::string& value) {
                    context.inputs.flags.push_back({flag.key, value, flag.shown});
                },
                flag.about)
            ->type_name(flag.type)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
}

void add_set_flag(CLI::App& command, command_context& context) {
    command
        .add_option_function<std::vector<std::string>>(
            "--set",
            [&context](const std::vector<std::string>& pairs) {
                for (const auto& pair : pairs) {
                    const auto equals = pair.find('=');
                    if (equals == std::string::npos || equals == 0) {
                        throw usage_error{"--set needs KEY=VALUE, not \"" + pair + "\""};
                    }
                    context.inputs.flags.push_back(
                        {pair.substr(0, equals), pair.substr(equals + 1), "--set"});
                }
            },
            "any key of the configuration; may be repeated")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace tapes::cli
