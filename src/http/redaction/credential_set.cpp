#include "redaction/search.hpp"

#include <tapes/http/credential_set.hpp>

#include <optional>
#include <utility>

namespace tapes::http {

struct credential_set::parts {
    std::vector<std::string> values;
    std::optional<credential_search> search;  ///< of `values`
};

credential_set::credential_set() : credential_set{std::vector<std::string>{}} {}
credential_set::credential_set(std::vector<std::string> values) : parts_{std::make_unique<parts>()} {
    parts_->values = std::move(values);
}
credential_set::credential_set(std::initializer_list<std::string> values)
    : credential_set{std::vector<std::string>{values}} {}
credential_set::~credential_set() = default;
credential_set::credential_set(credential_set&& other) noexcept = default;
credential_set& credential_set::operator=(credential_set&& other) noexcept = default;

const std::vector<std::string>& credential_set::values() const noexcept {
    return parts_->values;
}

credential_set credential_set::with(const std::vector<std::string>& more) const {
    auto all = parts_->values;
    all.insert(all.end(), more.begin(), more.end());
    return {std::move(all)};
}

credential_search& credential_set::search() const {
    if (!parts_->search) {
        parts_->search.emplace(parts_->values);
    }
    return *parts_->search;
}

}  // namespace tapes::http
