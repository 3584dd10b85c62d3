#include "process/signals.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace tapes::app {

namespace {

/// As it was when the process was started: nobody here changes it.
bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t stop_set() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (!is_ignored(SIGHUP)) {
        sigaddset(&set, SIGHUP);  // a signal that is waited for comes, ignored or not
    }
    return set;
}

}  // namespace

stop_signals::stop_signals() {
    const auto set = stop_set();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size is an error of that write
}

bool stop_signals::wait_for(std::chrono::milliseconds time) const {
    const auto set = stop_set();
    const timespec left{time.count() / 1000, (time.count() % 1000) * 1'000'000};
    return sigtimedwait(&set, nullptr, &left) > 0;
}

void stop_signals::wait() const {
    const auto set = stop_set();
    while (sigwaitinfo(&set, nullptr) < 0 && errno == EINTR) {
    }
}

}  // namespace tapes::app
