#include "commands.hpp"

namespace tapes::cli {

void add_serve(CLI::App& root, context& with) {
    auto* serve =
        root.add_subcommand("serve", "run the proxy with the admin listener, or one of the servers below");
    serve->fallthrough();
    add_proxy_flags(*serve, with);
    // Chosen first: a subcommand's callback runs later and replaces it.
    serve->preparse_callback([&](std::size_t) { with.chosen = [&] { return serve_proxy(with); }; });
    add_serve_proxy(*serve, with);
    add_serve_mock(*serve, with);
    add_serve_collector(*serve, with);
}

}  // namespace tapes::cli
