#include "screen/browser.hpp"

#include <tapes/text/list.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

#ifdef __APPLE__
constexpr const char* system_opener = "open";
#else
constexpr const char* system_opener = "xdg-open";
#endif

/// A command that has not failed in this time has opened the address, or is the browser itself.
constexpr milliseconds failure_time{2000};
constexpr milliseconds look_at_child{10};

std::vector<std::string> command_of(std::string_view text, const std::string& address) {
    constexpr std::string_view place = "%s";
    std::vector<std::string> made;
    bool placed = false;
    while (!text.empty()) {
        std::string word{text::take_element(text, ' ')};
        for (auto at = word.find(place); at != std::string::npos;
             at = word.find(place, at + address.size())) {
            word.replace(at, place.size(), address);
            placed = true;
        }
        if (!word.empty()) {
            made.push_back(std::move(word));
        }
    }
    if (!made.empty() && !placed) {
        made.push_back(address);
    }
    return made;
}

/// Starts a command in a session of its own, so that neither Ctrl-C nor the end of the terminal ends a
/// browser; -1 where there is no such program.
pid_t start_browser(const std::vector<std::string>& command) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#ifdef __GLIBC__
    // It must not hold the store or a port.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
#endif
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    auto words = command;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_t child = -1;
    if (posix_spawnp(&child, arguments.front(), &actions, &attributes, arguments.data(), environ) != 0) {
        child = -1;
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

bool has_opened(pid_t child) {
    const auto until = steady_clock::now() + failure_time;
    while (steady_clock::now() < until) {
        int status = 0;
        const auto ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) {
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        if (ended == -1 && errno != EINTR) {
            return false;
        }
        std::this_thread::sleep_for(look_at_child);
    }
    return true;
}

}  // namespace

std::vector<std::vector<std::string>> browser_commands(std::string_view configured,
                                                       const std::string& address) {
    std::vector<std::vector<std::string>> all;
    while (!configured.empty()) {
        if (auto command = command_of(text::take_element(configured, ':'), address); !command.empty()) {
            all.push_back(std::move(command));
        }
    }
    if (all.empty()) {
        all.push_back({system_opener, address});
    }
    return all;
}

bool open_in_browser(const std::string& address) {
    const char* const configured = std::getenv("BROWSER");
    for (const auto& command : browser_commands(configured == nullptr ? "" : configured, address)) {
        const auto child = start_browser(command);
        if (child != -1 && has_opened(child)) {
            return true;
        }
    }
    return false;
}

}  // namespace tapes::app
