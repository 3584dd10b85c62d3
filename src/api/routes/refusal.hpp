#pragma once

#include <tapes/api/route.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

/// Thrown by a route that reads: the request is answered with this problem.
class refusal : public std::runtime_error {
public:
    refusal(unsigned status, const std::string& message, std::string more = {})
        : std::runtime_error{message}, status_{status}, more_{std::move(more)} {}

    response answer() const { return error_response(status_, what(), more_); }

private:
    unsigned status_;
    std::string more_;  ///< see error_response
};

}  // namespace tapes::api
