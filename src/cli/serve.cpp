#include "commands.hpp"

namespace tapes::cli {

void add_serve(CLI::App& root, command_context& context) {
    auto* serve =
        root.add_subcommand("serve", "run the proxy with the admin listener, or one of the servers below");
    serve->fallthrough();
    add_proxy_flags(*serve, context);
    // Chosen first: a subcommand's callback runs later and replaces it.
    set_action(*serve, context, [&] { return serve_proxy(context); });
    add_serve_proxy(*serve, context);
    add_serve_mock(*serve, context);
    add_serve_collector(*serve, context);
    add_serve_api(*serve, context);
}

}  // namespace tapes::cli
