#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

/// A TCP connection to 127.0.0.1 that sends bytes as they are; every wait ends after 10 s.
class raw_client {
public:
    explicit raw_client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval limit{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
            ::close(socket_);
            throw std::runtime_error{"connect"};
        }
    }
    ~raw_client() { ::close(socket_); }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    void send(const std::string& bytes) const {
        // A server that closes early is a case of its own: the answer, or its absence, tells.
        [[maybe_unused]] const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    /// Everything until the server closes.
    std::string read_to_end() {
        while (more()) {
        }
        return std::exchange(seen_, {});
    }

    /// Reads at least `bytes`, unless the server closes before. Returns how many, and keeps none of them.
    std::size_t read(std::size_t bytes) {
        while (seen_.size() < bytes && more()) {
        }
        return std::exchange(seen_, {}).size();
    }

    /// One answer with a Content-Length.
    std::string read_answer() {
        while (seen_.find("\r\n\r\n") == std::string::npos) {
            if (!more()) {
                return std::exchange(seen_, {});
            }
        }
        const auto head = seen_.find("\r\n\r\n") + 4;
        const auto at = seen_.find("Content-Length: ");
        const auto length = at < head ? std::stoul(seen_.substr(at + 16)) : 0;
        while (seen_.size() < head + length && more()) {
        }
        auto answer = seen_.substr(0, head + length);
        seen_.erase(0, head + length);
        return answer;
    }

    /// Takes a little of what comes next, and returns how much has not been read by the others yet.
    std::size_t take_some() {
        more();
        return seen_.size();
    }

private:
    bool more() {
        char buffer[16384];
        const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got > 0) {
            seen_.append(buffer, static_cast<std::size_t>(got));
        }
        return got > 0;
    }

    int socket_;
    std::string seen_;
};
