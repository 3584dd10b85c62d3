#include "address_book.hpp"

#include <algorithm>

namespace tapes::relay {

namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::minutes remembered_for{10};

void add_once(const tcp::endpoint& address, endpoints& to) {
    if (std::ranges::find(to, address) == to.end()) {
        to.push_back(address);
    }
}

}  // namespace

endpoints address_book::in_order(const std::string& origin, const endpoints& found, steady_time now) const {
    endpoints ordered;
    const auto known = answered_.find(origin);
    if (known != answered_.end() && known->second.until > now &&
        std::ranges::find(found, known->second.address) != found.end()) {
        ordered.push_back(known->second.address);
    }
    endpoints first_family;
    endpoints other_family;
    for (const auto& one : found) {
        const bool first = one.protocol() == found.front().protocol();
        add_once(one, first ? first_family : other_family);
    }
    for (std::size_t i = 0; i < std::max(first_family.size(), other_family.size()); ++i) {
        if (i < first_family.size()) {
            add_once(first_family[i], ordered);
        }
        if (i < other_family.size()) {
            add_once(other_family[i], ordered);
        }
    }
    return ordered;
}

void address_book::remember(const std::string& origin, const tcp::endpoint& answered, steady_time now) {
    answered_[origin] = {answered, now + remembered_for};
}

}  // namespace tapes::relay
