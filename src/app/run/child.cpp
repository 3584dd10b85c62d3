#include "run/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::app::run {

namespace {

constexpr int cannot_run = 126;
constexpr int not_found = 127;
constexpr int signal_base = 128;

/// Signals that somebody may send to this process for the command.
constexpr std::array passed_on{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

sigset_t waited_set() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : passed_on) {
        sigaddset(&set, signal);
    }
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGCONT);
    sigaddset(&set, SIGTTOU);  // tcsetpgrp from the background
    return set;
}

/// The terminal of this process, where the command may have it.
class terminal {
public:
    terminal() : own_group_{::getpgrp()} {
        const bool alone = ::getpid() == own_group_;
        for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            if (!alone || ::isatty(descriptor) == 0) {
                return;  // others of a pipeline may want to read from it
            }
        }
        if (::tcgetpgrp(STDIN_FILENO) == own_group_ && ::tcgetattr(STDIN_FILENO, &modes_) == 0) {
            handed_ = true;
        }
    }

    /// Says whether the command gets a process group of its own.
    bool handed() const noexcept { return handed_; }

    void give(pid_t group) const {
        if (handed_) {
            ::tcsetpgrp(STDIN_FILENO, group);
        }
    }
    /// Gives it only where a shell has put this process into the foreground.
    void give_from_foreground(pid_t group) const {
        if (handed_ && ::tcgetpgrp(STDIN_FILENO) == own_group_) {
            ::tcsetpgrp(STDIN_FILENO, group);
        }
    }
    void take_back(pid_t from) const {
        if (handed_ && ::tcgetpgrp(STDIN_FILENO) == from) {
            ::tcsetpgrp(STDIN_FILENO, own_group_);
        }
    }
    /// A program that was killed may have left it in another mode.
    void restore_modes() const {
        if (handed_ && ::tcgetpgrp(STDIN_FILENO) == own_group_) {
            ::tcsetattr(STDIN_FILENO, TCSADRAIN, &modes_);
        }
    }

private:
    pid_t own_group_;
    bool handed_ = false;
    termios modes_{};
};

/// Arguments or an environment as exec wants them.
class text_list {
public:
    explicit text_list(std::vector<std::string> texts) : texts_{std::move(texts)} {
        for (auto& text : texts_) {
            pointers_.push_back(text.data());
        }
        pointers_.push_back(nullptr);
    }
    char* const* data() const noexcept { return pointers_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

std::vector<std::string> as_texts(const std::map<std::string, std::string>& environment) {
    std::vector<std::string> made;
    made.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        made.push_back(name + "=" + value);
    }
    return made;
}

/// In the child: only what is safe between fork and exec.
[[noreturn]] void become(const text_list& command, const text_list& environment, const sigset_t& before,
                         bool own_group) {
    if (own_group) {
        ::setpgid(0, 0);
        ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
    }
    std::signal(SIGPIPE, SIG_DFL);
    std::signal(SIGXFSZ, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::execvpe(command.data()[0], command.data(), environment.data());
    const int error = errno;
    const char* const reason = std::strerror(error);
    for (const char* const piece :
         {"tapes: cannot run ", static_cast<const char*>(command.data()[0]), ": ", reason, "\n"}) {
        if (::write(STDERR_FILENO, piece, std::strlen(piece)) < 0) {
            break;
        }
    }
    ::_exit(error == ENOENT ? not_found : cannot_run);
}

class child {
public:
    child(pid_t id, terminal& screen) : id_{id}, screen_{screen} {}

    /// Waits for its end and does what signals want meanwhile.
    int wait() {
        const auto set = waited_set();
        while (!code_) {
            reap();
            if (code_) {
                break;
            }
            siginfo_t info{};
            const int signal = ::sigwaitinfo(&set, &info);
            if (signal == SIGCONT) {
                resume();
            } else if (signal > 0 && signal != SIGCHLD && signal != SIGTTOU) {
                pass_on(signal, info);
            }
        }
        screen_.take_back(id_);
        return *code_;
    }

private:
    void reap() {
        int status = 0;
        while (::waitpid(id_, &status, WNOHANG | WUNTRACED) == id_) {
            if (WIFEXITED(status)) {
                code_ = WEXITSTATUS(status);
                return;
            }
            if (WIFSIGNALED(status)) {
                code_ = signal_base + WTERMSIG(status);
                screen_.take_back(id_);
                screen_.restore_modes();
                return;
            }
            if (WIFSTOPPED(status)) {
                stop_with_it();
            }
        }
    }

    /// The shell sees only this process: it must stop, too, so that the shell takes the terminal.
    void stop_with_it() {
        screen_.take_back(id_);
        ::raise(SIGSTOP);
        sigset_t continued;
        sigemptyset(&continued);
        sigaddset(&continued, SIGCONT);
        const timespec at_once{};
        ::sigtimedwait(&continued, nullptr,
                       &at_once);  // what woke this process: the command gets one, not two
        resume();
    }

    void resume() {
        screen_.give_from_foreground(id_);
        ::kill(screen_.handed() ? -id_ : id_, SIGCONT);
    }

    void pass_on(int signal, const siginfo_t& info) const {
        // What a terminal sends goes to its whole foreground group: the command has it already, or is there.
        if (info.si_code == SI_KERNEL && !screen_.handed()) {
            return;
        }
        ::kill(screen_.handed() ? -id_ : id_, signal);
    }

    pid_t id_;
    terminal& screen_;
    std::optional<int> code_;
};

}  // namespace

int run_child(const std::vector<std::string>& command,
              const std::map<std::string, std::string>& environment) {
    const text_list words{command};
    const text_list variables{as_texts(environment)};
    terminal screen;
    const auto set = waited_set();
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, &set, &before);
    const pid_t id = ::fork();
    if (id < 0) {
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        throw std::runtime_error{std::string{"cannot start a process: "} + std::strerror(errno)};
    }
    if (id == 0) {
        become(words, variables, before, screen.handed());
    }
    if (screen.handed()) {
        ::setpgid(id, id);  // here and there, whoever comes first
        screen.give(id);
    }
    const int code = child{id, screen}.wait();
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return code;
}

}  // namespace tapes::app::run
