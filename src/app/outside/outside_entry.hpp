#pragma once

#include <tapes/record/intake.hpp>

#include <string>
#include <variant>

namespace tapes::app {

/// An entry that is no turn, and why: "GET", "no answer".
struct skipped_entry {
    std::string reason;
};
using outside_entry = std::variant<record::outside_exchange, skipped_entry>;

/// What entries get that say nothing of it.
struct outside_defaults {
    std::string provider;  ///< "": that of the API
    std::string agent_name;
    std::string project;
};

/// Sets path, target and upstream by the URL that was asked for, without user info. Returns false where it is
/// no URL of http or https.
bool set_url(record::outside_exchange& to, const std::string& url);

/// Sets the provider where none is set: that which is given, else that of the path's API. Returns why it is
/// no turn; "" where it may be one.
std::string set_provider(record::outside_exchange& to, const outside_defaults& defaults);

}  // namespace tapes::app
