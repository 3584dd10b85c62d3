#include "run/tape_process.hpp"

#include "process/log.hpp"
#include "process/memory.hpp"

#include <tapes/app/usage_error.hpp>
#include <tapes/mock/mock.hpp>
#include <tapes/text/visible.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace tapes::app::run {

namespace {

constexpr int serving_threads = 4;

void write_line(int channel, std::string line) {
    line += '\n';
    (void)!::write(channel, line.data(), line.size());
}

/// Returns the bytes up to the next newline, or to the end.
std::string read_line(int channel) {
    std::string line;
    char next = 0;
    while (true) {
        const auto count = ::read(channel, &next, 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0 || next == '\n') {
            return line;
        }
        line += next;
    }
}

void take_output(const std::string& path) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const int log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    ::dup2(null, STDIN_FILENO);
    ::dup2(log < 0 ? null : log, STDOUT_FILENO);
    ::dup2(log < 0 ? null : log, STDERR_FILENO);
}

/// The process itself: plays until the lease ends.
void play(const config::settings& settings, const tape_request& request, const tape_route& route, int lease,
          int reports) {
    prepare_memory();
    start_log(settings.log);
    const drained_log log;
    played_tape played{settings, request, route};
    mock::options listening;
    listening.threads = serving_threads;
    mock::server server{listening, played.answers()};
    server.start();
    write_line(reports, "+" + server.url());
    read_line(lease);
    server.stop();
    const auto told = played.answers().now();
    std::ostringstream figures;
    figures << told.answered << ' ' << told.tolerated << ' ' << told.missed << ' ' << told.passed;
    write_line(reports, figures.str());
    for (const auto& miss : told.misses) {
        write_line(reports, text::visible(miss));
    }
}

[[noreturn]] void become_player(const config::settings& settings, const tape_request& request,
                                const tape_route& route, int lease, int reports) {
    ::prctl(PR_SET_NAME, "tapes-tape");
    ::setsid();
    ::umask(077);
    take_output(request.store + ".replay.log");
    int code = 0;
    try {
        play(settings, request, route, lease, reports);
    } catch (const usage_error& wrong) {
        write_line(reports, std::string{"?"} + wrong.what());
        code = 2;
    } catch (const std::exception& failed) {
        write_line(reports, std::string{"-"} + failed.what());
        code = 1;
    }
    ::_exit(code);
}

}  // namespace

tape_process::tape_process(const config::settings& settings, const tape_request& request,
                           const tape_route& route) {
    std::array<int, 2> lease{};
    std::array<int, 2> reports{};
    if (::pipe2(lease.data(), O_CLOEXEC) != 0 || ::pipe2(reports.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{std::string{"cannot play a tape: "} + std::strerror(errno)};
    }
    id_ = ::fork();
    if (id_ == 0) {
        ::close(lease[1]);
        ::close(reports[0]);
        become_player(settings, request, route, lease[0], reports[1]);
    }
    ::close(lease[0]);
    ::close(reports[1]);
    lease_ = lease[1];
    reports_ = reports[0];
    const auto said = id_ < 0 ? std::string{} : read_line(reports_);
    if (said.starts_with('?')) {
        throw usage_error{said.substr(1)};
    }
    if (!said.starts_with('+')) {
        throw std::runtime_error{said.empty() ? "cannot play the tape " + request.store : said.substr(1)};
    }
    url_ = said.substr(1);
}

tape_process::~tape_process() {
    for (const int end : {lease_, reports_}) {
        if (end >= 0) {
            ::close(end);
        }
    }
    if (id_ > 0) {
        ::waitpid(id_, nullptr, 0);
    }
}

tape::figures tape_process::finish() {
    ::close(lease_);
    lease_ = -1;
    tape::figures told;
    std::istringstream figures{read_line(reports_)};
    if (!(figures >> told.answered >> told.tolerated >> told.missed >> told.passed)) {
        throw std::runtime_error{"the process that played the tape has ended"};
    }
    for (auto miss = read_line(reports_); !miss.empty(); miss = read_line(reports_)) {
        told.misses.push_back(std::move(miss));
    }
    return told;
}

}  // namespace tapes::app::run
