#pragma once

#include "answer.hpp"

#include <tapes/mock/mock.hpp>

#include <boost/beast/http/fields.hpp>

#include <chrono>
#include <string>

namespace tapes::mock {

/// What the X-Mock-* fields of a request ask for, with the server's options where they say nothing.
struct controls {
    shape look;
    unsigned status = 200;
    int cut = -1;  ///< the number of events after which the connection is closed; -1: never
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds event_delay{0};
    std::string encoding;
    bool chunked = false;
    std::chrono::milliseconds background{0};  ///< until an answer in the background is complete
};

controls read_controls(const boost::beast::http::fields& fields, const options& settings);

}  // namespace tapes::mock
