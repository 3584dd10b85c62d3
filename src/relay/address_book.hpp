#pragma once

#include "watchdog.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::relay {

using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// Remembers which of an origin's addresses answered last. Lives on one I/O thread.
class address_book {
public:
    /// Returns the addresses of the origin of that name in the order in which they are to be tried, each
    /// once: the one that answered last, then the two families in turn, beginning with that of the first (RFC
    /// 8305 §4).
    endpoints in_order(const std::string& origin, const endpoints& found, steady_time now) const;

    /// Keeps the address that has answered for ten minutes: then the order of the name's own counts again.
    void remember(const std::string& origin, const boost::asio::ip::tcp::endpoint& answered, steady_time now);

private:
    struct entry {
        boost::asio::ip::tcp::endpoint address;
        steady_time until;
    };

    std::unordered_map<std::string, entry> answered_;  ///< by the names of configured origins, so bounded
};

}  // namespace tapes::relay
