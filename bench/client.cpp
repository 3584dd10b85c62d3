/// A client that sends small turns over HTTP/1.1 at a fixed rate and tells how long they took.
///
///   tapes_bench_client PORT CONNECTIONS RATE COUNT NAME
///
/// RATE is turns a second (0: as fast as the connections allow), COUNT how many in all. A turn is due at
/// start + i / RATE whether or not the ones before it are answered, and its time counts from then: a server
/// that stalls is charged with what waited meanwhile. Prints one JSON object; exit code 1 when a connection
/// failed. Every turn that was sent is answered when it ends.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using std::chrono::nanoseconds;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "tapes_bench_client: %s: %s\n", what.c_str(), std::strerror(errno));
    std::exit(1);
}

struct connection {
    int socket = -1;
    clock_type::time_point due;
    std::string in;
};

/// The size of head and body once the head is there, else 0. Answers have a Content-Length here.
std::size_t answer_size(std::string_view in) {
    const auto end = in.find("\r\n\r\n");
    if (end == in.npos) {
        return 0;
    }
    constexpr std::string_view name = "\r\ncontent-length:";
    const auto found =
        std::search(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(end), name.begin(), name.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
    auto at = static_cast<std::size_t>(found - in.begin()) + name.size();
    if (at >= end) {
        std::fprintf(stderr, "tapes_bench_client: an answer without Content-Length\n");
        std::exit(1);
    }
    while (in[at] == ' ') {
        ++at;
    }
    std::size_t length = 0;
    std::from_chars(in.data() + at, in.data() + end, length);
    return end + 4 + length;
}

class load {
public:
    load(std::uint16_t port, std::size_t connections, double rate, std::size_t count, std::string name)
        : rate_{rate}, count_{count}, name_{std::move(name)}, epoll_{epoll_create1(EPOLL_CLOEXEC)} {
        times_.reserve(count);
        connections_.resize(connections);
        for (std::size_t i = 0; i < connections; ++i) {
            open(connections_[i], i, port);
            idle_.push_back(i);
        }
    }

    void run() {
        start_ = clock_type::now();
        while (times_.size() < count_) {
            send_due();
            wait();
        }
        end_ = clock_type::now();
    }

    void print() {
        std::sort(times_.begin(), times_.end());
        const auto part = [this](double p) {
            const auto at = static_cast<std::size_t>(p * static_cast<double>(times_.size() - 1));
            return static_cast<double>(times_[at].count()) / 1e6;
        };
        const double seconds = std::chrono::duration<double>(end_ - start_).count();
        std::printf(R"({"requests":%zu,"not_ok":%zu,"seconds":%.6f,"p50_ms":%.4f,"p90_ms":%.4f,)"
                    R"("p99_ms":%.4f,"p999_ms":%.4f,"max_ms":%.4f})"
                    "\n",
                    times_.size(), not_ok_, seconds, part(0.5), part(0.9), part(0.99), part(0.999),
                    part(1.0));
    }

private:
    void open(connection& one, std::size_t number, std::uint16_t port) {
        one.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(one.socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
            fail("connect");
        }
        const int on = 1;
        setsockopt(one.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = number;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, one.socket, &event) != 0) {
            fail("epoll_ctl");
        }
    }

    clock_type::time_point due(std::size_t turn) const {
        if (rate_ <= 0) {
            return clock_type::now();
        }
        return start_ + std::chrono::duration_cast<nanoseconds>(
                            std::chrono::duration<double>(static_cast<double>(turn) / rate_));
    }

    void send_due() {
        while (sent_ < count_ && !idle_.empty()) {
            const auto when = due(sent_);
            if (when > clock_type::now()) {
                return;
            }
            auto& one = connections_[idle_.front()];
            idle_.pop_front();
            one.due = when;
            const auto body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"What is turn )" +
                              name_ + "-" + std::to_string(sent_) +
                              R"( of this benchmark about, in one short sentence?"}]})";
            const auto request =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                "Content-Type: application/json\r\n"
                "Authorization: Bearer sk-benchmark-0123456789abcdef\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body;
            if (send(one.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(request.size())) {
                fail("send");
            }
            ++sent_;
        }
    }

    void wait() {
        timespec limit{1, 0};
        if (sent_ < count_ && !idle_.empty()) {
            const auto left = std::max<std::int64_t>(0, (due(sent_) - clock_type::now()).count());
            limit = {left / 1'000'000'000, left % 1'000'000'000};
        }
        epoll_event events[64];
        const int found = epoll_pwait2(epoll_, events, 64, &limit, nullptr);
        for (int i = 0; i < found; ++i) {
            read(static_cast<std::size_t>(events[i].data.u64));
        }
    }

    void read(std::size_t number) {
        auto& one = connections_[number];
        char buffer[16 * 1024];
        const auto got = recv(one.socket, buffer, sizeof buffer, 0);
        if (got <= 0) {
            fail("recv");
        }
        one.in.append(buffer, static_cast<std::size_t>(got));
        const auto size = answer_size(one.in);
        if (size == 0 || one.in.size() < size) {
            return;
        }
        times_.push_back(clock_type::now() - one.due);
        not_ok_ += one.in.compare(0, 12, "HTTP/1.1 200") == 0 ? 0u : 1u;
        one.in.clear();
        idle_.push_back(number);
    }

    double rate_;
    std::size_t count_;
    std::string name_;
    int epoll_;
    std::vector<connection> connections_;
    std::deque<std::size_t> idle_;
    std::size_t sent_ = 0;
    std::size_t not_ok_ = 0;
    std::vector<nanoseconds> times_;
    clock_type::time_point start_;
    clock_type::time_point end_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: tapes_bench_client PORT CONNECTIONS RATE COUNT NAME\n");
        return 2;
    }
    load all{static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)),
             std::strtoul(argv[2], nullptr, 10), std::strtod(argv[3], nullptr),
             std::strtoul(argv[4], nullptr, 10), argv[5]};
    all.run();
    all.print();
    return 0;
}
