#include <tapes/cli/command_line.hpp>
#include <tapes/cli/output_buffer.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>

namespace tapes::cli::output_buffer_test {

using namespace tapes;

namespace {

/// A pipe whose ends are closed at the end.
struct pipe_ends {
    pipe_ends() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0); }
    ~pipe_ends() {
        stop_reading();
        ::close(ends[1]);
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;

    void stop_reading() { ::close(std::exchange(ends[0], -1)); }
    std::string read() const {
        std::array<char, 4096> bytes{};
        const auto size = ::read(ends[0], bytes.data(), bytes.size());
        return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }

    std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("what cannot be written ends a command with 1 and the reason, unless it failed before") {
    for (const auto code : {cli::done, cli::failed, cli::wrong_use}) {
        const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
        cli::output_buffer output{full};
        std::ostream out{&output};
        out << "said\n";
        std::ostringstream err;
        CHECK(cli::exit_code_of(code, output, err) == (code == cli::done ? cli::failed : code));
        CHECK(err.str() == "tapes: standard output cannot be written: No space left on device\n");
        CHECK(!out.flush());
        ::close(full);
    }
}

TEST_CASE("a reader that left is no failure of a command") {
    std::signal(SIGPIPE, SIG_IGN);
    pipe_ends to;
    to.stop_reading();
    cli::output_buffer output{to.ends[1]};
    std::ostream out{&output};
    out << "said\n";
    std::ostringstream err;
    CHECK(cli::exit_code_of(cli::done, output, err) == cli::done);
    CHECK(err.str().empty());
    CHECK(output.error() == EPIPE);
}

TEST_CASE("a command that writes nothing needs no output") {
    cli::output_buffer output{-1};
    std::ostringstream err;
    CHECK(cli::exit_code_of(cli::done, output, err) == cli::done);
}

TEST_CASE("lines of a terminal do not wait, other output waits for a flush") {
    pipe_ends to;
    cli::output_buffer output{to.ends[1], true};
    std::ostream out{&output};
    out << "one" << '\n' << "tw";
    CHECK(to.read() == "one\n");
    out.flush();
    CHECK(to.read() == "tw");
    cli::output_buffer file{to.ends[1]};
    std::ostream gathered{&file};
    gathered << "one\n";
    CHECK(to.read().empty());
    gathered.flush();
    CHECK(to.read() == "one\n");
}

}  // namespace tapes::cli::output_buffer_test
