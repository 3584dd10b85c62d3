#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace tapes::http {

class credential_search;

/// The credentials of one exchange, and what is made of them, once, to look for all of them in a text. For
/// one thread at a time, though const.
class credential_set {
public:
    credential_set();
    credential_set(std::vector<std::string> values);  // NOLINT(google-explicit-constructor): values are a set
    credential_set(std::initializer_list<std::string> values);
    ~credential_set();
    credential_set(credential_set&& other) noexcept;
    credential_set& operator=(credential_set&& other) noexcept;
    credential_set(const credential_set&) = delete;
    credential_set& operator=(const credential_set&) = delete;

    const std::vector<std::string>& values() const noexcept;
    bool empty() const noexcept { return values().empty(); }
    /// Returns a set with more values, which are looked for as well.
    credential_set with(const std::vector<std::string>& more) const;

    /// Made when it is first needed; as long as this lives.
    credential_search& search() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace tapes::http
