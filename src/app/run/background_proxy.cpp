#include "run/background_proxy.hpp"

#include "daemon/daemon.hpp"
#include "process/log.hpp"
#include "process/memory.hpp"
#include "process/signals.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace tapes::app::run {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds sweep_interval{50};
/// How long a proxy waits for the command that started it.
constexpr std::chrono::seconds first_entrance_time{10};
constexpr off_t largest_log = 4 * 1024 * 1024;

/// What the user configured of recording and publishing; nothing of who may connect, and from where.
config::settings background_settings(config::settings settings) {
    auto& proxy = settings.proxy;
    proxy.listen = {"127.0.0.1", 0};
    proxy.provider = "auto";
    for (auto* const text : {&proxy.upstream, &proxy.openai_upstream, &proxy.anthropic_upstream,
                             &proxy.gemini_upstream, &proxy.ollama_upstream, &proxy.openai_auth_upstream,
                             &proxy.tls_cert, &proxy.tls_key, &proxy.client_ca}) {
        text->clear();
    }
    proxy.clients.clear();
    // The command's Node.js trusts it, so its requests must not fail behind the proxy.
    if (const char* const trusted = std::getenv("NODE_EXTRA_CA_CERTS");
        proxy.upstream_ca.empty() && trusted != nullptr && std::filesystem::exists(trusted)) {
        proxy.upstream_ca = trusted;
    }
    settings.admin.listen = {"127.0.0.1", 0};
    settings.storage.sqlite_path = std::filesystem::absolute(settings.storage.sqlite_path).string();
    return settings;
}

/// Puts the log in the place of the terminal. A log that has grown large begins anew.
void redirect_output(const std::string& path) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat found {};
    if (log >= 0 && ::fstat(log, &found) == 0 && found.st_size > largest_log) {
        (void)!::ftruncate(log, 0);
    }
    log = log < 0 ? null : log;
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
}

void tell(int channel, const std::string& text) {
    (void)!::write(channel, text.data(), text.size());
    ::close(channel);
}

/// The proxy's own process.
void serve(const config::settings& settings, int channel) {
    prepare_memory();
    const stop_signals signals;
    start_log(settings.log);
    const drained_log log;
    daemon running{settings, daemon::purpose::runs};
    tell(channel, "+");
    const auto begun_by = steady_clock::now() + first_entrance_time;
    while (!signals.wait_for(sweep_interval)) {
        auto& entrances = running.entrances();
        entrances.sweep();
        if ((entrances.used() || steady_clock::now() >= begun_by) && entrances.end_if_empty()) {
            break;
        }
    }
    running.stop(signals);
}

[[noreturn]] void become_proxy(const config::settings& settings, int channel) {
    ::prctl(PR_SET_NAME, "tapes-run-proxy");
    ::umask(077);
    std::error_code ignored;  // the store says what is wrong
    std::filesystem::create_directories(std::filesystem::path{settings.storage.sqlite_path}.parent_path(),
                                        ignored);
    redirect_output(background_log(settings));
    (void)!::chdir("/");
    int code = 0;
    try {
        serve(settings, channel);
    } catch (const std::exception& failed) {
        tell(channel, std::string{"-"} + failed.what());
        code = 1;
    }
    ::_exit(code);
}

/// Returns all that comes until the other side closes.
std::string read_all(int channel) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
        const auto count = ::read(channel, buffer.data(), buffer.size());
        if (count > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return text;
        }
    }
}

}  // namespace

std::string background_log(const config::settings& settings) {
    return std::filesystem::absolute(settings.storage.sqlite_path).string() + ".run.log";
}

void start_background_proxy(const config::settings& settings) {
    const auto own = background_settings(settings);
    std::array<int, 2> channel{};
    if (::pipe2(channel.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{std::string{"cannot start a proxy: "} + std::strerror(errno)};
    }
    const auto first = ::fork();
    if (first == 0) {
        // Twice, so that it is nobody's child, and no terminal is its own.
        ::setsid();
        if (::fork() == 0) {
            ::close(channel[0]);
            become_proxy(own, channel[1]);
        }
        ::_exit(0);
    }
    ::close(channel[1]);
    if (first > 0) {
        ::waitpid(first, nullptr, 0);
    }
    const auto answer = first < 0 ? std::string{} : read_all(channel[0]);
    ::close(channel[0]);
    if (answer.empty()) {
        throw std::runtime_error{"cannot start a proxy: see " + background_log(settings)};
    }
    if (answer.front() != '+') {
        throw std::runtime_error{answer.substr(1)};
    }
}

}  // namespace tapes::app::run
