#pragma once

#include <string_view>

namespace tapes::tape {

/// Tells from the head of a request whether a web page from elsewhere has a browser send it: what is on a
/// tape is none of its business, and any page can reach loopback, with DNS rebinding also to read answers.
/// Its signs are an Origin (RFC 6454) of http or https that is not loopback, `Sec-Fetch-Site: cross-site`
/// (Fetch Metadata) where no Origin says otherwise, and from a browser a Host that is neither loopback nor an
/// address. Pure.
bool is_from_foreign_page(std::string_view head);

}  // namespace tapes::tape
