#include "screen/pager.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace tapes::app {

namespace {

/// The command, or nullptr for none.
const char* pager_command() {
    for (const auto* const name : {"TAPES_PAGER", "PAGER"}) {
        if (const char* const value = std::getenv(name); value != nullptr) {
            const std::string_view text = value;
            return text.empty() || text == "cat" ? nullptr : value;
        }
    }
    return "less";
}

/// Whether the first word of a command is a program that can be run. A command that is more than that is left
/// to the shell.
bool can_run(std::string_view command) {
    const auto program = command.substr(0, command.find(' '));
    if (program.find_first_of("/$\"'`\\|&;<>(){}") != std::string_view::npos) {
        return true;
    }
    const char* const path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (true) {
        const auto directory = rest.substr(0, rest.find(':'));
        const auto file = std::string{directory.empty() ? "." : directory} + "/" + std::string{program};
        if (::access(file.c_str(), X_OK) == 0) {
            return true;
        }
        if (directory.size() == rest.size()) {
            return false;
        }
        rest.remove_prefix(directory.size() + 1);
    }
}

/// The environment, with what less and lv need to show colours and to leave when all fits.
class pager_environment {
public:
    pager_environment() {
        for (char** at = environ; *at != nullptr; ++at) {
            all_.push_back(*at);
        }
        if (std::getenv("LESS") == nullptr) {
            all_.push_back(less_);
        }
        if (std::getenv("LV") == nullptr) {
            all_.push_back(lv_);
        }
        all_.push_back(nullptr);
    }
    char** get() { return all_.data(); }

private:
    char less_[10] = "LESS=FRX";
    char lv_[6] = "LV=-c";
    std::vector<char*> all_;
};

/// Starts `command` with `input` as its standard input; -1 where that fails.
pid_t spawn(const char* command, int input) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ}) {
        sigaddset(&usual, signal);
    }
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    char shell[] = "sh";
    char flag[] = "-c";
    std::string text = command;
    char* const arguments[] = {shell, flag, text.data(), nullptr};
    pager_environment environment;
    pid_t child = -1;
    if (posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environment.get()) != 0) {
        child = -1;
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

}  // namespace

pager::pager(printer& out, const screen_options& options) : out_{out} {
    const char* const command = options.pager && out.to_terminal() ? pager_command() : nullptr;
    if (command != nullptr && can_run(command)) {
        start(command);
    }
}

void pager::start(const char* command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    out_.flush();
    child_ = spawn(command, ends[0]);
    if (child_ != -1) {
        terminal_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        ::dup2(ends[1], STDOUT_FILENO);
        interrupt_ = std::signal(SIGINT, SIG_IGN);
        quit_ = std::signal(SIGQUIT, SIG_IGN);
    }
    ::close(ends[0]);
    ::close(ends[1]);
}

pager::~pager() {
    if (child_ == -1) {
        return;
    }
    out_.flush();
    if (terminal_ != -1) {
        ::dup2(terminal_, STDOUT_FILENO);
        ::close(terminal_);
    } else {
        ::close(STDOUT_FILENO);
    }
    while (::waitpid(child_, nullptr, 0) == -1 && errno == EINTR) {
    }
    std::signal(SIGINT, interrupt_);
    std::signal(SIGQUIT, quit_);
}

}  // namespace tapes::app
