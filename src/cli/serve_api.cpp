#include "key_flags.hpp"

#include <tapes/app/daemons.hpp>

#include <array>

namespace tapes::cli {

namespace {

constexpr std::array<key_flag, 5> serve_api_flags{{
    {"-l,--listen", "--listen", "admin.listen", "HOST:PORT",
     "where the read API listens (default 127.0.0.1:8081)"},
    {"-s,--sqlite", "--sqlite", "storage.sqlite_path", "FILE",
     "the store (default: tapes.sqlite in the config dir)"},
    {"--admin-token", "--admin-token", "admin.token", "TOKEN",
     "bearer token of the API (better: TAPES_ADMIN_TOKEN; default: one is made beside the store)"},
    {"--log-level", "--log-level", "log.level", "LEVEL", "trace, debug, info, warn or error"},
    {"--log-format", "--log-format", "log.format", "FORMAT", "text or json"},
}};

constexpr const char* serve_api_examples = R"(Examples:
  tapes serve api -s ./tapes.sqlite
  tapes serve api --listen 127.0.0.1:9000

It reads what another process writes, or a store that nobody writes, and changes neither. Where no
other process keeps the store's catalogue, it does. See docs/api.md.)";

}  // namespace

void add_serve_api(CLI::App& serve, command_context& context) {
    auto* command = serve.add_subcommand("api", "answer what the record says over HTTP, and nothing else");
    command->fallthrough();
    add_key_flags(*command, context, serve_api_flags);
    add_set_flag(*command, context);
    command->footer(serve_api_examples);
    set_action(*command, context, [&context] { return app::run_api(load_config(context).values); });
}

}  // namespace tapes::cli
