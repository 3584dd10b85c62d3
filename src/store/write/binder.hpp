#pragma once

#include "file/exchange_digest.hpp"
#include "file/interner.hpp"
#include "file/sqlite.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/digest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::store {

inline std::string_view bytes_of(const merkle::digest& value) noexcept {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// Binds values to the parameters of a statement one after the other.
class binder {
public:
    explicit binder(statement& of) noexcept : of_{of} {}

    binder& integer(std::int64_t value) { return of_.integer(at_++, value), *this; }
    binder& integer(const std::optional<std::int64_t>& value) { return of_.integer(at_++, value), *this; }
    binder& id(std::int64_t value) { return of_.id(at_++, value), *this; }
    binder& text(std::string_view value) { return of_.text(at_++, value), *this; }
    binder& optional_text(std::string_view value) { return of_.optional_text(at_++, value), *this; }
    binder& blob(std::string_view bytes) { return of_.blob(at_++, bytes.data(), bytes.size()), *this; }
    /// The epoch is NULL: it never happened.
    binder& time(capture::timestamp value) { return id(value.time_since_epoch().count()); }

private:
    statement& of_;
    int at_ = 1;
};

/// Binds the values of an exchange in the order of exchange_digests and gathers them for its digest.
class digested_binder {
public:
    digested_binder(statement& of, interner& strings) : of_{of}, row_{of}, strings_{strings} {}

    digested_binder& undigested(std::int64_t value) { return row_.integer(value), *this; }
    digested_binder& integer(std::int64_t value) {
        return row_.integer(value), values_.integer(value), *this;
    }
    /// 0 is NULL.
    digested_binder& id(std::int64_t value) { return row_.id(value), values_.integer(value), *this; }
    digested_binder& time(capture::timestamp value) { return id(value.time_since_epoch().count()); }
    digested_binder& figure(const std::optional<std::int64_t>& value) {
        return row_.integer(value), values_.integer(value), *this;
    }
    digested_binder& name(std::string_view value) {
        return row_.id(strings_.id_of(value)), values_.text(value), *this;
    }
    /// A column that came after version 4.
    digested_binder& later_name(std::string_view column, std::string_view value) {
        return row_.id(strings_.id_of(value)), values_.later(column, value), *this;
    }
    digested_binder& later_id(std::string_view column, std::int64_t value) {
        row_.id(value);
        values_.later(column, value != 0 ? std::to_string(value) : std::string{});
        return *this;
    }
    digested_binder& later_time(std::string_view column, capture::timestamp value) {
        return later_id(column, value.time_since_epoch().count());
    }
    digested_binder& text(std::string_view value) { return row_.text(value), values_.text(value), *this; }
    digested_binder& optional_text(std::string_view value) {
        return row_.optional_text(value), values_.text(value), *this;
    }
    digested_binder& blob(std::string_view value) { return row_.blob(value), values_.text(value), *this; }
    digested_binder& node(std::int64_t value, const merkle::digest& hash) {
        row_.id(value);
        values_.text(value != 0 ? bytes_of(hash) : std::string_view{});
        return *this;
    }

    digested_values& values() noexcept { return values_; }

    /// Binds the digest of all values and runs the statement.
    void finish() {
        const auto sum = values_.sum();
        row_.blob(bytes_of(sum));
        of_.run();
    }

private:
    statement& of_;
    binder row_;
    interner& strings_;
    digested_values values_;
};

}  // namespace tapes::store
