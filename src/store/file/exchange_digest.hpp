#pragma once

#include "file/row_values.hpp"
#include "file/sqlite.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/store/entry.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::store {

/// Gathers values in a fixed order for one digest: each as its length in decimal digits, a colon, and its
/// bytes. Nothing is a colon alone. docs/schema.md lists the values of an exchange.
class digested_values {
public:
    digested_values() { bytes_.reserve(usual_bytes); }

    digested_values& text(std::string_view value) {
        bytes_.append(decimal{value.size()}.digits()).push_back(':');
        bytes_.append(value);
        return *this;
    }
    digested_values& integer(std::int64_t value) { return text(decimal{value}.digits()); }
    digested_values& integer(const std::optional<std::int64_t>& value) {
        return value ? integer(*value) : nothing();
    }
    digested_values& digest(const merkle::digest& value) {
        return text({reinterpret_cast<const char*>(value.data()), value.size()});
    }
    /// A column that came after version 4: its name and its value, or nothing at all where it is NULL, so
    /// that the digests of rows from before stay what they are.
    digested_values& later(std::string_view column, std::string_view value) {
        return value.empty() ? *this : text(column).text(value);
    }
    digested_values& nothing() {
        bytes_.push_back(':');
        return *this;
    }
    merkle::digest sum() const { return merkle::sha256(bytes_); }

private:
    /// What the values of an exchange of the usual size take.
    static constexpr std::size_t usual_bytes = 1024;

    /// A number as it is written; not a string, as an exchange has some fifty.
    class decimal {
    public:
        template <class Integer>
        explicit decimal(Integer value) noexcept
            : end_{std::to_chars(digits_, digits_ + sizeof digits_, value).ptr} {}
        std::string_view digits() const noexcept {
            return {digits_, static_cast<std::size_t>(end_ - digits_)};
        }

    private:
        char digits_[24];
        char* end_;
    };

    std::string bytes_;
};

inline constexpr const char* caller_column = "caller";
inline constexpr const char* answer_of_column = "answer_of";
inline constexpr const char* connected_at_column = "connected_at";
inline constexpr const char* sent_at_column = "sent_at";

/// Returns the statement that inserts an exchange: its id, the values of its digest in their order, and the
/// digest.
std::string insert_exchange_sql();

/// Computes the digests of exchanges from their rows. For one thread at a time. Throws sqlite_error.
class exchange_digests {
public:
    explicit exchange_digests(connection& db);

    /// Returns the digest of the exchange `seq` as its rows have it; nothing where there is no such row.
    std::optional<merkle::digest> of(std::int64_t seq);
    /// A transaction was rolled back.
    void forget() { strings_.forget(); }

private:
    void add_choices(std::int64_t seq, digested_values& values);
    void add_wire(std::int64_t seq, digested_values& values);
    void add_times(std::int64_t seq, digested_values& values);

    string_table strings_;
    statement row_;
    statement choices_;
    statement wire_;
    statement piece_;
    statement times_;
};

}  // namespace tapes::store
