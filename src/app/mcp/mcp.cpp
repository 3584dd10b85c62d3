#include "mcp/mcp_session.hpp"
#include "process/signals.hpp"

#include <tapes/app/mcp.hpp>
#include <tapes/export/secret_filter.hpp>

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tapes::app {

namespace {

/// A file that can be read once a signal has come that stops the process; the signal stays pending.
int stop_file() {
    sigset_t set;
    sigemptyset(&set);
    for (const int one : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&set, one);
    }
    const int made = ::signalfd(-1, &set, SFD_CLOEXEC);
    if (made < 0) {
        throw std::runtime_error{"signals cannot be waited for: " + std::system_category().message(errno)};
    }
    return made;
}

/// Arguments of tools are JSON, in whose strings secrets are found with the escapes undone.
std::string without_secrets(std::string text) {
    exports::secret_filter filter;
    const bool json = text.starts_with('{') || text.starts_with('[');
    return json ? filter.json(text, "") : filter.text(text, "");
}

}  // namespace

int serve_mcp(const config::settings& settings, const std::string& version, bool all_projects) {
    const stop_signals blocked;
    const int stop = stop_file();
    mcp::question_scope scope;
    scope.project = settings.proxy.project;
    scope.all_projects = all_projects;
    scope.without_secrets = without_secrets;
    auto session = std::make_unique<mcp_session>(settings, version, scope, STDIN_FILENO, STDOUT_FILENO, stop);
    if (!session->run()) {
        std::_Exit(0);  // a question that takes long is still being answered, for nobody
    }
    session.reset();
    ::close(stop);
    return 0;
}

}  // namespace tapes::app
