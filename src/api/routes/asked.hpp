#pragma once

#include <tapes/api/record.hpp>
#include <tapes/api/route.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::api {

/// What a request asks a route that reads for. Its members throw std::invalid_argument, which names the
/// parameter and what would be right.
class asked {
public:
    /// Refuses parameters of the query that `about` does not have, and those that stand twice.
    asked(const request& from, const route_about& about);

    const request& received() const noexcept { return request_; }
    std::string_view path(std::string_view name) const noexcept { return request_.path_value(name); }

    bool has(std::string_view name) const noexcept;
    std::string text(std::string_view name) const;  ///< "" where it is not given
    bool flag(std::string_view name) const;         ///< `true`, `false`, or not given
    std::uint64_t number(std::string_view name, std::uint64_t fallback, std::uint64_t least,
                         std::uint64_t most) const;
    /// A time of RFC 3339, or a date: microseconds since the epoch.
    std::optional<std::int64_t> moment(std::string_view name) const;
    std::string day(std::string_view name) const;  ///< the day of that moment, `2026-01-31`

private:
    const std::string* find(std::string_view name) const noexcept;

    const request& request_;
    name_values query_;
};

using reading = response (*)(const asked&, record&);

/// Adds a route `GET path` that reads, with what it says of itself.
void add_reading(route_table& table, std::string path, route_about about, reading handle);
/// The same of one that reads little, mostly: route::brief.
void add_brief_reading(route_table& table, std::string path, route_about about, reading handle);

/// Parameters that several routes have.
parameter_about limit_about(std::size_t usual, std::size_t most);
parameter_about cursor_about();
parameter_about text_about(std::string name, std::string text);
parameter_about flag_about(std::string name, std::string text);
parameter_about moment_about(std::string name, std::string text);

/// The numbers of a cursor, `12-34`, of which there are `count`; nothing where no cursor is given. Throws
/// std::invalid_argument where it is none.
std::optional<std::vector<std::int64_t>> cursor_of(const asked& from, std::size_t count);

}  // namespace tapes::api
